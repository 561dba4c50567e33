import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { fileErrorReason } from "../file-error.ts";

const isTextFile = (name: string): boolean => /\.txt$/i.test(name) && !name.startsWith(".");

/** Returns the names of the files in a folder, without those in its subfolders, in the order of their characters. */
async function fileNames(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch (cause) {
    throw new DialoguePpoError("ERR_DATA", `${folder}: ${fileErrorReason(cause)}; expected text files`, {
      cause,
    });
  }
}

async function textsOfFolder(folder: string): Promise<string[]> {
  const names = await fileNames(folder);
  const texts = names.filter(isTextFile).map((name) => path.join(folder, name));
  if (texts.length > 0) return texts;
  const found = names.length === 0 ? "no files" : `files such as ${names.slice(0, 3).join(", ")}`;
  throw new DialoguePpoError(
    "ERR_DATA",
    `${folder}: a folder with ${found}; expected files whose names end in .txt`,
  );
}

/** Returns the files that a name with * or ? stands for, as a shell expands it in the last part of a path. */
async function matchingFiles(pattern: string): Promise<string[]> {
  const folder = path.dirname(pattern);
  const source = path
    .basename(pattern)
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const matches = new RegExp(`^${source}$`, "s");
  const names = (await fileNames(folder)).filter((name) => matches.test(name) && !name.startsWith("."));
  if (names.length > 0) return names.map((name) => path.join(folder, name));
  throw new DialoguePpoError("ERR_DATA", `${pattern}: no file has such a name`);
}

/**
 * Returns the text files that the arguments of `score` name. A folder stands for its .txt files, without those of its
 * subfolders. Names with * and ? are expanded, for shells that do not do it.
 *
 * @throws DialoguePpoError ERR_DATA when a folder or a pattern has no text file
 */
export async function expandFiles(names: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const name of names) {
    const info = await stat(name).catch(() => undefined);
    if (info?.isDirectory()) files.push(...(await textsOfFolder(name)));
    else if (info === undefined && /[*?]/.test(path.basename(name)))
      files.push(...(await matchingFiles(name)));
    else files.push(name);
  }
  return files;
}
