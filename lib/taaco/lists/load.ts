import path from "node:path";
import { createAdverbTest } from "./adverbs.ts";
import { readConnectives, readPlainList } from "./connectives.ts";
import { readSynsets } from "./synonyms.ts";
import type { ListOptions, SynonymTable, TaacoLists } from "./types.ts";

/** Folder of the lists that the package brings. */
export const OWN_LISTS = path.resolve(import.meta.dirname, "../../../data/lists");

/** Computes on first use. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/**
 * Reads the word lists; synonyms and frequencies are read when an index first asks for them.
 *
 * @throws DialoguePpoError ERR_DATA naming the file that is missing or wrong
 */
export function loadLists(options: ListOptions = {}): TaacoLists {
  const directory = options.directory ?? OWN_LISTS;
  const file = (...parts: string[]): string => path.join(directory, ...parts);
  const tables = {
    noun: once<SynonymTable>(() => readSynsets(file("wordnet", "nouns.txt"))),
    verb: once<SynonymTable>(() => readSynsets(file("wordnet", "verbs.txt"))),
  };
  const adjectives = readPlainList(file("wordnet", "adjectives.txt"));
  return {
    connectives: readConnectives(directory),
    givenness: readPlainList(file("third-person.txt")),
    demonstratives: readPlainList(file("demonstratives.txt")),
    isContentAdverb: createAdverbTest({
      isAdjective: (word) => adjectives.has(word),
      functional: readPlainList(file("function-adverbs.txt")),
      faithful: readPlainList(file("faithful-adverbs.txt")),
    }),
    synonyms: (part) => tables[part](),
    source: "own",
  };
}
