import path from "node:path";
import { starterFolder } from "../package.ts";
import type { VectorSpace } from "../taaco/types.ts";

const STARTER_SPACES = path.join(starterFolder, "spaces");

const SMALL_SPACES =
  "the semantic indices (lsa, lda, word2vec) come from the small starter spaces, which know a thousand everyday words; do not " +
  "publish them: give spaces of a large corpus with --spaces (spaces import, spaces build), or leave them out with --families";

/** The semantic spaces for scoring. */
export interface ScoringSpaces {
  readonly spaces: readonly VectorSpace[];
  readonly folder: string;
  /** One line that names the spaces and their folder. */
  readonly note: string;
  /** What users should know before they publish values of these spaces; undefined for spaces of their own. */
  readonly warning: string | undefined;
}

/** Options that choose the semantic spaces. */
export interface SpacesRequest {
  /** Folder of spaces, or a file of vectors. */
  readonly spaces?: string | undefined;
  /** Folder of the official package, whose spaces, if it has any, take precedence over the starter's. */
  readonly taacoLists?: string | undefined;
  /** Whether to drop the first component of the official package's spaces, as the loader of the official tool does. */
  readonly faithful: boolean;
}

/**
 * Loads the spaces of `--spaces`, else those of the official package, else the starter spaces. Scoring never learns a
 * space.
 */
export async function loadScoringSpaces(request: SpacesRequest): Promise<ScoringSpaces> {
  const { loadSpaces } = await import("../spaces/load.ts");
  const { givenSpaces } = await import("../spaces/readers/official.ts");
  const folder = givenSpaces(request) ?? STARTER_SPACES;
  const spaces = await loadSpaces(folder, { dropFirst: request.faithful });
  const kinds = spaces.map(({ kind, dimensions }) => `${kind} (${dimensions})`).join(", ");
  const origin = folder === STARTER_SPACES ? "starter spaces" : folder;
  const warning = folder === STARTER_SPACES ? SMALL_SPACES : undefined;
  return { spaces, folder, note: `semantic spaces: ${kinds} from ${origin}`, warning };
}
