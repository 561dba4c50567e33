import { createReadStream } from "node:fs";
import { fileError } from "../meta.ts";

/** Longer lines are no word with its vector, but a file of another kind. */
const MAX_LINE = 4 * 2 ** 20;

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/**
 * Streams the lines of a UTF-8 file, without their line ends.
 * @throws DialoguePpoError ERR_DATA naming the file, and the line when it is too long
 */
export async function* readLines(file: string): AsyncGenerator<Line> {
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
