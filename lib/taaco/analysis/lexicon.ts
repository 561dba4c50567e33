import { join } from "node:path";
import { readListLines } from "../lists/list-file.ts";
import type { Bases } from "./lemma-rules.ts";

/** Base forms and irregular forms, by which lemmas are found. */
export interface Lexicon extends Bases {
  /** Base forms of irregular forms, by part of speech. */
  readonly irregular: Readonly<Record<"noun" | "verb" | "adjective", ReadonlyMap<string, string>>>;
}

/**
 * Reads the lexicon from the folder of the word lists.
 *
 * @param adjectives returns the adjectives, which few words need
 * @throws DialoguePpoError ERR_DATA when a file cannot be read
 */
export function readLexicon(directory: string, adjectives: () => ReadonlySet<string>): Lexicon {
  const counts = new Map<string, number>();
  for (const line of readListLines(join(directory, "wordnet", "verb-counts.txt"))) {
    const [verb, count] = splitPair(line);
    counts.set(verb, Number(count));
  }
  return {
    verbCount: (word) => counts.get(word),
    isAdjective: (word) => adjectives().has(word),
    irregular: readIrregular(join(directory, "irregular-forms.txt")),
  };
}

/** Splits a line at its space. */
function splitPair(line: string): [string, string] {
  const space = line.indexOf(" ");
  return [line.slice(0, space), line.slice(space + 1)];
}

function readIrregular(file: string): Lexicon["irregular"] {
  const tables = { noun: new Map<string, string>(), verb: new Map(), adjective: new Map() };
  let table = tables.noun;
  for (const line of readListLines(file)) {
    if (line.startsWith("[")) table = tables[line.slice(1, -1) as keyof typeof tables];
    else table.set(...splitPair(line));
  }
  return tables;
}
