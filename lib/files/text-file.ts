import { readFileSync, statSync } from "node:fs";
import { DialoguePpoError, type ErrorCode } from "../errors.ts";
import { formatBytes } from "../format.ts";
import { readError } from "./file-error.ts";
import { describeSpecialFile } from "./file-kind.ts";

/**
 * Largest text file that is read as a whole. The largest that programs write, a tokenizer of a large vocabulary, has
 * about 30 MB; the memory that JSON takes when it is parsed is several times the file.
 */
const MOST_BYTES = 2 ** 28;

/**
 * Reads a whole file of text in UTF-8.
 *
 * @param expected what the file should be, for the message: "a JSON file"
 * @throws DialoguePpoError with the given code; ERR_IO when the process or the system lacks what reading takes
 */
export function readTextFile(file: string, code: ErrorCode, expected: string): string {
  try {
    const special = describeSpecialFile(file);
    if (special !== undefined) throw new DialoguePpoError(code, `${file} ${special}`);
    const { size } = statSync(file);
    if (size <= MOST_BYTES) return readFileSync(file, "utf8");
    const limit = `it has ${formatBytes(size)}, more than the ${formatBytes(MOST_BYTES)} that are read`;
    throw new DialoguePpoError(code, `${file}: ${limit}; expected ${expected}`);
  } catch (cause) {
    throw readError(file, cause, code, expected);
  }
}

/** Returns where the parser stopped, as line and column, and well-known reasons. */
function describeJsonProblem(text: string, message: string): string {
  if (text.trim() === "") return "it is empty";
  if (/end of JSON input|Unterminated string/i.test(message)) return "it breaks off before its end";
  const hint = /[[:,]\s*-?(NaN|Infinity)\b/d.exec(text);
  // Node.js states a position for some errors only.
  const position = /position (\d+)/.exec(message)?.[1] ?? hint?.indices?.[1]?.[0];
  const before = position === undefined ? undefined : text.slice(0, Number(position)).split("\n");
  const line = before && before.length > 1 ? `line ${before.length}, ` : "";
  const place = before === undefined ? "" : ` at ${line}column ${(before.at(-1) ?? "").length + 1}`;
  return `it is not valid JSON${place}${hint === null ? "" : `, which has no ${hint[1]} (write null)`}`;
}

/**
 * Parses JSON. A byte-order mark before it, which programs of Windows write, does not matter.
 *
 * @param where file, or file and line, for the message
 * @param expected what the text should be, for the message
 * @throws DialoguePpoError with the given code; the message has line and column where they are known
 */
export function parseJson(text: string, where: string, code: ErrorCode, expected: string): unknown {
  try {
    return JSON.parse(text.startsWith("\ufeff") ? text.slice(1) : text);
  } catch (cause) {
    const problem = describeJsonProblem(text, (cause as Error).message);
    throw new DialoguePpoError(code, `${where}: ${problem}; expected ${expected}`, { cause });
  }
}
