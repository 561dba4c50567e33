import { Taaco } from "../../lib/taaco/taaco.ts";
import type {
  AnnotatedText,
  AnnotatedToken,
  ArithmeticMode,
  IndexValues,
  Tagger,
  VectorSpace,
} from "../../lib/taaco/types.ts";
import { sentence } from "./worked-example.ts";

export const MODES: readonly ArithmeticMode[] = ["corrected", "faithful", "experiment"];

/**
 * Parses paragraphs whose sentences are separated by "|" and whose tokens are form/lemma/tag/flags. "" is an empty
 * sentence.
 */
export function annotate(...paragraphs: readonly string[]): AnnotatedText {
  return paragraphs.map((paragraph) =>
    paragraph.split("|").map((text) => (text.trim() === "" ? [] : sentence(text))),
  );
}

/** Returns tokens of one tag whose lemmas equal their forms. */
export function tagged(tag: string, words: string): AnnotatedToken[] {
  return words.split(" ").map((word) => [word, word, tag, ""]);
}

/** A tagger that fails, because annotated tokens must not be analysed again. */
export const NO_TAGGER: Tagger = {
  name: "none",
  tag: (paragraph) => {
    throw new Error(`nothing was to be tagged: ${paragraph}`);
  },
};

const made = new Map<ArithmeticMode, Promise<Taaco>>();

/** Returns the instance of a mode without spaces and frequencies. It is shared by all tests of a file. */
export function analyser(mode: ArithmeticMode): Promise<Taaco> {
  const known = made.get(mode) ?? Taaco.create({ mode, tagger: NO_TAGGER });
  made.set(mode, known);
  return known;
}

export async function indicesOf(
  paragraphs: AnnotatedText,
  mode: ArithmeticMode = "corrected",
): Promise<IndexValues> {
  return (await analyser(mode)).indices({ paragraphs });
}

/** Returns a space of the given words. */
export function spaceOf(
  kind: VectorSpace["kind"],
  vectors: Readonly<Record<string, readonly number[]>>,
): VectorSpace {
  const words = Object.keys(vectors);
  const dimensions = vectors[words[0] ?? ""]?.length ?? 0;
  return {
    kind,
    dimensions,
    row: (lemma) => words.indexOf(lemma),
    values: Float32Array.from(words.flatMap((word) => [...(vectors[word] ?? [])])),
    words,
  };
}
