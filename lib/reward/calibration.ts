import { createHash } from "node:crypto";
import type { IndexMode, VectorSpace } from "../taaco/types.ts";

/** Which text is scored: the partial dialogue with the new turn, or the turn alone. */
export type ScoredText = "dialogue" | "continuation";

/** Mean and population standard deviation of an index over `count` texts that have it. */
export interface Moments {
  readonly mean: number;
  readonly sd: number;
  readonly count: number;
}

/** Statistics of the texts with `from` to `to` words. */
export interface LengthBand {
  readonly from: number;
  readonly to: number;
  /** Geometric mean of the word counts: where the band's statistics hold. */
  readonly words: number;
  readonly texts: number;
  readonly indices: Readonly<Record<string, Moments>>;
}

/** Statistics over all texts, and by length. */
export interface LengthTable {
  readonly texts: number;
  readonly all: Readonly<Record<string, Moments>>;
  /** By length, shortest first. */
  readonly bands: readonly LengthBand[];
}

/** What tells one semantic space from another. */
export interface SpaceIdentity {
  readonly kind: VectorSpace["kind"];
  readonly dimensions: number;
  /** sha256 of the vectors, first 16 hex digits. */
  readonly hash: string;
}

/** Means and deviations of the indices on a corpus: what z-scores are taken against. */
export interface Calibration {
  readonly format: "dialogue-ppo calibration";
  readonly version: 1;
  readonly corpus: { readonly hash: string; readonly dialogues: number };
  readonly indexMode: IndexMode;
  readonly scoredText: ScoredText;
  /** Where word lists came from. */
  readonly lists: string;
  readonly spaces: readonly SpaceIdentity[];
  /** Of the scored text as a whole. */
  readonly text: LengthTable;
  /** Of the human turn in its context. */
  readonly turn: LengthTable;
}

/** Identities of spaces, in the order of their kinds. */
export function spaceIdentities(spaces: readonly VectorSpace[]): SpaceIdentity[] {
  return spaces
    .map(({ kind, dimensions, values }) => ({
      kind,
      dimensions,
      hash: createHash("sha256")
        .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
        .digest("hex")
        .slice(0, 16),
    }))
    .sort((a, b) => a.kind.localeCompare(b.kind));
}

const between = (low: number, high: number, share: number): number => low + (high - low) * share;

/** Fewer values of an index in a band say too little: the corpus as a whole stands in. */
const FEWEST_VALUES = 10;

function inBand(table: LengthTable, band: LengthBand, index: string): Moments | undefined {
  const own = band.indices[index];
  return own && own.count >= FEWEST_VALUES && own.sd > 0 ? own : table.all[index];
}

/**
 * Mean and deviation of an index for texts of a length: those of the two nearest bands, mixed by the logarithm of the
 * length, so that a word more or less never makes the score jump. Beyond the outer bands theirs hold.
 * @returns undefined when the corpus says nothing about the index, or it never varies
 */
export function momentsAt(table: LengthTable, index: string, words: number): Moments | undefined {
  const upper = table.bands.findIndex((band) => band.words >= words);
  const right = table.bands.at(upper);
  if (!right) return usable(table.all[index]);
  const high = inBand(table, right, index);
  const left = table.bands[upper - 1];
  const low = left && inBand(table, left, index);
  if (!left || !low || !high) return usable(high);
  const share = Math.log(words / left.words) / Math.log(right.words / left.words);
  return usable({
    mean: between(low.mean, high.mean, share),
    sd: between(low.sd, high.sd, share),
    count: low.count + high.count,
  });
}

const usable = (moments: Moments | undefined): Moments | undefined =>
  moments && moments.sd > 0 ? moments : undefined;
