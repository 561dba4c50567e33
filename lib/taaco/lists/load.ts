import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../../errors.ts";
import { createAdverbTest } from "./adverbs.ts";
import { readConnectives } from "./connective-lists.ts";
import { officialFrequencies, readFrequencies } from "./frequencies.ts";
import { readPlainList } from "./list-file.ts";
import { readOfficialSynonyms, readSynsets } from "./synonym-tables.ts";
import type { ListOptions, ReferenceFrequencies, SynonymTable, TaacoLists } from "./word-lists.ts";

/** Folder of the package's own lists. */
export const OWN_LISTS = path.resolve(import.meta.dirname, "../../../data/lists");

/** Returns a function that computes its value on the first call and keeps it. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

const OFFICIAL_ADJECTIVES = "adj_lem_list.txt";
const OFFICIAL_SYNONYMS = { noun: "wn_noun_2.txt", verb: "wn_verb_2.txt" } as const;

/** The official package's folder must hold what replaces our lists; its reference frequencies may be absent. */
function checkOfficial(directory: string): void {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `${directory} is no folder; expected the official package's word lists`,
    );
  }
  for (const name of [OFFICIAL_ADJECTIVES, ...Object.values(OFFICIAL_SYNONYMS)]) {
    if (!existsSync(path.join(directory, name))) {
      throw new DialoguePpoError(
        "ERR_DATA",
        `${directory} has no ${name}; expected the official package's word lists`,
      );
    }
  }
}

function synonymTables(
  directory: string,
  official: string | undefined,
): Record<"noun" | "verb", () => SynonymTable> {
  const table = (part: "noun" | "verb"): (() => SynonymTable) =>
    once(() =>
      official === undefined
        ? readSynsets(path.join(directory, "wordnet", `${part}s.txt`))
        : readOfficialSynonyms(path.join(official, OFFICIAL_SYNONYMS[part])),
    );
  return { noun: table("noun"), verb: table("verb") };
}

/** Returns the user's own frequencies if there are any, else the official ones. */
function findFrequencies({
  frequencyFile,
  officialDirectory,
}: ListOptions): ReferenceFrequencies | undefined {
  if (frequencyFile !== undefined) return readFrequencies(frequencyFile);
  return officialDirectory === undefined ? undefined : officialFrequencies(officialDirectory);
}

/**
 * Reads the word lists; synonyms and frequencies are read when an index first asks for them.
 *
 * @throws DialoguePpoError ERR_DATA naming the file that is missing or wrong
 */
export function loadLists(options: ListOptions = {}): TaacoLists {
  const directory = options.directory ?? OWN_LISTS;
  const file = (...parts: string[]): string => path.join(directory, ...parts);
  const official = options.officialDirectory;
  if (official !== undefined) checkOfficial(official);
  const tables = synonymTables(directory, official);
  const adjectives = readPlainList(
    official === undefined ? file("wordnet", "adjectives.txt") : path.join(official, OFFICIAL_ADJECTIVES),
  );
  const frequencies = findFrequencies(options);
  return {
    connectives: readConnectives(directory),
    givenness: readPlainList(file("third-person.txt")),
    demonstratives: readPlainList(file("demonstratives.txt")),
    isContentAdverb: createAdverbTest({
      isAdjective: (word) => adjectives.has(word),
      functional: readPlainList(file("function-adverbs.txt")),
      // The official lexicon holds its adverbs itself.
      faithful: official === undefined ? readPlainList(file("faithful-adverbs.txt")) : new Set(),
    }),
    synonyms: (part) => tables[part](),
    ...(frequencies && { frequencies }),
    source: official === undefined ? "own" : "official",
  };
}
