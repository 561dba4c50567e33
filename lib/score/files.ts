import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { readError } from "../files/file-error.ts";

/** A text file to score. */
export interface TextFile {
  readonly path: string;
  /** The path relative to the folder that holds all files of the call, with forward slashes. */
  readonly id: string;
}

/** Files that an argument stands for, and the folder to which their names are relative. */
interface Expansion {
  readonly folder: string;
  readonly files: readonly string[];
}

const HAS_WILDCARD = /[*?]/;

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw readError(folder, cause, "ERR_DATA", "text files");
  }
}

/**
 * Returns the files in a folder and its subfolders whose names fit, without hidden ones. Links to folders are not
 * followed. A subfolder that cannot be read stands among the files, so that it is reported and the others are scored.
 */
async function filesBelow(folder: string, fits: (file: string) => boolean): Promise<string[]> {
  const files: string[][] = [];
  for (const entry of await entriesOf(folder)) {
    const whole = path.join(folder, entry.name);
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory()) files.push(await filesBelow(whole, fits).catch(() => [whole]));
    else if ((entry.isFile() || entry.isSymbolicLink()) && fits(whole)) files.push([whole]);
  }
  return files.flat().sort(byCodeUnits);
}

async function textsOfFolder(folder: string): Promise<Expansion> {
  const entries = await entriesOf(folder);
  const texts = await filesBelow(folder, (file) => /\.txt$/i.test(file));
  if (texts.length > 0) return { folder, files: texts };
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const found =
    names.length === 0 ? "no files" : `files such as ${names.sort(byCodeUnits).slice(0, 3).join(", ")}`;
  throw new DialoguePpoError(
    "ERR_DATA",
    `${folder}: a folder with ${found}; expected files whose names end in .txt, in it or its subfolders`,
  );
}

/** Converts a pattern with *, ? and ** to a regular expression for paths with forward slashes. */
function patternExpression(pattern: string): RegExp {
  const parts = pattern.split("/").map((part, at, all) => {
    if (part === "**") return at === all.length - 1 ? ".*" : "(?:[^/]+/)*";
    const text = part
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", "[^/]*")
      .replaceAll("?", "[^/]");
    return at === all.length - 1 ? text : `${text}/`;
  });
  return new RegExp(`^${parts.join("")}$`, "s");
}

/** Returns the files that a name with * or ? stands for, as a shell expands it; ** stands for any folders. */
async function matchingFiles(pattern: string): Promise<Expansion> {
  const parts = pattern.split(path.sep);
  const fixed = parts.findIndex((part) => HAS_WILDCARD.test(part));
  const folder = parts.slice(0, fixed).join(path.sep) || (path.isAbsolute(pattern) ? path.sep : ".");
  const rest = parts.slice(fixed).join("/");
  const matches = patternExpression(rest);
  const fits = (file: string): boolean => matches.test(path.relative(folder, file).split(path.sep).join("/"));
  const files = await filesBelow(folder, fits);
  if (files.length > 0) return { folder, files };
  throw new DialoguePpoError("ERR_DATA", `${pattern}: no file has such a name`);
}

/** Returns the files that an argument names. */
async function expand(name: string): Promise<Expansion> {
  try {
    const info = await stat(name);
    return info.isDirectory() ? await textsOfFolder(name) : { folder: path.dirname(name), files: [name] };
  } catch (cause) {
    if (cause instanceof DialoguePpoError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" && HAS_WILDCARD.test(name)) return matchingFiles(name);
    throw readError(name, cause, "ERR_DATA", "a text file");
  }
}

/** Returns the innermost folder that contains all folders. */
function commonFolder(folders: readonly string[]): string {
  const [first = [], ...others] = folders.map((folder) => path.resolve(folder).split(path.sep));
  const length = first.findIndex((part, at) => others.some((other) => other[at] !== part));
  return (length < 0 ? first : first.slice(0, length)).join(path.sep) || path.sep;
}

/**
 * Returns the text files that the arguments of `score` name. A folder stands for the .txt files in it and its
 * subfolders. Names with *, ? and ** are expanded, for shells that do not do it.
 *
 * @throws DialoguePpoError ERR_DATA when a file is missing, or a folder or a pattern has no text file
 */
export async function expandFiles(names: readonly string[]): Promise<TextFile[]> {
  const expansions: Expansion[] = [];
  for (const name of names) expansions.push(await expand(name));
  const base = commonFolder(expansions.map(({ folder }) => folder));
  return expansions
    .flatMap(({ files }) => files)
    .map((file) => ({ path: file, id: path.relative(base, path.resolve(file)).split(path.sep).join("/") }));
}
