/**
 * The printable character that GPT-2's vocabulary uses for each byte. The bytes 33-126, 161-172 and 174-255 keep their
 * Latin-1 character; the other 68 bytes map to U+0100 and the code points after it, in order.
 */
export const BYTE_TO_CHAR: readonly string[] = (() => {
  const isPrintable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
})();

const CHAR_TO_BYTE = new Map(BYTE_TO_CHAR.map((char, byte) => [char, byte]));

/** Encodes a text as UTF-8 and returns one character of the byte alphabet for each byte. */
export function toByteChars(text: string): string {
  let out = "";
  for (const byte of Buffer.from(text, "utf8")) out += BYTE_TO_CHAR[byte];
  return out;
}

/**
 * Returns the bytes of a token in the byte alphabet. A token with a character outside the alphabet, such as an added
 * token with a space, stands for its own text.
 */
export function tokenBytes(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const char of token) {
    const byte = CHAR_TO_BYTE.get(char);
    if (byte === undefined) return Buffer.from(token, "utf8");
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
