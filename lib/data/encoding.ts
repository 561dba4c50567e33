import { createReadStream } from "node:fs";
import { DialoguePpoError } from "../errors.ts";

/**
 * Encoding of a text file. In `damaged`, most of the file is UTF-8 and bytes that are not become U+FFFD, so that a
 * reader can say where they are.
 */
export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252" | "damaged";

/** Share of the characters that are ASCII, and so have a zero byte, in UTF-16 without a byte-order mark. */
const UTF16_SHARE = 0.3;

function utf16WithoutMark(head: Uint8Array): Encoding | undefined {
  let [even, odd] = [0, 0];
  for (const [at, byte] of head.entries()) if (byte === 0) at % 2 === 0 ? even++ : odd++;
  const enough = (UTF16_SHARE * head.length) / 2;
  if (head.length < 4) return undefined;
  if (odd > enough && even < odd / 20) return "utf-16le";
  return even > enough && odd < even / 20 ? "utf-16be" : undefined;
}

/**
 * Returns whether each four bytes are a character of UTF-32 that text can have. In other encodings they are too large a
 * number.
 */
function isUtf32(head: Uint8Array, littleEndian: boolean): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const count = Math.floor(head.length / 4);
  for (let at = 0; at < count; at++) {
    const character = view.getUint32(4 * at, littleEndian);
    if (character < 9 || character > 0x10ffff) return false;
  }
  return count > 1;
}

/** Returns the encoding that a byte-order mark or zero bytes show; undefined for any other text. */
function encodingByStart(file: string, head: Uint8Array): Encoding | undefined {
  const [a, b, c, d] = head;
  const hasUtf32Mark = a === 0xff && b === 0xfe && c === 0 && d === 0;
  if (hasUtf32Mark || isUtf32(head, true) || isUtf32(head, false)) {
    throw new DialoguePpoError("ERR_DATA", `${file}: it is UTF-32; save it as UTF-8`);
  }
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  return utf16WithoutMark(head);
}

/** Reads a file and returns whether it is valid UTF-8, and which bytes above ASCII it has. */
async function scanBytes(chunks: AsyncIterable<Uint8Array>): Promise<{ valid: boolean; high: Set<number> }> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const high = new Set<number>();
  let valid = true;
  for await (const chunk of chunks) {
    if (valid) valid = decodes(decoder, chunk);
    for (const byte of chunk) if (byte >= 0x80) high.add(byte);
  }
  return { valid: valid && decodes(decoder), high };
}

/**
 * Returns the line, from 1, on which UTF-16 is damaged: on which one half of a character of two units stands alone, or
 * the file ends within a unit; undefined for valid text.
 */
async function damagedLine(
  chunks: AsyncIterable<Uint8Array>,
  bigEndian: boolean,
): Promise<number | undefined> {
  let [line, before, odd] = [1, 0, -1];
  const isHigh = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
  const isLow = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
  for await (const chunk of chunks) {
    for (const byte of chunk) {
      if (odd < 0) {
        odd = byte;
        continue;
      }
      const unit = bigEndian ? 256 * odd + byte : 256 * byte + odd;
      if (isHigh(before) !== isLow(unit)) return line;
      // CR, LF and CRLF end one line each.
      if (unit === 13 || (unit === 10 && before !== 13)) line += 1;
      [before, odd] = [unit, -1];
    }
  }
  return isHigh(before) || odd >= 0 ? line : undefined;
}

/** @throws DialoguePpoError ERR_DATA for damaged UTF-16, naming the line */
async function checkUtf16(
  file: string,
  encoding: Encoding,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const line = await damagedLine(chunks, encoding === "utf-16be");
  if (line === undefined) return;
  throw new DialoguePpoError(
    "ERR_DATA",
    `${file}, line ${line}: it is not valid UTF-16, for half of a character is missing; save the file as UTF-8`,
  );
}

