/**
 * Features of the three classifiers. A feature is a 32-bit key: a mixture of the number of its template and its values.
 */

/** Mixes an integer into a key. */
export function mix(key: number, value: number): number {
  let mixed = Math.imul(key ^ value, 0x5bd1e995);
  mixed ^= mixed >>> 15;
  return Math.imul(mixed + 0x6d2b79f5, 0x2c1b3c6d) ^ (value >>> 7);
}

/** Returns a 32-bit hash of a string. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash ^ (hash >>> 16);
}

/** What the classifiers know of a word without its neighbours. */
export interface Word {
  /** Form in lower case. Digits are replaced by 0. */
  readonly lower: string;
  readonly hash: number;
  /** Hash of the last three letters. */
  readonly ending: number;
  /** Capital letters, digits and marks, as bits. */
  readonly shape: number;
  /** Number of the set of tags that the word has. */
  readonly kind: number;
}

/** Returns the number of the set of tags that a word has, or 0 for an unknown word. */
export type KindLookup = (hash: number) => number;

const LONGEST = 30;

/** Describes a word. */
export function describeWord(form: string, kindOf: KindLookup): Word {
  const lower = form.slice(0, LONGEST).toLowerCase().replace(/\d/g, "0");
  const hash = hashText(lower);
  const ending = hashText(lower.slice(-3));
  return { lower, hash, ending, shape: shapeOf(form), kind: kindOf(hash) || kindOf(mix(3, ending)) };
}

function shapeOf(form: string): number {
  const first = form.charAt(0);
  const head = form.slice(0, LONGEST);
  const capital = first !== first.toLowerCase() ? 1 : 0;
  const capitals = head.length > 1 && head === head.toUpperCase() && head !== head.toLowerCase() ? 2 : 0;
  const digit = /\d/.test(head) ? 4 : 0;
  const mark = /[^\p{L}\p{N}]/u.test(head) ? 8 : 0;
  const letter = /\p{L}/u.test(head) ? 16 : 0;
  return capital | capitals | digit | mark | letter;
}

/** The word before the first and after the last word of a sentence. */
export const EDGE: Word = { lower: "", hash: 1, ending: 1, shape: 0, kind: 1 };

/** Returns the features of the tag of a word that do not depend on its neighbours. */
export function ownFeatures({ lower, hash, ending, shape, kind }: Word): number[] {
  const length = lower.length;
  const keys = [mix(10, 0), mix(11, hash), mix(12, kind), mix(13, shape), mix(mix(14, hash), shape)];
  keys.push(mix(mix(15, ending), shape), mix(mix(16, kind), shape));
  for (let size = 1; size <= 5 && size < length; size++)
    keys.push(mix(20 + size, hashText(lower.slice(-size))));
  for (let size = 1; size <= 4 && size < length; size++)
    keys.push(mix(30 + size, hashText(lower.slice(0, size))));
  return keys;
}

/** Distances of the neighbours whose features are used. */
export const DISTANCES = [-2, -1, 1, 2] as const;

/** Returns the features that a neighbour at a distance contributes alone. */
export function neighbourFeatures({ hash, kind, ending, shape }: Word, distance: number): number[] {
  const base = 50 + distance * 4;
  const keys = [mix(base, hash), mix(base + 100, kind)];
  if (distance === 1 || distance === -1) keys.push(mix(base + 200, ending), mix(base + 300, shape));
  return keys;
}

/** Number of features that {@link pairFeatures} returns. */
export const PAIR_FEATURES = 19;

/**
 * Writes the features that combine a word with its neighbours and the tags of the two words before it.
 *
 * @param words the word's two predecessors, itself and its two successors
 */
export function pairFeatures(
  keys: Int32Array,
  before2: Word,
  before: Word,
  word: Word,
  after: Word,
  after2: Word,
  tag1: number,
  tag2: number,
): void {
  const { hash, kind } = word;
  keys[0] = mix(401, tag1);
  keys[1] = mix(mix(402, tag1), tag2);
  keys[2] = mix(mix(403, tag1), hash);
  keys[3] = mix(mix(404, tag1), kind);
  keys[4] = mix(mix(mix(405, tag1), kind), after.kind);
  keys[5] = mix(mix(mix(406, tag1), tag2), kind);
  keys[6] = mix(mix(407, before.hash), hash);
  keys[7] = mix(mix(408, hash), after.hash);
  keys[8] = mix(mix(409, hash), after.kind);
  keys[9] = mix(mix(mix(410, hash), after.kind), after2.kind);
  keys[10] = mix(mix(mix(411, kind), after.kind), after2.kind);
  keys[11] = mix(mix(412, before.hash), after.hash);
  keys[12] = mix(mix(413, tag1), word.shape);
  keys[13] = mix(mix(414, tag1), word.ending);
  keys[14] = mix(mix(mix(415, tag1), hash), after.kind);
  keys[15] = mix(mix(mix(416, tag2), tag1), hash);
  keys[16] = mix(mix(mix(417, before.hash), kind), after.kind);
  keys[17] = mix(mix(418, kind), after.hash);
  keys[18] = mix(mix(mix(419, before2.hash), before.hash), kind);
}
