/**
 * GPT-2's printable stand-ins for bytes: 33-126, 161-172 and 174-255 stand for themselves, the other 68 follow from
 * U+0100 on.
 */
export const BYTE_TO_CHAR: readonly string[] = (() => {
  const own = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(own(byte) ? byte : next++));
})();

const CHAR_TO_BYTE = new Map(BYTE_TO_CHAR.map((char, byte) => [char, byte]));

/** UTF-8 bytes of a text, each as its stand-in. */
export function toByteChars(text: string): string {
  let out = "";
  for (const byte of Buffer.from(text, "utf8")) out += BYTE_TO_CHAR[byte];
  return out;
}

/** The bytes a token of stand-ins stands for. */
export function fromByteChars(token: string): Uint8Array {
  const bytes: number[] = [];
  for (const char of token) {
    const byte = CHAR_TO_BYTE.get(char);
    if (byte === undefined) bytes.push(...Buffer.from(char, "utf8"));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
