import { join } from "node:path";
import { readListFile, readPlainList } from "../lists/list-file.ts";

/** How often a word was found as each part of speech in WordNet's semantic concordance. */
export interface Readings {
  readonly noun: number;
  readonly verb: number;
  readonly adjective: number;
}

/** What the rules ask about words: a small lexicon derived from WordNet. */
export interface Lexicon {
  /** Readings of a lemma that can be a verb; undefined for any other. */
  verb(lemma: string): Readings | undefined;
  isAdjective(word: string): boolean;
}

/** Reads `<directory>/wordnet/`. */
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
