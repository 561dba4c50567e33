import { readListFile } from "./list-file.ts";
import type { SynonymTable } from "./word-lists.ts";

const NONE: readonly string[] = [];

/**
 * Reads a file with one synset per line. The words of a synset are separated by spaces.
 * @throws DialoguePpoError ERR_DATA when the file cannot be read
 */
export function readSynsets(file: string): SynonymTable {
  const synonyms = new Map<string, Set<string>>();
  for (const line of readListFile(file).split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const members = line.trim().split(" ");
    for (const word of members) {
      const known = synonyms.get(word) ?? new Set();
      for (const other of members) if (other !== word) known.add(other);
      synonyms.set(word, known);
    }
  }
  return toTable(synonyms);
}

/**
 * Reads a synonym file of the official package. Each line holds a word and its synonyms, separated by tabs, commas or
 * spaces.
 * @throws DialoguePpoError ERR_DATA when the file cannot be read
 */
export function readOfficialSynonyms(file: string): SynonymTable {
  const synonyms = new Map<string, Set<string>>();
  for (const line of readListFile(file).split(/\r?\n/)) {
    const [word, ...others] = line
      .toLowerCase()
      .split(/[\t,]|\s+/)
      .filter((item) => item !== "");
    if (word === undefined || word.startsWith("#")) continue;
    synonyms.set(word, new Set(others.filter((other) => other !== word)));
  }
  return toTable(synonyms);
}

function toTable(synonyms: ReadonlyMap<string, ReadonlySet<string>>): SynonymTable {
  const lists = new Map([...synonyms].map(([word, others]) => [word, [...others]]));
  return { get: (lemma) => lists.get(lemma) ?? NONE };
}
