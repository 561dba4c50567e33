import path from "node:path";
import { LineTable } from "../lists/line-table.ts";
import { once, readTrimmedList, type WordSet } from "../lists/list-file.ts";
import type { Bases } from "./lemma-rules.ts";

const PARTS = ["noun", "verb", "adjective"] as const;

/** Base forms and irregular forms, by which lemmas are found. */
export interface Lexicon extends Bases {
  /** Returns the base form of an irregular form of a part of speech, or undefined for any other word. */
  irregular(part: (typeof PARTS)[number], word: string): string | undefined;
}

/**
 * Reads the lexicon from the folder of the word lists. The tables of its words are made when they are first needed.
 *
 * @param adjectives returns the adjectives, which few words need
 * @throws DialoguePpoError ERR_DATA when a file cannot be read
 */
export function readLexicon(directory: string, adjectives: () => WordSet): Lexicon {
  const verbs = tableOf(readTrimmedList(path.join(directory, "wordnet", "verb-counts.txt")));
  const irregular = splitSections(readTrimmedList(path.join(directory, "irregular-forms.txt")));
  return {
    verbCount(word) {
      const count = verbs().get(word);
      return count === undefined ? undefined : Number(count);
    },
    isAdjective: (word) => adjectives().has(word),
    irregular: (part, word) => irregular[part]().get(word),
  };
}

const tableOf = (text: string): (() => LineTable) => once(() => new LineTable(text));

/**
 * Returns the tables of the irregular forms, each of which follows a line with the name of the part of speech in
 * brackets.
 */
function splitSections(text: string): Record<(typeof PARTS)[number], () => LineTable> {
  const sectionOf = (part: string): string => {
    const start = text.indexOf(`\n[${part}]\n`);
    if (start < 0) return "";
    const next = text.indexOf("\n[", start + 1);
    return text.slice(text.indexOf("\n", start + 1) + 1, next < 0 ? undefined : next + 1);
  };
  const [noun, verb, adjective] = PARTS.map((part) => tableOf(sectionOf(part)));
  return { noun, verb, adjective } as Record<(typeof PARTS)[number], () => LineTable>;
}
