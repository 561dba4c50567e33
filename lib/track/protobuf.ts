/**
 * The few protobuf wire types that event files need (https://protobuf.dev/programming-guides/encoding). Each function
 * encodes one field; a message is the concatenation of its fields.
 */

function varintBytes(value: bigint): Buffer {
  const bytes: number[] = [];
  // The wire format represents a negative int64 by its two's complement.
  let remaining = BigInt.asUintN(64, value);
  do {
    const low = Number(remaining & 0x7fn);
    remaining >>= 7n;
    bytes.push(remaining > 0n ? low | 0x80 : low);
  } while (remaining > 0n);
  return Buffer.from(bytes);
}

const tag = (field: number, wireType: number): Buffer => varintBytes(BigInt(field * 8 + wireType));

/** Encodes an int32, int64, uint64, bool or enum field. */
export function int(field: number, value: number | bigint | boolean): Buffer {
  return Buffer.concat([tag(field, 0), varintBytes(BigInt(value))]);
}

/** Encodes a double field. */
export function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, 1), bytes]);
}

/** Encodes a float field. */
export function float(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return Buffer.concat([tag(field, 5), bytes]);
}

/** Encodes a bytes or string field. */
export function bytes(field: number, value: string | Uint8Array): Buffer {
  const payload = typeof value === "string" ? Buffer.from(value, "utf8") : Buffer.from(value);
  return Buffer.concat([tag(field, 2), varintBytes(BigInt(payload.length)), payload]);
}

/** Encodes a nested message from its encoded fields. */
export function message(field: number, ...fields: Uint8Array[]): Buffer {
  return bytes(field, Buffer.concat(fields));
}

/** Encodes a packed repeated double field. */
export function packedDoubles(field: number, values: readonly number[]): Buffer {
  const payload = Buffer.alloc(values.length * 8);
  values.forEach((value, index) => {
    payload.writeDoubleLE(value, index * 8);
  });
  return bytes(field, payload);
}
