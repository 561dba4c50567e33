import { statSync } from "node:fs";
import path from "node:path";
import { splitOptions } from "../options/check.ts";
import type { OptionInput } from "../options/option.ts";
import { SPACES_IMPORT_OPTIONS } from "../options/tables/spaces.ts";
import { readVectorFile } from "./readers/open.ts";
import { checkOutputFolder, loadSpaces, saveSpaces } from "./spaces.ts";
import type { SpaceKind } from "./vectors.ts";

/** The folder that was written and what it holds. */
export interface ImportResult {
  readonly output: string;
  readonly spaces: readonly { kind: SpaceKind; dimensions: number; words: number }[];
}

/**
 * Converts vectors of word2vec, GloVe, fastText or the official package to a folder of spaces, which loads fast.
 *
 * @param from file of vectors, or folder of exports
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA naming file and line
 * @example
 * const { spaces } = await importSpaces("vectors.txt", { output: "spaces" });
 * console.log(spaces.map(({ kind, words }) => `${kind}: ${words} words`));
 */
export async function importSpaces(
  from: string,
  options: OptionInput<typeof SPACES_IMPORT_OPTIONS> = {},
): Promise<ImportResult> {
  const { output, kind, dtype } = splitOptions(SPACES_IMPORT_OPTIONS, options).own;
  checkOutputFolder(output);
  const isFile = statSync(from, { throwIfNoEntry: false })?.isFile() === true;
  const spaces = isFile ? [await readVectorFile(from, kind)] : await loadSpaces(from);
  await saveSpaces(output, spaces, { data: path.basename(from) }, { dtype });
  const sizes = spaces.map(({ kind, dimensions, words }) => ({ kind, dimensions, words: words.length }));
  return { output, spaces: sizes };
}
