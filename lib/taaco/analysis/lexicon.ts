import { join } from "node:path";
import { readListFile, readPlainList } from "../lists/list-file.ts";
import type { Bases } from "./lemma-rules.ts";

/** Base forms and irregular forms, by which lemmas are found. */
export interface Lexicon extends Bases {
  /** Base forms of irregular forms, by part of speech. */
  readonly irregular: Readonly<Record<"noun" | "verb" | "adjective", ReadonlyMap<string, string>>>;
}

/**
 * Reads the lexicon from the folder of the word lists.
 * @throws DialoguePpoError ERR_DATA when a file cannot be read
 */
export function readLexicon(directory: string): Lexicon {
  const counts = new Map<string, number>();
  for (const line of linesOf(join(directory, "wordnet", "verb-counts.txt"))) {
    const [verb = "", count] = line.split(" ");
    counts.set(verb, Number(count));
  }
  const adjectives = readPlainList(join(directory, "wordnet", "adjectives.txt"));
  return {
    verbCount: (word) => counts.get(word),
    isAdjective: (word) => adjectives.has(word),
    irregular: readIrregular(join(directory, "irregular-forms.txt")),
  };
}

const linesOf = (file: string): string[] =>
  readListFile(file)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

function readIrregular(file: string): Lexicon["irregular"] {
  const tables = { noun: new Map<string, string>(), verb: new Map(), adjective: new Map() };
  let table = tables.noun;
  for (const line of linesOf(file)) {
    const part = /^\[(noun|verb|adjective)\]$/.exec(line)?.[1];
    if (part) table = tables[part as keyof typeof tables];
    else {
      const [form = "", base = ""] = line.split(" ");
      table.set(form, base);
    }
  }
  return tables;
}
