import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../../errors.ts";
import { statsOf } from "../../files/file-error.ts";
import { dataFolder, describeBundling } from "../../package.ts";
import { createAdverbTest } from "./adverbs.ts";
import { readConnectives } from "./connective-lists.ts";
import { officialFrequencies, readFrequencies } from "./frequencies.ts";
import { adjectivesIn, once, readPlainList, type WordSet } from "./list-file.ts";
import { readOfficialSynonyms, readSynsets } from "./synonym-tables.ts";
import type { ListOptions, ReferenceFrequencies, SynonymTable, TaacoLists } from "./word-lists.ts";

/** Folder of the lists that this package contains. */
export const OWN_LISTS = path.join(dataFolder, "lists");

const OFFICIAL_ADJECTIVES = "adj_lem_list.txt";
const OFFICIAL_SYNONYMS = { noun: "wn_noun_2.txt", verb: "wn_verb_2.txt" } as const;

/**
 * Checks that the folder holds the official files that replace lists of this package. Reference frequencies are
 * optional.
 */
function checkOfficial(directory: string): void {
  const expected = "the official package's word lists";
  if (!statsOf(directory, "ERR_DATA", expected)?.isDirectory()) {
    throw new DialoguePpoError("ERR_DATA", `${directory} is no folder; expected ${expected}`);
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
  officialDirectory: string | undefined,
): Record<"noun" | "verb", () => SynonymTable> {
  const table = (part: "noun" | "verb"): (() => SynonymTable) =>
    once(() =>
      officialDirectory === undefined
        ? readSynsets(path.join(directory, "wordnet", `${part}s.txt`))
        : readOfficialSynonyms(path.join(officialDirectory, OFFICIAL_SYNONYMS[part])),
    );
  return { noun: table("noun"), verb: table("verb") };
}

/** Returns the frequencies of the user's file if one is given, otherwise those of the official package. */
function findFrequencies({
  frequencyFile,
  officialDirectory,
}: ListOptions): ReferenceFrequencies | undefined {
  if (frequencyFile !== undefined) return readFrequencies(frequencyFile);
  return officialDirectory === undefined ? undefined : officialFrequencies(officialDirectory);
}

/**
 * Reads the word lists. Adjectives, synonyms and frequencies are read when they are first needed.
 *
 * @throws DialoguePpoError ERR_DATA when a file is missing or damaged; the message names the file
 */
export function loadLists(options: ListOptions = {}): TaacoLists {
  const directory = options.directory ?? OWN_LISTS;
  if (directory === OWN_LISTS && !existsSync(directory)) {
    const bundled = describeBundling();
    if (bundled !== undefined) throw new DialoguePpoError("ERR_CONFIG", bundled);
  }
  const file = (...parts: string[]): string => path.join(directory, ...parts);
  const officialDirectory = options.officialDirectory;
  if (officialDirectory !== undefined) checkOfficial(officialDirectory);
  const tables = synonymTables(directory, officialDirectory);
  const ownAdjectives = adjectivesIn(directory);
  const adjectives: () => WordSet =
    officialDirectory === undefined
      ? ownAdjectives
      : once(() => readPlainList(path.join(officialDirectory, OFFICIAL_ADJECTIVES)));
  const frequencies = findFrequencies(options);
  return {
    connectives: readConnectives(directory),
    givenness: readPlainList(file("third-person.txt")),
    demonstratives: readPlainList(file("demonstratives.txt")),
    isContentAdverb: createAdverbTest({
      isAdjective: (word) => adjectives().has(word),
      functionAdverbs: readPlainList(file("function-adverbs.txt")),
      // The official list of adjectives already contains these adverbs.
      faithfulAdverbs:
        officialDirectory === undefined ? readPlainList(file("faithful-adverbs.txt")) : new Set(),
    }),
    ownAdjectives,
    synonyms: (part) => tables[part](),
    ...(frequencies && { frequencies }),
    source: officialDirectory === undefined ? "own" : "official",
  };
}
