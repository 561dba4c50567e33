import type { SpaceKind } from "../../taaco/types.ts";
import { fileError } from "../meta.ts";
import type { WordVectors } from "../vectors.ts";
import { VectorCollector } from "./collector.ts";
import { readVectorLines } from "./lines.ts";

/** Largest number of dimensions. A file that states more is invalid. */
const MAX_DIMENSIONS = 65_536;

/**
 * Parses the first line of word2vec and fastText files, "words dimensions". Returns undefined for any other line, such
 * as the first line of a GloVe file.
 */
export function parseHeader(line: string): { words: number; dimensions: number } | undefined {
  const [, words, dimensions] = /^(\d{1,15}) (\d{1,15})\s*$/.exec(line) ?? [];
  return words === undefined ? undefined : { words: Number(words), dimensions: Number(dimensions) };
}

/** @throws DialoguePpoError ERR_DATA when the number of dimensions is out of range */
export function checkDimensions(dimensions: number, place: string): void {
  if (dimensions >= 1 && dimensions <= MAX_DIMENSIONS) return;
  throw fileError(place, `1 to ${MAX_DIMENSIONS} dimensions, it says ${dimensions}`);
}

/** Parses a component. An empty field gives NaN rather than 0. */
export const parseNumber = (field: string): number => (field === "" ? Number.NaN : Number(field));

/** Splits a line into a word and its components. Words can contain spaces, so the components are the last fields. */
function splitLine(text: string, dimensions: number, place: string): { word: string; vector: number[] } {
  const fields = text.trimEnd().split(" ");
  const word = fields.slice(0, -dimensions).join(" ");
  const vector = fields.slice(-dimensions).map(parseNumber);
  if (word !== "" && vector.length === dimensions) return { word, vector };
  throw fileError(place, `a word and ${dimensions} numbers, separated by spaces`);
}

/**
 * Reads vectors in text format: `.vec` files of word2vec and fastText, whose first line has the numbers of words and
 * dimensions, and GloVe files, which have no such line. Words are lower-cased. Of words that become equal, the first
 * that is in lower case in the file is kept, or else the first.
 *
 * @throws DialoguePpoError ERR_DATA when the file is invalid; the message names file and line
 */
export async function readTextVectors(file: string, kind: SpaceKind): Promise<WordVectors> {
  let collector: VectorCollector | undefined;
  let dimensions = 0;
  let announced: number | undefined;
  let found = 0;
  for await (const { text, number } of readVectorLines(file)) {
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
