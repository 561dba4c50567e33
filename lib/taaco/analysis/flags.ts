import { EDGE, mix } from "./features.ts";

/** Words that can open a subordinate clause. */
const SUBORDINATORS = new Set(
  "that if as because before while for though than since whether until so although like unless after once till whereas whilst except 'cause cause til 'til cuz coz lest provided now given in".split(
    " ",
  ),
);
const DEMONSTRATIVES = new Set(["this", "that", "these", "those"]);
/** Verbs that can be auxiliaries, besides the modals. */
const AUXILIARIES = new Set(
  "be am is are was were been being 'm 're 's m re s ai have has had having 've ve 'd d do does did du get gets got getting gotten need needs dare".split(
    " ",
  ),
);

/** When the classifier of the flags decides about a word: always, if its tag is that of a verb, or never. */
export type FlagCandidate = "always" | "verb" | "never";

/** Returns when a word in lower case can have a flag. */
export function flagCandidate(lower: string): FlagCandidate {
  if (SUBORDINATORS.has(lower) || DEMONSTRATIVES.has(lower)) return "always";
  return AUXILIARIES.has(lower) ? "verb" : "never";
}

/** Returns whether a word with a tag can have a flag, so that the classifier of the flags decides. */
export const canHaveFlag = (candidate: FlagCandidate, tag: string): boolean =>
  candidate === "always" || (candidate === "verb" && tag.startsWith("V"));

const COARSE: Readonly<Record<string, number>> = {
  NN: 1,
  NNS: 1,
  NNP: 1,
  NNPS: 1,
  CD: 1,
  DT: 2,
  PRP$: 2,
  PDT: 2,
  JJ: 3,
  JJR: 3,
  JJS: 3,
  PRP: 4,
  EX: 4,
  VBD: 5,
  VBZ: 6,
  VBP: 7,
  MD: 8,
  VB: 9,
  VBN: 10,
  VBG: 11,
  TO: 12,
  IN: 13,
  RP: 14,
  RB: 0,
  RBR: 0,
  RBS: 0,
  UH: 0,
  CC: 15,
  ",": 16,
  ".": 17,
  ":": 17,
  WP: 18,
  WDT: 18,
  WRB: 18,
  WP$: 18,
  POS: 19,
  "''": 20,
  "``": 20,
  "-LRB-": 20,
  "-RRB-": 20,
  HYPH: 0,
};

/** Returns the coarse class of each tag, by which the flags are decided. 0 stands for tags that are skipped. */
export const coarseTags = (tags: readonly string[]): Uint8Array =>
  Uint8Array.from(tags, (tag) => COARSE[tag] ?? 21);

const MAX_STEPS = 9;
const isVerb = (coarse: number): boolean => coarse >= 5 && coarse <= 11;
const isClauseEnd = (coarse: number): boolean => coarse === 17;

/**
 * Returns the features by which the flag of a word is decided: the word with its neighbours and their tags, and the
 * classes of the words up to the next verb.
 *
 * @param hashes the hash of each word
 * @param tags the number of the tag of each word, and `coarse` the class of each tag
 */
export function flagFeatures(
  hashes: ArrayLike<number>,
  tags: ArrayLike<number>,
  coarse: Uint8Array,
  at: number,
): number[] {
  const tagAt = (position: number): number =>
    position < 0 || position >= hashes.length ? 99 : (tags[position] as number);
  const wordAt = (position: number): number =>
    position < 0 || position >= hashes.length ? EDGE.hash : (hashes[position] as number);
  const hash = hashes[at] as number;
  const [t0, before, before2] = [tagAt(at), tagAt(at - 1), tagAt(at - 2)];
  const [next, next2, next3] = [tagAt(at + 1), tagAt(at + 2), tagAt(at + 3)];
  const [wordBefore, wordNext] = [wordAt(at - 1), wordAt(at + 1)];
  const base = mix(mix(600, hash), t0);
  const keys = [
    mix(base, 1),
    mix(mix(601, hash), 0),
    mix(mix(base, 2), before),
    mix(mix(base, 3), next),
    mix(mix(mix(base, 4), before), next),
    mix(mix(mix(base, 5), next), next2),
    mix(mix(mix(mix(base, 6), next), next2), next3),
    mix(mix(base, 7), wordBefore),
    mix(mix(base, 8), wordNext),
    mix(mix(mix(base, 9), wordBefore), next),
    mix(mix(mix(base, 10), wordNext), next2),
    mix(mix(mix(base, 11), before2), before),
    mix(mix(mix(base, 12), wordBefore), wordNext),
    mix(mix(base, 13), wordAt(at - 2)),
    mix(mix(base, 14), wordAt(at + 2)),
    mix(mix(mix(mix(base, 15), before2), before), next),
    mix(mix(mix(base, 16), wordBefore), before2),
  ];
  pathFeatures(keys, base, hashes.length, tags, coarse, at, mix(wordBefore, before));
  return keys;
}

/** Adds features of the classes of the words that follow, up to a verb or the end of the clause. */
function pathFeatures(
  keys: number[],
  base: number,
  length: number,
  tags: ArrayLike<number>,
  coarse: Uint8Array,
  at: number,
  before: number,
): void {
  let path = mix(base, 30);
  let last = -1;
  let steps = 0;
  let distance = 0;
  for (let index = at + 1; index < length && steps < MAX_STEPS; index++) {
    const next = coarse[tags[index] as number] as number;
    distance += 1;
    if (next === 0 || next === last) continue;
    path = mix(path, next);
    last = next;
    steps += 1;
    if (steps <= 3) keys.push(mix(path, 31));
    if (isVerb(next) || isClauseEnd(next)) break;
  }
  keys.push(mix(path, 32), mix(mix(path, 33), before), mix(mix(mix(base, 34), last), Math.min(distance, 6)));
  let earlier = 0;
  for (let index = at - 1; index >= 0 && index >= at - 12; index--) {
    const class_ = coarse[tags[index] as number] as number;
    if (isVerb(class_)) {
      earlier = class_;
      break;
    }
  }
  keys.push(mix(mix(base, 35), earlier), mix(mix(mix(base, 36), earlier), last), mix(mix(path, 37), earlier));
}
