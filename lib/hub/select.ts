import { DialoguePpoError } from "../errors.ts";

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

const SMALL_FILES =
  /^(config|generation_config|special_tokens_map|added_tokens|vocab|tokenizer[\w.-]*|chat_template)\.json$|^merges\.txt$/;
const TOKENIZER_FILES =
  /^(special_tokens_map|added_tokens|vocab|tokenizer[\w.-]*|chat_template)\.json$|^merges\.txt$/;
const SAFETENSORS = /^[\w.-]+\.safetensors(\.index\.json)?$/;
const PICKLED = /^pytorch_model[\w.-]*\.bin(\.index\.json)?$/;

/** Returns whether a file belongs to a tokenizer. The configuration and the weights of a model do not. */
export const isTokenizerFile = (file: string): boolean => TOKENIZER_FILES.test(file);

/**
 * Returns the path of a listed file after checking that it cannot leave the snapshot folder. Listings are untrusted input.
 * @throws DialoguePpoError ERR_NETWORK for an unsafe path
 */
export function requireSafePath(file: string): string {
  const unsafe =
    file === "" ||
    file.includes("\\") ||
    file.includes("\0") ||
    file.startsWith("/") ||
    /^[A-Za-z]:/.test(file) ||
    file.split("/").some((part) => part === ".." || part === "." || part === "");
  if (unsafe) {
    throw new DialoguePpoError(
      "ERR_NETWORK",
      `the repository lists an unsafe path ${JSON.stringify(file)}; expected a plain relative path`,
    );
  }
  return file;
}

/**
 * Returns the files that a model needs: configuration, tokenizer and weights at the top level of the repository. Pickled
 * weights are selected only when there are no safetensors.
 *
 * @throws DialoguePpoError ERR_NETWORK for an unsafe path
 */
export function selectModelFiles(files: readonly RemoteFile[]): RemoteFile[] {
  const top = files.filter((file) => !requireSafePath(file.path).includes("/"));
  const weights = top.filter((file) => SAFETENSORS.test(file.path));
  const pickled = top.filter((file) => PICKLED.test(file.path));
  return [...top.filter((file) => SMALL_FILES.test(file.path)), ...(weights.length > 0 ? weights : pickled)];
}
