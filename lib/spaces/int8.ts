/**
 * A matrix as whole numbers from -127 to 127: first one float32 factor a row, then the numbers row by row. The error of a
 * component is at most half of its row's largest component / 127.
 */
export function packInt8(values: Float32Array, dimensions: number): Uint8Array {
  const rows = values.length / dimensions;
  const factors = new Float32Array(rows);
  const numbers = new Int8Array(values.length);
  for (let row = 0; row < rows; row++) {
    const vector = values.subarray(row * dimensions, (row + 1) * dimensions);
    factors[row] = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127;
    const factor = factors[row] as number;
    vector.forEach((value, column) => {
      // The factor was rounded to float32: a largest component could otherwise give 128.
      numbers[row * dimensions + column] =
        factor === 0 ? 0 : Math.round(Math.min(127, Math.max(-127, value / factor)));
    });
  }
  const bytes = new Uint8Array(4 * rows + values.length);
  bytes.set(new Uint8Array(factors.buffer));
  bytes.set(new Uint8Array(numbers.buffer), 4 * rows);
  return bytes;
}

/** The inverse of {@link packInt8}, into `out`, whose length says how many components there are. */
export function unpackInt8(bytes: Uint8Array, out: Float32Array, dimensions: number): void {
  const rows = out.length / dimensions;
  const factors = new Float32Array(bytes.buffer, bytes.byteOffset, rows);
  const numbers = new Int8Array(bytes.buffer, bytes.byteOffset + 4 * rows, out.length);
  for (let index = 0; index < out.length; index++) {
    out[index] = (numbers[index] as number) * (factors[Math.floor(index / dimensions)] as number);
  }
}