function decodes(decoder: InstanceType<typeof TextDecoder>, chunk?: Uint8Array): boolean {
  try {
    decoder.decode(chunk, { stream: chunk !== undefined });
    return true;
  } catch {
    return false;
  }
}

/**
 * The ellipsis, quotes, bullet and dashes, and the no-break space. All code pages of Windows for alphabets have them at
 * these bytes. Letters differ between code pages, so a file with letters above ASCII is not read by guesswork.
 */
const WINDOWS_MARKS = new Set([0x85, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0xa0]);

/**
 * Returns the encoding of bytes, of which `head` is the beginning.
 * @throws DialoguePpoError ERR_DATA for UTF-32 and for damaged UTF-16
 */
export async function encodingOf(
  file: string,
  head: Uint8Array,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Encoding> {
  const shown = encodingByStart(file, head);
  if (shown !== undefined) {
    await checkUtf16(file, shown, chunks);
    return shown;
  }
  const { valid, high } = await scanBytes(chunks);
  if (valid) return "utf-8";
  return [...high].every((byte) => WINDOWS_MARKS.has(byte)) ? "windows-1252" : "damaged";
}

/**
 * Returns whether text that is not valid UTF-8 is in an encoding of one byte a character, because hardly any of its
 * bytes above ASCII form characters of UTF-8. In English text that is almost always Windows-1252 or Latin-1, of which
 * it is an extension.
 */
export async function isSingleByteText(chunks: AsyncIterable<Uint8Array>): Promise<boolean> {
  const decoder = new TextDecoder("utf-8");
  let [characters, invalid] = [0, 0];
  const count = (text: string): void => {
    for (const [character] of text.matchAll(/\P{ASCII}/gu)) character === "\ufffd" ? invalid++ : characters++;
  };
  for await (const chunk of chunks) count(decoder.decode(chunk, { stream: true }));
  count(decoder.decode());
  return invalid > characters;
}

/**
 * The characters of Windows-1252 at the bytes 0x80 to 0x9f. The control characters stand where it has none, as the
 * Encoding Standard has it.
 */
const WINDOWS_HIGH =
  "\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f" +
  "\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178";

/** Decodes Windows-1252. The `TextDecoder` of some versions of Node.js decodes it as Latin-1, without its quotes. */
export function decodeWindows(bytes: Uint8Array): string {
  const latin = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return latin.replace(/[\x80-\x9f]/g, (control) => WINDOWS_HIGH.charAt(control.charCodeAt(0) - 0x80));
}

/** Decodes UTF-8 and reads each byte that is not part of it as Windows-1252. */
export function decodeMixed(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("latin1");
  // A sequence of UTF-8 without overlong forms, surrogates and numbers beyond Unicode.
  const sequences =
    /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;
  return text.replace(sequences, (bytesOfOne) =>
    bytesOfOne.length === 1
      ? decodeWindows(Buffer.from(bytesOfOne, "latin1"))
      : Buffer.from(bytesOfOne, "latin1").toString("utf8"),
  );
}

/**
 * Returns the encoding of a text file.
 * @param head first bytes of the file
 * @throws DialoguePpoError ERR_DATA for UTF-32 and for damaged UTF-16
 */
export function detectEncoding(file: string, head: Uint8Array): Promise<Encoding> {
  return encodingOf(file, head, createReadStream(file));
}

/** Says how text that is not valid UTF-8 is read all the same, for a warning. */
export const READ_AS_WINDOWS =
  "is not UTF-8 and was read as Windows-1252; where its letters are wrong, save the file as UTF-8";

/** Says how a text of which only some bytes are not UTF-8 is read all the same, for a warning. */
export const READ_AS_MIXED =
  "is UTF-8 except for some bytes, which were read as Windows-1252; where its letters are wrong, save the file as UTF-8";

/** Says what is wrong with text that is not valid UTF-8, and how to convert it. */
export const NOT_UTF8 =
  "is not valid UTF-8; save the file as UTF-8, or convert it, for example with: iconv -f WINDOWS-1252 -t UTF-8";
