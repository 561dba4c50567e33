/** The text of a response, up to a limit. */
export interface BoundedText {
  readonly text: string;
  /** Whether the response goes on beyond the limit. The rest is not read. */
  readonly isCut: boolean;
}

/**
 * Reads the body of a response as text. The limit counts unpacked bytes: a small compressed body can unpack to any
 * size.
 *
 * @param limit number of bytes after which reading ends
 * @param onChunk called after each chunk with its number of bytes
 */
export async function readText(
  response: Response,
  limit: number,
  onChunk: (bytes: number) => void = () => {},
): Promise<BoundedText> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the transfer.
  for await (const chunk of response.body ?? []) {
    onChunk(chunk.byteLength);
    size += chunk.byteLength;
    if (size > limit) break;
    chunks.push(chunk);
  }
  return { text: Buffer.concat(chunks).toString("utf8"), isCut: size > limit };
}

const PRINTED_LENGTH = 300;

/**
 * Returns text of a server in a form for messages: one short line without characters that move the cursor of a
 * terminal.
 */
export const shortLine = (text: string): string =>
  text
    .slice(0, 10 * PRINTED_LENGTH)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
    .slice(0, PRINTED_LENGTH);
