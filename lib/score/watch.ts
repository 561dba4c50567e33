import type { Residue } from "../data/residue.ts";
import type { TaacoInput } from "../taaco/types.ts";
import type { NamedText } from "./texts.ts";

/** Returns the texts of an input; none for annotated tokens, which somebody has looked at. */
function textsOf(input: TaacoInput): readonly string[] {
  if (typeof input === "string") return [input];
  return "turns" in input ? input.turns.map(({ text }) => text) : [];
}

/** Yields the texts unchanged, and looks for what other programs left in them. */
export async function* watchResidue(
  texts: AsyncIterable<NamedText>,
  residue: Residue,
): AsyncGenerator<NamedText> {
  for await (const text of texts) {
    residue.add(text.id, textsOf(text.input));
    yield text;
  }
}
