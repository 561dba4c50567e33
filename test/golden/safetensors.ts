import { readFileSync } from "node:fs";

/**
 * Reads the float32 tensors of a safetensors file by name, independently of the reader of the package.
 *
 * @param prefix beginning of the names of those to read
 */
export function readTensors(file: string, prefix = ""): Map<string, Float32Array> {
  const bytes = readFileSync(file);
  const headerSize = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + headerSize)) as Record<
    string,
    { dtype: string; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, Float32Array>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__" || !name.startsWith(prefix)) continue;
    if (entry.dtype !== "F32") throw new Error(`${file}: ${name} is ${entry.dtype}`);
    const [begin, end] = entry.data_offsets;
    const data = Uint8Array.from(bytes.subarray(8 + headerSize + begin, 8 + headerSize + end));
    tensors.set(name, new Float32Array(data.buffer));
  }
  return tensors;
}
