import { statSync } from "node:fs";
import path from "node:path";
import { checkKind } from "../arguments.ts";
import { type CallOptions, checkCall } from "../call.ts";
import { withCallbacks } from "../callbacks.ts";
import { refuseInputAsOutput } from "../files/output-place.ts";
import type { Logger } from "../log.ts";
import { completeOptions } from "../options/check.ts";
import type { OptionInput, OptionValues } from "../options/option.ts";
import { SPACES_IMPORT_OPTIONS } from "../options/tables/spaces.ts";
import type { SpaceKind } from "../taaco/types.ts";
import { loadSpaces, readVectorFile } from "./load.ts";
import { checkSpacesFolder, saveSpaces } from "./spaces.ts";

/** Result of {@link importSpaces}. */
export interface ImportResult {
  /** Folder of the spaces. */
  readonly output: string;
  /** Size of each space. */
  readonly spaces: readonly { kind: SpaceKind; dimensions: number; words: number }[];
}

/**
 * Converts vectors of word2vec, GloVe, fastText or the official package to a folder of spaces, which loads faster.
 *
 * @param from a file of vectors, or a folder with the exports of the official package
 * @throws DialoguePpoError ERR_CONFIG when an option is invalid or the output folder contains something else
 * @throws DialoguePpoError ERR_DATA when a file is invalid; the message names file and line
 * @example
 * const { spaces } = await importSpaces("vectors.txt", { output: "spaces" });
 * console.log(spaces.map(({ kind, words }) => `${kind}: ${words} words`));
 */
export async function importSpaces(
  from: string,
  options: OptionInput<typeof SPACES_IMPORT_OPTIONS> = {},
  call: Pick<CallOptions, "log"> = {},
): Promise<ImportResult> {
  checkKind("importSpaces", "from", from, "path");
  checkCall("importSpaces", options, call);
  const chosen = completeOptions(SPACES_IMPORT_OPTIONS, options);
  return withCallbacks(call, ({ log }) => convert(from, chosen, log));
}

async function convert(
  from: string,
  { output, kind, dtype }: OptionValues<typeof SPACES_IMPORT_OPTIONS>,
  log: Logger | undefined,
): Promise<ImportResult> {
  refuseInputAsOutput(output, [from]);
  checkSpacesFolder(output, log);
  const isFile = statSync(from, { throwIfNoEntry: false })?.isFile() === true;
  const spaces = isFile ? [await readVectorFile(from, kind)] : await loadSpaces(from);
  await saveSpaces(output, spaces, { data: path.basename(from) }, { dtype });
  const sizes = spaces.map(({ kind, dimensions, words }) => ({ kind, dimensions, words: words.length }));
  return { output, spaces: sizes };
}
