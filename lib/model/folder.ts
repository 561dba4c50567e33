import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { namesIn, readError } from "../files/file-error.ts";
import { describeForeignContent, type ExpectedContent } from "../files/file-kind.ts";
import { describeOtherFormat, findWeights } from "../model-files.ts";
import { describeAdapter } from "./adapter.ts";
import { describeDamage } from "./weight-file.ts";

type FolderErrorCode = "ERR_MODEL" | "ERR_CHECKPOINT_FORMAT" | "ERR_TOKENIZER";

/** Returns the entries of a folder, without links whose target is missing. */
function listNames(folder: string, code: FolderErrorCode): Set<string> {
  return new Set(namesIn(folder, code, "a folder").filter((name) => existsSync(path.join(folder, name))));
}

/** @throws DialoguePpoError when the file is something else than its name promises */
function checkContent(file: string, expected: ExpectedContent, code: FolderErrorCode): void {
  let problem: string | undefined;
  try {
    problem = describeForeignContent(file, expected);
  } catch (cause) {
    throw readError(file, cause, code, "a readable file");
  }
  if (problem !== undefined) throw new DialoguePpoError(code, `${file} ${problem}`);
}

/** Returns the subfolder that is a model folder, when there is just one; of the cache's folders, a snapshot. */
function findModelBelow(folder: string, names: ReadonlySet<string>): string | undefined {
  const parent = names.has("snapshots") ? path.join(folder, "snapshots") : folder;
  const below = namesIn(parent, "ERR_MODEL", "a folder that this user can list")
    .map((name) => path.join(parent, name))
    .filter((place) => existsSync(path.join(place, "config.json")));
  return below.length === 1 ? below[0] : undefined;
}

/** Returns what a folder is that lacks a file of a model, as the end of a message. */
function nearestCase(folder: string, names: ReadonlySet<string>): string {
  const format = describeAdapter(folder, names) ?? describeOtherFormat(names);
  if (format !== undefined) return `; it is ${format}`;
  const below = findModelBelow(folder, names);
  return below === undefined ? "" : `; did you mean ${below}?`;
}

/** Describes a file that was named in place of a model folder. */
function describeFile(file: string): string {
  const known = describeOtherFormat([path.basename(file)]);
  if (known !== undefined) return `it is ${known}`;
  return "expected the folder with config.json, the weights and the tokenizer";
}

/**
 * @throws DialoguePpoError ERR_MODEL when shards are missing; ERR_CHECKPOINT_FORMAT when a file is damaged or something
 * else
 */
function checkWeights(folder: string, name: string, names: ReadonlySet<string>): void {
  const weights = findWeights(folder, names);
  if (weights === undefined) {
    throw new DialoguePpoError(
      "ERR_MODEL",
      `${name} has no weights: expected model.safetensors, pytorch_model.bin or an index${nearestCase(folder, names)}`,
    );
  }
  if (weights.index !== undefined) {
    checkContent(path.join(folder, weights.index), "text", "ERR_CHECKPOINT_FORMAT");
  }
  const absent = weights.files.filter((file) => !names.has(file));
  if (absent.length > 0) {
    throw new DialoguePpoError(
      "ERR_MODEL",
      `${name} lacks ${absent.length} of the ${weights.files.length} files of weights that ${weights.index} names, such as ` +
        `${absent[0]}; download it again`,
    );
  }
  for (const file of weights.files.map((each) => path.join(folder, each))) {
    checkContent(file, "weights", "ERR_CHECKPOINT_FORMAT");
    const damage = describeDamage(file);
    if (damage !== undefined) throw new DialoguePpoError("ERR_CHECKPOINT_FORMAT", `${file} ${damage}`);
  }
}

/**
 * Looks at the files of a model folder before they are read: whether they are there, are what their names promise and
 * are complete. It reads only the start of each file, and the ends of those with weights.
 *
 * @param name how messages name the folder
 * @throws DialoguePpoError ERR_MODEL for a folder without configuration or weights; the message names the nearest known
 *   format
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT for a file that is incomplete or something else; the message has the
 *   remedy
 */
export function checkModelFolder(folder: string, name = folder): void {
  if (existsSync(folder) && !statSync(folder).isDirectory()) {
    throw new DialoguePpoError("ERR_MODEL", `${name} is a file, not a model folder; ${describeFile(folder)}`);
  }
  const names = listNames(folder, "ERR_MODEL");
  if (!names.has("config.json")) {
    throw new DialoguePpoError(
      "ERR_MODEL",
      `${name} is no model folder: it has no config.json${nearestCase(folder, names)}`,
    );
  }
  for (const file of ["config.json", "generation_config.json"].filter((each) => names.has(each))) {
    checkContent(path.join(folder, file), "text", "ERR_MODEL");
  }
  checkWeights(folder, name, names);
}

/** Names of the files of a tokenizer that hold text. */
export const TOKENIZER_TEXT_FILES: readonly string[] = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "chat_template.jinja",
  "chat_template.json",
];

/**
 * Looks at the files of a tokenizer before they are read.
 * @throws DialoguePpoError ERR_TOKENIZER for a file that is something else than its name promises; the message has the
 *   remedy
 */
export function checkTokenizerFolder(folder: string): void {
  const names = listNames(folder, "ERR_TOKENIZER");
  for (const name of TOKENIZER_TEXT_FILES.filter((each) => names.has(each))) {
    checkContent(path.join(folder, name), "text", "ERR_TOKENIZER");
  }
}
