import { readListFile } from "./list-file.ts";
import type { SynonymTable } from "./word-lists.ts";

const NONE: readonly string[] = [];

/** Reads a file with one synset per line, its members separated by spaces. */
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

/** Reads the official package's file: a word, then its synonyms, separated by tabs or commas. */
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
  return { of: (lemma) => lists.get(lemma) ?? NONE };
}
