import { constants } from "node:buffer";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { DialoguePpoError } from "../errors.ts";
import { readError } from "../files/file-error.ts";
import { describeForeignStart, describeSpecialFile } from "../files/file-kind.ts";
import { formatBytes, formatCount } from "../format.ts";
import { normaliseLineEnds } from "../line-ends.ts";
import {
  decodeMixed,
  decodeWindows,
  type Encoding,
  encodingOf,
  isSingleByteText,
  NOT_UTF8,
  READ_AS_MIXED,
  READ_AS_WINDOWS,
} from "./encoding.ts";

/** Decodes pieces of a file. Without bytes, it returns what an incomplete character at the end stands for. */
type Decode = (bytes?: Uint8Array) => string;

function decoderFor(encoding: Encoding): Decode {
  if (encoding === "windows-1252") return (bytes) => (bytes === undefined ? "" : decodeWindows(bytes));
  const decoder = new TextDecoder(encoding === "damaged" ? "utf-8" : encoding);
  return (bytes) => (bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true }));
}

/** Returns the error for a line, or a JSON array, that is longer than a string can be. */
export const tooLong = (where: string, mostCharacters: number): DialoguePpoError =>
  new DialoguePpoError(
    "ERR_DATA",
    `${where}: more than ${formatCount(mostCharacters, "character")} in one JSON value; expected one JSON object per line`,
  );

/** Streams the text of a file in pieces, without its byte-order mark. Line ends are line feeds. */
export async function* readText(file: string, encoding: Encoding): AsyncGenerator<string> {
  const decode = decoderFor(encoding);
  let rest = "";
  for await (const chunk of createReadStream(file)) {
    const text = rest + decode(chunk as Buffer);
    // A CR at the end of a piece can belong to a CRLF.
    rest = text.endsWith("\r") ? "\r" : "";
    yield normaliseLineEnds(rest === "" ? text : text.slice(0, -1));
  }
  yield normaliseLineEnds(rest + decode());
}

/** Number of characters that a string can have. */
export const MOST_CHARACTERS = constants.MAX_STRING_LENGTH;

/**
 * Streams the lines of a file without their line ends.
 * @throws DialoguePpoError ERR_DATA for a line of more characters than `mostCharacters`; the message names the line
 */
export async function* readTextLines(
  file: string,
  encoding: Encoding,
  mostCharacters = MOST_CHARACTERS,
): AsyncGenerator<string> {
  let pieces: string[] = [];
  let [number, length] = [1, 0];
  const add = (piece: string): void => {
    length += piece.length;
    if (length > mostCharacters) throw tooLong(`${file}, line ${number}`, mostCharacters);
    pieces.push(piece);
  };
  for await (const text of readText(file, encoding)) {
    const lines = text.split("\n");
    for (const line of lines.slice(0, -1)) {
      add(line);
      yield pieces.length === 1 ? line : pieces.join("");
      pieces = [];
      [number, length] = [number + 1, 0];
    }
    add(lines.at(-1) ?? "");
  }
  yield pieces.join("");
}

/** Returns the bytes of a whole file as a stream of one piece. */
async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Share of control characters from which on a file is not text. */
const MOST_CONTROLS = 0.01;

const dataError = (file: string, problem: string): DialoguePpoError =>
  new DialoguePpoError("ERR_DATA", `${file}: ${problem}; expected a text file`);

async function readBytes(file: string, mostBytes: number): Promise<Buffer> {
  try {
    const special = describeSpecialFile(file);
    if (special !== undefined) throw new DialoguePpoError("ERR_DATA", `${file} ${special}`);
    const { size } = await stat(file);
    if (size <= mostBytes) return await readFile(file);
    const limit = `it has ${formatBytes(size)}, more than the ${formatBytes(mostBytes)} that one text may have`;
    throw new DialoguePpoError("ERR_DATA", `${file}: ${limit}; divide it into several files`);
  } catch (cause) {
    throw readError(file, cause, "ERR_DATA", "a text file");
  }
}

/** @throws DialoguePpoError ERR_DATA for text with characters that only binary files have */
function checkCharacters(file: string, text: string): void {
  const controls = text.match(/[^\P{Cc}\t\n\r\f\v\u0085]/gu)?.length ?? 0;
  if (text.includes("\0") || controls > MOST_CONTROLS * text.length)
    throw dataError(file, "it is a binary file");
}

/** Options of {@link readTextDocument}. */
export interface TextDocumentOptions {
  /** Receives a warning when the file is not valid UTF-8. Without it, such a file is an error. */
  readonly onLegacy?: ((warning: string) => void) | undefined;
  /** Largest size of the file in bytes. Default: the number of characters that a string can have. */
  readonly mostBytes?: number;
}

/**
 * Reads a text file without its byte-order mark. Line ends are line feeds.
 * @throws DialoguePpoError ERR_DATA when the file cannot be read, is not text or is too large
 */
export async function readTextDocument(
  file: string,
  { onLegacy, mostBytes = MOST_CHARACTERS }: TextDocumentOptions = {},
): Promise<string> {
  const bytes = await readBytes(file, mostBytes);
  const foreign = describeForeignStart(bytes, "document");
  if (foreign !== undefined) throw dataError(file, `it ${foreign}`);
  const encoding = await encodingOf(file, bytes.subarray(0, 65_536), onePiece(bytes));
  const legacy = encoding === "damaged" && onLegacy !== undefined;
  const decode = decoderFor(encoding);
  const text = normaliseLineEnds(legacy ? decodeMixed(bytes) : decode(bytes) + decode());
  checkCharacters(file, text);
  if (encoding !== "damaged") return text;
  if (onLegacy === undefined) throw new DialoguePpoError("ERR_DATA", `${file} ${NOT_UTF8}`);
  onLegacy(`${file} ${(await isSingleByteText(onePiece(bytes))) ? READ_AS_WINDOWS : READ_AS_MIXED}`);
  return text;
}
