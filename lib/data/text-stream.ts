import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { DialoguePpoError } from "../errors.ts";
import { fileErrorReason } from "../file-error.ts";
import { describeForeignStart } from "../file-kind.ts";
import { normaliseLineEnds } from "../line-ends.ts";
import { type Encoding, encodingOf, NOT_UTF8 } from "./encoding.ts";

const decoderFor = (encoding: Encoding): InstanceType<typeof TextDecoder> =>
  new TextDecoder(encoding === "damaged" ? "utf-8" : encoding);

/** Streams the text of a file in pieces, without its byte-order mark. Line ends are line feeds. */
export async function* readText(file: string, encoding: Encoding): AsyncGenerator<string> {
  const decoder = decoderFor(encoding);
  let rest = "";
  for await (const chunk of createReadStream(file)) {
    const text = rest + decoder.decode(chunk as Buffer, { stream: true });
    // A CR at the end of a piece can belong to a CRLF.
    rest = text.endsWith("\r") ? "\r" : "";
    yield normaliseLineEnds(rest === "" ? text : text.slice(0, -1));
  }
  yield normaliseLineEnds(rest + decoder.decode());
}

/** Streams the lines of a file without their line ends. */
export async function* readLines(file: string, encoding: Encoding): AsyncGenerator<string> {
  let pieces: string[] = [];
  for await (const text of readText(file, encoding)) {
    const lines = text.split("\n");
    for (const line of lines.slice(0, -1)) {
      yield pieces.length === 0 ? line : pieces.join("") + line;
      pieces = [];
    }
    pieces.push(lines.at(-1) ?? "");
  }
  yield pieces.join("");
}

/**
 * Reads a text file without its byte-order mark. Line ends are line feeds.
 * @throws DialoguePpoError ERR_DATA when the file cannot be read or is not text
 */
export async function readTextDocument(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new DialoguePpoError("ERR_DATA", `${file}: ${fileErrorReason(cause)}; expected a text file`, {
      cause,
    });
  });
  const foreign = describeForeignStart(bytes, "document");
  if (foreign !== undefined)
    throw new DialoguePpoError("ERR_DATA", `${file}: it ${foreign}; expected a text file`);
  const encoding = await encodingOf(
    file,
    bytes.subarray(0, 65_536),
    (async function* () {
      yield bytes;
    })(),
  );
  if (encoding === "damaged") throw new DialoguePpoError("ERR_DATA", `${file} ${NOT_UTF8}`);
  return normaliseLineEnds(decoderFor(encoding).decode(bytes));
}
