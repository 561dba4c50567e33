import { createHash } from "node:crypto";
import type { IndexMode, VectorSpace } from "../taaco/types.ts";

/** The text that is scored: the partial dialogue with the new turn, or the new turn alone. */
export type ScoredText = "dialogue" | "continuation";

/** Mean and population standard deviation of an index over the `count` texts that have a value. */
export interface Moments {
  readonly mean: number;
  readonly sd: number;
  readonly count: number;
}

/** Statistics of the texts with `from` to `to` words. */
export interface LengthBand {
  readonly from: number;
  readonly to: number;
  /** Geometric mean of the word counts: the length for which the band's statistics stand. */
  readonly words: number;
  readonly texts: number;
  readonly indices: Readonly<Record<string, Moments>>;
}

/** Statistics over all texts, and in bands of length. */
export interface LengthTable {
  readonly texts: number;
  readonly all: Readonly<Record<string, Moments>>;
  /** Statistics by length, shortest texts first. */
  readonly bands: readonly LengthBand[];
}

/** Identifies a semantic space. */
export interface SpaceIdentity {
  readonly kind: VectorSpace["kind"];
  readonly dimensions: number;
  /** sha256 of the vectors, first 16 hex digits. */
  readonly hash: string;
}

/** Means and deviations of the indices on a corpus, with which z-scores are computed. */
export interface Calibration {
  readonly format: "dialogue-ppo calibration";
  readonly version: 1;
  readonly corpus: { readonly hash: string; readonly dialogues: number };
  readonly indexMode: IndexMode;
  readonly scoredText: ScoredText;
  /** Origin of the word lists: `own` or `official`. */
  readonly lists: string;
  readonly spaces: readonly SpaceIdentity[];
  /** Statistics of the scored text as a whole. */
  readonly text: LengthTable;
  /** Statistics of the human turn in its context. */
  readonly turn: LengthTable;
}

/** Returns the identities of spaces, sorted by kind. */
export function identifySpaces(spaces: readonly VectorSpace[]): SpaceIdentity[] {
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

const interpolate = (low: number, high: number, share: number): number => low + (high - low) * share;

/** With fewer values of an index in a band, the statistics of the whole corpus are used instead. */
const MIN_VALUES = 10;

function bandMoments(table: LengthTable, band: LengthBand, index: string): Moments | undefined {
  const inBand = band.indices[index];
  return inBand && inBand.count >= MIN_VALUES && inBand.sd > 0 ? inBand : table.all[index];
}

/**
 * Returns mean and deviation of an index for texts of a given length: those of the two nearest bands, interpolated over
 * the logarithm of the length so that one word more or less never makes the score jump. Shorter or longer texts have
 * the statistics of the first or the last band.
 *
 * @param words length of the text in words
 * @returns undefined when the corpus has no value of the index, or the index never varies
 */
export function interpolateMoments(table: LengthTable, index: string, words: number): Moments | undefined {
  const { bands } = table;
  const longer = bands.findIndex((band) => band.words >= words);
  const isBeyondAll = longer < 0;
  const right = isBeyondAll ? bands.at(-1) : bands[longer];
  const left = isBeyondAll ? undefined : bands[longer - 1];
  if (!right) return unlessConstant(table.all[index]);
  const high = bandMoments(table, right, index);
  const low = left && bandMoments(table, left, index);
  if (!left || !low || !high) return unlessConstant(high);
  const share = Math.log(words / left.words) / Math.log(right.words / left.words);
  return unlessConstant({
    mean: interpolate(low.mean, high.mean, share),
    sd: interpolate(low.sd, high.sd, share),
    count: low.count + high.count,
  });
}

const unlessConstant = (moments: Moments | undefined): Moments | undefined =>
  moments && moments.sd > 0 ? moments : undefined;
