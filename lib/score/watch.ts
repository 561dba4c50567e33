import type { TaacoInput } from "../taaco/types.ts";
import type { NamedText } from "./texts.ts";

/** Returns the texts of an input; none for annotated tokens, which somebody has looked at. */
export function textsOf(input: TaacoInput): readonly string[] {
  if (typeof input === "string") return [input];
  return "turns" in input ? input.turns.map(({ text }) => text) : [];
}

/** Yields the texts unchanged, and shows each to `look` before. */
export async function* watch(
  texts: AsyncIterable<NamedText>,
  look: (text: NamedText) => void,
): AsyncGenerator<NamedText> {
  for await (const text of texts) {
    look(text);
    yield text;
  }
}
