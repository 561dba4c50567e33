import { readdirSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { readError, statsOf } from "../files/file-error.ts";
import { chooseWeights, findWeights } from "../model-files.ts";
import { shortLine } from "./body.ts";

/** A file in the listing of a repository. */
export interface RemoteFile {
  /** Path inside the repository. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** Checksum in hex: SHA-256 for large files (LFS), otherwise the SHA-1 of the git blob. */
  readonly etag: string;
  /** Algorithm of the checksum. */
  readonly algorithm: "sha256" | "git-sha1";
}

// An adapter beside the weights is not loaded, and its file lets a run say so.
const CONFIG_FILES = /^(config|generation_config|adapter_config)\.json$/;
const TOKENIZER_FILES =
  /^(special_tokens_map|added_tokens|vocab|tokenizer[\w.-]*|chat_template)\.json$|^merges\.txt$|^chat_template\.jinja$/;
const VALUE_HEAD = "value_head.safetensors";

/** Returns whether a file belongs to a tokenizer. The configuration and the weights of a model do not. */
const isTokenizerFile = (file: string): boolean => TOKENIZER_FILES.test(file);

/**
 * Returns the path of a listed file after checking that it cannot leave the snapshot folder. Listings are untrusted
 * input.
 * @throws DialoguePpoError ERR_NETWORK for an unsafe path
 */
export function requireSafePath(file: string): string {
  const unsafe =
    file === "" ||
    file.includes("\\") ||
    /\p{Cc}/u.test(file) ||
    file.startsWith("/") ||
    /^[A-Za-z]:/.test(file) ||
    file.split("/").some((part) => part === ".." || part === "." || part === "");
  if (unsafe) {
    throw new DialoguePpoError(
      "ERR_NETWORK",
      `the repository lists an unsafe path ${shortLine(JSON.stringify(file))}; expected a plain relative path`,
    );
  }
  return file;
}

/** Returns the files of the weights that are loaded: a whole file, or an index and what it can name. */
function selectWeights(files: readonly RemoteFile[]): RemoteFile[] {
  const chosen = chooseWeights(new Set(files.map(({ path }) => path)));
  if (chosen === undefined) return [];
  const { whole, index, parts } = chosen;
  return files.filter(({ path }) =>
    index === undefined ? path === whole : path === index || parts.test(path),
  );
}

/**
 * Returns the files that a model needs: configuration, tokenizer and weights at the top level of the repository.
 * Pickled weights are selected only when there are no safetensors.
 */
export function selectModelFiles(files: readonly RemoteFile[]): RemoteFile[] {
  const top = files.filter((file) => !file.path.includes("/"));
  const small = top.filter(({ path }) => CONFIG_FILES.test(path) || isTokenizerFile(path));
  return [...small, ...selectWeights(top), ...top.filter(({ path }) => path === VALUE_HEAD)];
}

/** The part of a repository that is needed: "model" is weights and tokenizer. */
export type RepositoryContent = "model" | "weights" | "tokenizer";

/**
 * Returns the files of a listing that the wanted part needs. A tokenizer needs config.json, whose model type decides on
 * the class of a tokenizer that does not name it, such as that of GPT-2.
 */
export function selectFiles(files: readonly RemoteFile[], wanted: RepositoryContent): RemoteFile[] {
  const selected = selectModelFiles(files);
  if (wanted !== "tokenizer") return selected;
  return selected.filter(({ path }) => isTokenizerFile(path) || path === "config.json");
}

/** Returns the weights that are not in the folder: names of shards, or what is expected where there are none at all. */
function missingWeights(folder: string, names: ReadonlySet<string>): string[] {
  const weights = findWeights(folder, names);
  if (weights === undefined) return ["the weights (model.safetensors or pytorch_model.bin)"];
  if (weights.files.length === 0) return [`a readable ${weights.index}`];
  return weights.files.filter((file) => !names.has(file));
}

/** Returns the names in a snapshot, without links whose content was deleted. */
function listContent(folder: string): Set<string> {
  const expected = "a folder that this user can read";
  try {
    const names = readdirSync(folder);
    return new Set(names.filter((name) => statsOf(path.join(folder, name), "ERR_MODEL", expected)));
  } catch (cause) {
    throw readError(folder, cause, "ERR_MODEL", expected);
  }
}

/**
 * Returns what a snapshot in the cache lacks for the wanted part. Another program can have downloaded a part only, as
 * Python's AutoTokenizer does, and a download can have been interrupted. An entry whose content was deleted counts as
 * missing.
 *
 * @returns names of files; empty when the snapshot is complete
 */
export function missingFiles(folder: string, wanted: RepositoryContent): string[] {
  const names = listContent(folder);
  const missing: string[] = [];
  if (wanted !== "tokenizer") {
    if (!names.has("config.json")) missing.push("config.json");
    missing.push(...missingWeights(folder, names));
  }
  const hasTokenizer = names.has("tokenizer.json") || (names.has("vocab.json") && names.has("merges.txt"));
  if (wanted !== "weights" && !hasTokenizer) missing.push("tokenizer.json");
  return missing;
}
