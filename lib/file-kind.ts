import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/** What a file should hold. */
export type ExpectedContent = "text" | "weights";

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

/** Texts that a server or a version-control system puts in place of a file. */
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
      "is a web page (HTML), not the file itself; download the file by its download link, not the address of its page",
  ],
  [
    /^\s*((?:Entry not found|Repository not found|Access to model|Invalid username|Invalid credentials|Invalid user token)[^\n]{0,80})/,
    ([, text = ""]) =>
      `holds a server's error message ("${text.trim()}"), not the file itself; download it again`,
  ],
];

/** Formats by their first bytes, with the remedy. */
const BINARY_FORMATS: readonly (readonly [Buffer, string])[] = [
  [
    Buffer.from("GGUF"),
    "is a model in llama.cpp's format (GGUF); expected the original model, with safetensors",
  ],
  [Buffer.from("PAR1"), "is a Parquet file; export it as CSV or JSONL"],
  [Buffer.from("%PDF"), "is a PDF; expected plain text in UTF-8"],
  [Buffer.from([0x1f, 0x8b]), "is compressed with gzip; unpack it first"],
  [Buffer.from("BZh"), "is compressed with bzip2; unpack it first"],
  [Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]), "is compressed with xz; unpack it first"],
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), "is compressed with Zstandard; unpack it first"],
  [Buffer.from("PK\x03\x04"), "is a zip archive or an Excel workbook; unpack it, or export it as CSV"],
  [Buffer.from([0xd0, 0xcf, 0x11, 0xe0]), "is a document of an old Office version; export it as CSV"],
  [Buffer.from("SQLite format 3"), "is a database of SQLite; export it as CSV"],
  [Buffer.from([0xff, 0xfe]), "is text in UTF-16; save it as UTF-8"],
  [Buffer.from([0xfe, 0xff]), "is text in UTF-16; save it as UTF-8"],
];

// Weights of PyTorch are zip archives, and arbitrary first bytes can be the length of a safetensors header.
const FOREIGN_TO_WEIGHTS: readonly string[] = ["GGUF"];

/**
 * Looks at the start of a file and says whether it is something else than its name promises: a pointer of git-lfs, a web page, an
 * error message of a server, another format, or nothing at all.
 *
 * @returns a predicate with the remedy, to be put after the file's name; undefined when nothing is wrong
 * @throws the error of the file system when the file cannot be opened
 */
export function describeForeignContent(file: string, expected: ExpectedContent): string | undefined {
  const { size, bytes } = readStart(file);
  if (size === 0) return "is empty; the copy or download was cut off, so get it again";
  const text = bytes.toString("latin1");
  for (const [pattern, describe] of REPLACED_BY) {
    const match = pattern.exec(text);
    if (match) return describe(match);
  }
  const format = BINARY_FORMATS.find(([magic]) => bytes.subarray(0, magic.length).equals(magic));
  if (!format || (expected === "weights" && !FOREIGN_TO_WEIGHTS.includes(format[0].toString("latin1")))) {
    return undefined;
  }
  return format[1];
}
