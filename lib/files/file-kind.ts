import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { BINARY_FORMATS, describeMarkup, GGUF } from "./foreign-formats.ts";

/** Returns whether a file has the name of a table or a list of dialogues, rather than of a text. */
export const isDataFileName = (name: string): boolean => /\.(csv|tsv|jsonl|ndjson|json)$/i.test(name);

/**
 * What a file should hold: text in UTF-8 that a program wrote, such as JSON; a document in any encoding, whose words
 * are arbitrary; or weights.
 */
export type ExpectedContent = "text" | "document" | "weights";

const START_BYTES = 4096;

/** The size of a file in bytes, and its first bytes. */
interface FileStart {
  readonly size: number;
  readonly bytes: Buffer;
}

function readStart(file: string): FileStart {
  const handle = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(START_BYTES);
    const length = fstatSync(handle).isFile() ? readSync(handle, buffer, 0, buffer.length, 0) : 0;
    return { size: fstatSync(handle).size, bytes: buffer.subarray(0, length) };
  } finally {
    closeSync(handle);
  }
}

/** Texts that a version-control system or a web server puts in place of a file. */
const REPLACED_BY: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [
    /^version https:\/\/(git-lfs\.github\.com|hawser\.github\.com)\/spec\/[\s\S]*?(?:\nsize (\d+))?\s*$/,
    ([, , size]) =>
      `is a git-lfs pointer${size ? ` to a file of ${size} bytes` : ""}, not the file itself; ` +
      "run `git lfs pull` in its folder",
  ],
  [
    /^# xet version \S+/,
    () => "is a pointer of git-xet, not the file itself; run `git xet checkout`, or download it again",
  ],
  [
    /^\S*\/annex\/objects\/\S+\s*$/,
    () => "is a pointer of git-annex, not the file itself; run `git annex get` in its folder",
  ],
  [
    /^\s*(<!doctype html|<html[\s>]|<head[\s>]|<\?xml[^>]*\?>\s*<!doctype html)/i,
    () =>
      "is an HTML page: the web page (HTML) was saved in place of the file; download the file by its download link, not " +
      "the address of its page",
  ],
];

// A document can begin with these words, too.
const SERVER_ERROR =
  /^\s*((?:Entry not found|Repository not found|Access to model|Invalid username|Invalid credentials|Invalid user token)[^\n]{0,80})/;

const UTF16_MARKS: readonly Buffer[] = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/**
 * Says whether bytes at the start of a file show that it is something else than expected: a pointer of git-lfs, a web
 * page, an error message of a server, or another format. In a document, markup counts as another format.
 *
 * @param start the first bytes of the file, at most 4096 of them are looked at
 * @returns a predicate with the remedy, to be put after the file's name; undefined when nothing is wrong
 */
export function describeForeignStart(start: Uint8Array, expected: ExpectedContent): string | undefined {
  const bytes = Buffer.from(start.subarray(0, START_BYTES));
  const beginsWith = (magic: Buffer): boolean => bytes.subarray(0, magic.length).equals(magic);
  const text = bytes.toString("latin1");
  for (const [pattern, describe] of REPLACED_BY) {
    const match = pattern.exec(text);
    if (match) return describe(match);
  }
  const answer = expected === "document" ? null : SERVER_ERROR.exec(text);
  if (answer) {
    return `holds a server's error message ("${answer[1]?.trim()}"), not the file itself; download it again`;
  }
  if (expected === "text" && UTF16_MARKS.some(beginsWith)) return "is text in UTF-16; save it as UTF-8";
  // Weights of PyTorch are zip archives, and arbitrary first bytes can be the length of a safetensors header.
  const formats =
    expected === "weights" ? BINARY_FORMATS.filter(([magic]) => magic === GGUF) : BINARY_FORMATS;
  const format = formats.find(([magic]) => beginsWith(magic))?.[1];
  return format ?? (expected === "document" ? describeMarkup(bytes) : undefined);
}

/**
 * Says whether a path is something that cannot be read like a file: a pipe, whose opening would wait for its writer, or
 * a device, which can be without end.
 *
 * @returns a predicate, to be put after the file's name; undefined for a file, a folder, and where there is nothing
 * @throws the error of the file system when the path cannot be followed
 */
export function describeSpecialFile(file: string): string | undefined {
  const kind = statSync(file, { throwIfNoEntry: false });
  if (kind === undefined || kind.isFile() || kind.isDirectory()) return undefined;
  return "is a pipe, a socket or a device; expected a regular file";
}

/**
 * Looks at the start of a file as {@link describeForeignStart} does. An empty file is named as well.
 *
 * @returns a predicate with the remedy, to be put after the file's name; undefined when nothing is wrong
 * @throws the error of the file system when the file cannot be opened
 */
export function describeForeignContent(file: string, expected: ExpectedContent): string | undefined {
  const special = describeSpecialFile(file);
  if (special !== undefined) return special;
  if (statSync(file).isDirectory()) return "is a folder; expected a file";
  const { size, bytes } = readStart(file);
  if (size === 0) return "is empty; the copy or download was cut off, so get it again";
  return describeForeignStart(bytes, expected);
}
