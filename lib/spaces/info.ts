import { existsSync } from "node:fs";
import path from "node:path";
import { checkKind, checkObject } from "../arguments.ts";
import { DialoguePpoError } from "../errors.ts";
import { completeOptions } from "../options/check.ts";
import type { OptionInput } from "../options/option.ts";
import { SPACES_INFO_OPTIONS } from "../options/tables/spaces.ts";
import { loadSpaces } from "./load.ts";
import { readSpacesMeta, SPACES_FILE, type SpaceOrigin } from "./meta.ts";
import { type Neighbour, neighbours, topicWords } from "./nearest.ts";
import type { WordVectors } from "./vectors.ts";

/** Description of a space. */
export interface SpaceInfo {
  /** Kind of the space. */
  readonly kind: WordVectors["kind"];
  /** Number of components of each vector. */
  readonly dimensions: number;
  /** Number of words. */
  readonly words: number;
  /** Neighbours of the requested word, the nearest first; null when the space does not have the word. */
  readonly neighbours?: readonly Neighbour[] | null;
  /** Words of each topic of an LDA space. Only present when no word was requested. */
  readonly topics?: readonly (readonly string[])[];
}

/** Result of {@link inspectSpaces}. */
export interface SpacesInfo {
  /** The folder or file that was inspected. */
  readonly output: string;
  /** How the spaces were made, from `spaces.json`; empty for files of other tools. */
  readonly origin: SpaceOrigin;
  /** Description of each space. */
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
 * Describes a folder of spaces or a file of vectors: sizes, origin, and the neighbours of a word. Without a word, it
 * lists the words of each topic of an LDA space.
 *
 * @throws DialoguePpoError ERR_DATA when a file is missing or invalid, ERR_CONFIG when no space has the word
 * @example
 * const { spaces } = await inspectSpaces("spaces", { word: "dog" });
 * console.log(spaces[0]?.neighbours);
 */
export async function inspectSpaces(
  dir: string,
  input: OptionInput<typeof SPACES_INFO_OPTIONS> = {},
): Promise<SpacesInfo> {
  checkKind("inspectSpaces", "dir", dir, "path");
  checkObject(input, "inspectSpaces");
  const options = completeOptions(SPACES_INFO_OPTIONS, input);
  const loaded = await loadSpaces(dir);
  // Files of other tools have no description of their origin.
  const origin = existsSync(path.join(dir, SPACES_FILE)) ? readSpacesMeta(dir).origin : {};
  const word = options.word?.toLowerCase();
  if (word !== undefined && loaded.every((space) => space.row(word) < 0)) {
    throw new DialoguePpoError("ERR_CONFIG", `--word ${word}: none of the spaces in ${dir} has it`);
  }
  return { output: dir, origin, spaces: loaded.map((space) => describeSpace(space, word, options.count)) };
}
