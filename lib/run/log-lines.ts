import { closeSync, openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { DialoguePpoError } from "../errors.ts";
import { readError } from "../files/file-error.ts";
import { describeSpecialFile } from "../files/file-kind.ts";

const CHUNK_BYTES = 2 ** 20;

/** Longest line that is kept, in characters. A line of samples.jsonl holds one dialogue. */
const LONGEST_LINE = 2 ** 26;

/** Calls the file system. @throws DialoguePpoError ERR_CHECKPOINT_FORMAT */
function attempt<T>(file: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw readError(file, cause, "ERR_CHECKPOINT_FORMAT", "a readable file");
  }
}

/**
 * Reads the lines of a file one after the other, so that the file is never in memory as a whole. A last line without a
 * line feed is left out. Of a line that is longer than 64 Mi characters, only the start is returned.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when the file cannot be read
 */
export function* readLogLines(file: string): Generator<string> {
  const special = attempt(file, () => describeSpecialFile(file));
  if (special !== undefined) throw new DialoguePpoError("ERR_CHECKPOINT_FORMAT", `${file} ${special}`);
  const handle = attempt(file, () => openSync(file, "r"));
  try {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    const decoder = new StringDecoder("utf8");
    let rest: string[] = [];
    let kept = 0;
    for (;;) {
      const length = attempt(file, () => readSync(handle, buffer, 0, CHUNK_BYTES, null));
      if (length === 0) return;
      const [first = "", ...lines] = decoder.write(buffer.subarray(0, length)).split("\n");
      if (kept < LONGEST_LINE) rest.push(first);
      kept += first.length;
      for (const line of lines) {
        yield rest.join("");
        rest = [line];
        kept = line.length;
      }
    }
  } finally {
    closeSync(handle);
  }
}
