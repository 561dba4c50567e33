import { join } from "node:path";
import { readListFile, readPlainList } from "../lists/list-file.ts";

/** Number of occurrences of a word as each part of speech in WordNet's semantic concordance. */
export interface Readings {
  readonly noun: number;
  readonly verb: number;
  readonly adjective: number;
}

/** A small lexicon derived from WordNet, which the rules consult. */
export interface Lexicon {
  /** Returns the readings of a lemma that can be a verb, or undefined for any other. */
  verb(lemma: string): Readings | undefined;
  /** Returns whether a word can be an adjective. */
  isAdjective(word: string): boolean;
}

/**
 * Reads the lexicon from the files in `<directory>/wordnet/`.
 * @throws DialoguePpoError ERR_DATA when a file cannot be read
 */
export function readLexicon(directory: string): Lexicon {
  const verbs = new Map<string, Readings>();
  for (const line of readListFile(join(directory, "wordnet", "verb-readings.txt")).split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const [word = "", noun, verb, adjective] = line.split(" ");
    verbs.set(word, { noun: Number(noun), verb: Number(verb), adjective: Number(adjective) });
  }
  const adjectives = readPlainList(join(directory, "wordnet", "adjectives.txt"));
  return { verb: (lemma) => verbs.get(lemma), isAdjective: (word) => adjectives.has(word) };
}
