import { fileError } from "../meta.ts";
import type { SpaceKind, WordVectors } from "../vectors.ts";
import { VectorCollector } from "./collector.ts";
import { readLines } from "./lines.ts";

/** More is no word vector. */
export const MAX_DIMENSIONS = 65_536;

/** "words dimensions", the first line of word2vec's and fastText's files; GloVe's have none. */
export function parseHeader(line: string): { words: number; dimensions: number } | undefined {
  const [, words, dimensions] = /^(\d{1,15}) (\d{1,15})\s*$/.exec(line) ?? [];
  return words === undefined ? undefined : { words: Number(words), dimensions: Number(dimensions) };
}

export function checkDimensions(dimensions: number, place: string): void {
  if (dimensions >= 1 && dimensions <= MAX_DIMENSIONS) return;
  throw fileError(place, `1 to ${MAX_DIMENSIONS} dimensions, it says ${dimensions}`);
}

/** A word and its numbers; words may have spaces in them, so fields count from the right. */
function splitLine(text: string, dimensions: number, place: string): { word: string; vector: number[] } {
  const fields = text.trimEnd().split(" ");
  const word = fields.slice(0, -dimensions).join(" ");
  const vector = fields.slice(-dimensions).map((field) => (field === "" ? Number.NaN : Number(field)));
  if (word !== "" && vector.length === dimensions) return { word, vector };
  throw fileError(place, `a word and ${dimensions} numbers, parted by spaces`);
}

/**
 * Reads vectors in text form: word2vec's and fastText's `.vec` (a line with the numbers of words and dimensions first) and
 * GloVe's (without). Words are lower-cased; of several that become equal the one in lower case counts, else the first.
 *
 * @throws DialoguePpoError ERR_DATA naming file and line
 */
export async function readTextVectors(file: string, kind: SpaceKind): Promise<WordVectors> {
  let collector: VectorCollector | undefined;
  let dimensions = 0;
  let announced: number | undefined;
  let found = 0;
  for await (const { text, number } of readLines(file)) {
    const place = `${file}:${number}`;
    const header = number === 1 ? parseHeader(text) : undefined;
    if (number === 1) {
      dimensions = header?.dimensions ?? text.trimEnd().split(" ").length - 1;
      announced = header?.words;
      checkDimensions(dimensions, place);
      collector = new VectorCollector(dimensions, "lowercase");
    }
    if (header || text === "") continue;
    const { word, vector } = splitLine(text, dimensions, place);
    collector?.add(word, vector, place);
    found += 1;
  }
  if (!collector) throw fileError(file, "vectors, it is empty");
  if (announced !== undefined && announced !== found) {
    throw fileError(file, `${announced} words as its first line says, it has ${found}`);
  }
  return collector.finish(kind, file);
}
