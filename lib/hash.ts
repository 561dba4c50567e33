import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";

/**
 * Returns the hash of a file in hex, without holding the file in memory.
 * @param hash hash to which the content is added. Default: a new SHA-256.
 */
export async function hashFile(file: string, hash: Hash = createHash("sha256")): Promise<string> {
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
