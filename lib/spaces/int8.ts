/**
 * Packs a row-major matrix as int8: first one float32 factor per row, then the numbers from -127 to 127, row by row. A
 * component is its number times the factor. Its error is at most half the factor, which is the row's largest absolute
 * value / 127.
 */
export function packInt8(values: Float32Array, dimensions: number): Uint8Array {
  const rows = values.length / dimensions;
  const factors = new Float32Array(rows);
  const numbers = new Int8Array(values.length);
  for (let row = 0; row < rows; row++) {
    const vector = values.subarray(row * dimensions, (row + 1) * dimensions);
    factors[row] = vector.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / 127;
    const factor = factors[row] as number;
    vector.forEach((value, column) => {
      // The factor is rounded to float32, so the largest component could round to 128.
      numbers[row * dimensions + column] =
        factor === 0 ? 0 : Math.round(Math.min(127, Math.max(-127, value / factor)));
    });
  }
  const bytes = new Uint8Array(4 * rows + values.length);
  bytes.set(new Uint8Array(factors.buffer));
  bytes.set(new Uint8Array(numbers.buffer), 4 * rows);
  return bytes;
}

/** Unpacks the bytes of {@link packInt8} into `out`, which has the length of the matrix. */
export function unpackInt8(bytes: Uint8Array, out: Float32Array, dimensions: number): void {
  const rows = out.length / dimensions;
  const factors = new Float32Array(bytes.buffer, bytes.byteOffset, rows);
  const numbers = new Int8Array(bytes.buffer, bytes.byteOffset + 4 * rows, out.length);
  for (let index = 0; index < out.length; index++) {
    out[index] = (numbers[index] as number) * (factors[Math.floor(index / dimensions)] as number);
  }
}
