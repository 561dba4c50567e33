import { gzipSync } from "node:zlib";

/**
 * Returns the bytes of the model file, as `readModel` in lib/taaco/analysis/model.ts reads it. The keys are sorted and stored as
 * differences, and every kind of byte has its own stretch of the file. Both make the file smaller and faster to read.
 *
 * @param parts the classifiers for tags, flags and sentences. Each has `labels`, and for each feature its key and a row of
 *   `targets` (numbers of labels) and `values` (weights from -127 to 127): `{ key, targets, values }`
 * @param sets for the hash of a word, the number of its set of tags
 */
export function encodeModel(parts, { sets, fixed, clearMargin }) {
  const sorted = parts.map(({ labels, rows }) => ({ labels, rows: byKey(rows, ({ key }) => key) }));
  const header = Buffer.from(
    JSON.stringify({
      kinds: sets.size,
      fixed,
      clearMargin,
      parts: sorted.map(({ labels, rows }) => ({
        labels,
        rows: rows.length,
        weights: rows.reduce((sum, { targets }) => sum + targets.length, 0),
      })),
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const kinds = byKey([...sets], ([key]) => key);
  const numbers = kinds.map(([, number]) => number);
  const bytes = [
    length,
    header,
    ...sorted.flatMap(({ rows }) => encodePart(rows)),
    ...encodeKeys(kinds.map(([key]) => key)),
    Buffer.from(numbers.map((number) => number & 0xff)),
    Buffer.from(numbers.map((number) => number >>> 8)),
  ];
  return gzipSync(Buffer.concat(bytes), { level: 9 });
}

/** Sorts items by their keys as unsigned numbers. */
const byKey = (items, keyOf) => [...items].sort((a, b) => (keyOf(a) >>> 0) - (keyOf(b) >>> 0));

/** Encodes sorted keys as differences: the lowest bytes of all, then the second bytes, and so on. */
function encodeKeys(keys) {
  const differences = keys.map((key, at) => (key >>> 0) - (at === 0 ? 0 : keys[at - 1] >>> 0));
  return [0, 8, 16, 24].map((shift) => Buffer.from(differences.map((number) => (number >>> shift) & 0xff)));
}

function encodePart(rows) {
  const sums = rows.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
  return [
    ...encodeKeys(rows.map(({ key }) => key)),
    Buffer.from(rows.map(({ targets }) => targets.length)),
    Buffer.from(rows.flatMap(({ targets }) => targets)),
    Buffer.from(rows.flatMap(({ values }) => values.slice(0, -1))),
    Buffer.from(sums),
  ];
}
