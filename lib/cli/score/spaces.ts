import type { VectorSpace } from "../../taaco/types.ts";

/** The semantic spaces for scoring, and a line that names them. */
export async function loadScoringSpaces(
  _directory: string | undefined,
): Promise<{ spaces: readonly VectorSpace[]; note: string }> {
  return { spaces: [], note: "no semantic spaces: the LSA, LDA and word2vec indices stay empty" };
}
