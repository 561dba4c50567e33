import { DialoguePpoError } from "../errors.ts";

/** A file of a repository as the tree listing describes it. */
export interface RemoteFile {
  readonly path: string;
  readonly size: number;
  /** Content address: sha256 for large files (LFS), git blob sha1 otherwise. */
  readonly etag: string;
  readonly algorithm: "sha256" | "git-sha1";
}

const SMALL_FILES =
  /^(config|generation_config|special_tokens_map|added_tokens|vocab|tokenizer[\w.-]*|chat_template)\.json$|^merges\.txt$/;
const TOKENIZER_FILES =
  /^(special_tokens_map|added_tokens|vocab|tokenizer[\w.-]*|chat_template)\.json$|^merges\.txt$/;
const SAFETENSORS = /^[\w.-]+\.safetensors(\.index\.json)?$/;
const PICKLED = /^pytorch_model[\w.-]*\.bin(\.index\.json)?$/;

/** Whether a file belongs to a tokenizer: what a model has besides, its configuration too, is left alone. */
export const isTokenizerFile = (file: string): boolean => TOKENIZER_FILES.test(file);

/** A listing is input from a stranger: refuses every path that could leave the folder. */
export function checkedPath(file: string): string {
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
 * The files a model needs: configuration, tokenizer and weights at the top of the repository. Pickled weights are
 * taken only when there are no safetensors.
 */
export function chooseFiles(files: readonly RemoteFile[]): RemoteFile[] {
  const top = files.filter((file) => !checkedPath(file.path).includes("/"));
  const weights = top.filter((file) => SAFETENSORS.test(file.path));
  const pickled = top.filter((file) => PICKLED.test(file.path));
  return [...top.filter((file) => SMALL_FILES.test(file.path)), ...(weights.length > 0 ? weights : pickled)];
}
