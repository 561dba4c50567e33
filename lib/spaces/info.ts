import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { splitOptions } from "../options/check.ts";
import type { OptionInput } from "../options/option.ts";
import { SPACES_INFO_OPTIONS } from "../options/tables/spaces.ts";
import { readSpacesMeta, SPACES_FILE, type SpaceOrigin } from "./meta.ts";
import { type Neighbour, neighbours, topicWords } from "./nearest.ts";
import { loadSpaces } from "./spaces.ts";
import type { WordVectors } from "./vectors.ts";

/** Size of one space, with neighbours or topics. */
export interface SpaceInfo {
  readonly kind: WordVectors["kind"];
  readonly dimensions: number;
  readonly words: number;
  /** Of the word asked for; null when the space does not have it. */
  readonly neighbours?: readonly Neighbour[] | null;
  /** Of LDA, when no word was asked for. */
  readonly topics?: readonly (readonly string[])[];
}

/** What a folder of spaces or a file of vectors holds. */
export interface SpacesInfo {
  readonly output: string;
  readonly origin: SpaceOrigin;
  readonly spaces: readonly SpaceInfo[];
}

function describeSpace(space: WordVectors, word: string | undefined, count: number): SpaceInfo {
  const { kind, dimensions, words } = space;
  const base = { kind, dimensions, words: words.length };
  if (word !== undefined) {
    return { ...base, neighbours: space.row(word) < 0 ? null : neighbours(space, word, count) };
  }
  return kind === "lda" ? { ...base, topics: topicWords(space, count) } : base;
}

/**
 * Describes a folder of spaces or a file of vectors: sizes and origin, and the neighbours of a word or else the words of each
 * topic.
 *
 * @throws DialoguePpoError ERR_DATA for a damaged folder, ERR_CONFIG when no space has the word
 * @example
 * const { spaces } = await inspectSpaces("spaces", { word: "dog" });
 * console.log(spaces[0]?.neighbours);
 */
export async function inspectSpaces(
  dir: string,
  input: OptionInput<typeof SPACES_INFO_OPTIONS> = {},
): Promise<SpacesInfo> {
  const options = splitOptions(SPACES_INFO_OPTIONS, input).own;
  const loaded = await loadSpaces(dir);
  // Other people's files say nothing of where they come from.
  const origin = existsSync(path.join(dir, SPACES_FILE)) ? (await readSpacesMeta(dir)).origin : {};
  const word = options.word?.toLowerCase();
  if (word !== undefined && loaded.every((space) => space.row(word) < 0)) {
    throw new DialoguePpoError("ERR_CONFIG", `--word ${word}: none of the spaces in ${dir} has it`);
  }
  return { output: dir, origin, spaces: loaded.map((space) => describeSpace(space, word, options.count)) };
}
