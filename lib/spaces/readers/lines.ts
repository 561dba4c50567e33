import { createReadStream } from "node:fs";
import { describeSpecialFile } from "../../files/file-kind.ts";
import { fileError } from "../meta.ts";

/** Largest length of a line in characters. A file with a longer line is not a file of vectors. */
const MAX_LINE = 4 * 2 ** 20;

/** A line of a file. */
export interface Line {
  /** The line without its line end. */
  readonly text: string;
  /** Line number, from 1. */
  readonly number: number;
}

/**
 * Streams the lines of a UTF-8 file without their line ends (LF or CRLF).
 * @throws DialoguePpoError ERR_DATA when the file cannot be read or a line is too long
 */
export async function* readVectorLines(file: string): AsyncGenerator<Line> {
  const special = describeSpecialFile(file);
  if (special !== undefined) throw fileError(file, `vectors, but it ${special}`);
  let rest = "";
  let number = 0;
  const stream = createReadStream(file, { encoding: "utf8", highWaterMark: 2 ** 18 });
  try {
    for await (const chunk of stream) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines)
        yield { text: line.endsWith("\r") ? line.slice(0, -1) : line, number: ++number };
      if (rest.length > MAX_LINE)
        throw fileError(`${file}:${number + 1}`, "a line of text; this one has no end");
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "EISDIR" || code === "EACCES")
      throw fileError(file, "a readable file of vectors");
    throw error;
  }
  if (rest !== "") yield { text: rest, number: number + 1 };
}
