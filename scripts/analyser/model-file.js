/** Number of parts into which the high halves of the keys divide them. */
const BUCKETS = 2 ** 16;
/** Number in place of that of a row that belongs to one feature only. */
const SINGLE = 0xffff;
const WEIGHT_ZERO = 128;

/**
 * Returns the bytes of the model file, as `readModel` in lib/taaco/analysis/model.ts reads it. Most of it is used as it lies in the
 * file. Equal rows of weights are stored once.
 *
 * @param parts the classifiers for tags, flags and sentences. Each has `labels`, and for each feature its key and a row of
 *   `targets` (numbers of labels) and `values` (weights from -127 to 127): `{ key, targets, values }`
 * @param sets for the hash of a word, the number of its set of tags
 */
export function encodeModel(parts, { sets, fixed, clearMargin }) {
  const encoded = parts.map(({ labels, rows }) =>
    encodePart(
      labels,
      byKey(rows, ({ key }) => key),
    ),
  );
  const kinds = byKey([...sets], ([key]) => key);
  const keys = [...encoded.map((part) => part.keys), kinds.map(([key]) => key)];
  const numbers = [
    ...encoded.flatMap(({ rowNumbers, weights }) => [halves(rowNumbers), halves(weights)]),
    halves(kinds.map(([, number]) => number)),
    ...keys.map(countBuckets),
    ...encoded.map(({ lengths }) => Buffer.from(lengths)),
  ];
  const header = Buffer.from(
    JSON.stringify({
      kinds: kinds.length,
      fixed,
      clearMargin,
      parts: encoded.map(({ header }) => header),
    }),
  );
  // Numbers of two bytes begin at even places.
  const filler = Buffer.from(header.length % 2 === 0 ? "" : " ");
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length + filler.length);
  const lows = keys.map((part) => halves(part.map((key) => key & 0xffff)));
  return Buffer.concat([length, header, filler, ...lows, ...numbers]);
}

/** Sorts items by their keys as unsigned numbers. */
const byKey = (items, keyOf) => [...items].sort((a, b) => (keyOf(a) >>> 0) - (keyOf(b) >>> 0));

/** Returns numbers as two bytes each, the lower first. */
function halves(numbers) {
  const bytes = Buffer.alloc(2 * numbers.length);
  numbers.forEach((number, at) => {
    bytes.writeUInt16LE(number, 2 * at);
  });
  return bytes;
}

/** Returns the number of keys with each high half, one byte each. */
function countBuckets(keys) {
  const counts = Buffer.alloc(BUCKETS);
  for (const key of keys) {
    if (counts[key >>> 16] === 0xff) throw new Error("too many keys have the same high half");
    counts[key >>> 16] += 1;
  }
  return counts;
}

/**
 * Encodes a classifier: rows that several features share, the most frequent first, then the other rows in the order of the keys.
 */
function encodePart(labels, features) {
  const known = new Map();
  const rowOf = features.map(({ targets, values }) => {
    const weights = targets.map((target, at) => target * 256 + values[at] + WEIGHT_ZERO);
    const text = weights.join(" ");
    const row = known.get(text) ?? { weights, uses: 0 };
    known.set(text, row);
    row.uses += 1;
    return row;
  });
  const rows = [...known.values()];
  const shared = rows.filter(({ uses }) => uses > 1).sort((a, b) => b.uses - a.uses);
  const single = rows.filter(({ uses }) => uses === 1);
  if (shared.length > SINGLE) throw new Error("too many rows of weights occur several times");
  const numbers = new Map(shared.map((row, number) => [row, number]));
  const weights = [...shared, ...single].flatMap((row) => row.weights);
  return {
    header: {
      labels,
      keys: features.length,
      shared: shared.length,
      single: single.length,
      weights: weights.length,
    },
    keys: features.map(({ key }) => key),
    rowNumbers: rowOf.map((row) => numbers.get(row) ?? SINGLE),
    lengths: [...shared, ...single].map((row) => row.weights.length),
    weights,
  };
}
