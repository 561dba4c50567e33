import { GUARD_PREFIX } from "../sample.ts";
import type { IndexValues } from "../taaco/types.ts";
import { interpolateMoments, type LengthTable } from "./calibration.ts";
import type { GuardShares } from "./guards.ts";
import type { PresetTerm, ScorePreset } from "./preset.ts";

/** One part of a composite: an index or a guard. */
export interface ScorePart {
  /** The measured value; null when there is nothing to measure. */
  readonly value: number | null;
  /** Signed and clipped z-score, or signed and clipped value in a raw preset; null when the part is left out. */
  readonly z: number | null;
  /** Normalised weight in the sum; 0 for a missing index. */
  readonly weight: number;
}

/**
 * A score and its parts. The logit of `value` is the sum of `z * weight` over the parts, clamped to the preset's
 * limits. Guards are parts too, under names such as `guard_copied`.
 */
export interface CompositeScore {
  /** The score in (0, 1), or exactly 0 for a text of fewer than two words under preset `original`. */
  readonly value: number;
  readonly parts: Readonly<Record<string, ScorePart>>;
  /** Indices without a value or without statistics. */
  readonly missing: readonly string[];
}

/** Returns the names of the guards that lowered a score. */
export const actingGuards = ({ parts }: Pick<CompositeScore, "parts">): string[] =>
  Object.entries(parts)
    .filter(([name, { z }]) => name.startsWith(GUARD_PREFIX) && (z ?? 0) < 0)
    .map(([name]) => name.slice(GUARD_PREFIX.length));

export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

const clamp = (x: number, [low, high]: readonly [number, number]): number => Math.min(high, Math.max(low, x));

const sumWeights = (terms: readonly PresetTerm[]): number =>
  terms.reduce((sum, { weight }) => sum + weight, 0);

/** Returns the limits of the weighted sum, in which every z-score is at its lowest or at its highest. */
export function scoreLimits({ terms }: ScorePreset): [low: number, high: number] {
  const total = sumWeights(terms);
  const sum = (side: 0 | 1): number =>
    terms.reduce((at, { weight, clip }) => at + weight * clip[side], 0) / total;
  return [sum(0), sum(1)];
}

/**
 * Computes the composite score of measured values.
 *
 * @param words length of the measured text in words; z-scores use the statistics of texts of this length
 * @param table statistics for z-scores; a raw preset needs none
 * @param shares shares on which the guards act. Default: no guard acts.
 */
export function computeComposite(
  values: Readonly<IndexValues>,
  words: number,
  preset: ScorePreset,
  table: LengthTable | undefined,
  shares?: GuardShares,
): CompositeScore {
  const scored = preset.terms.map((term) => ({ term, ...zScore(term, values, words, preset, table) }));
  const present = scored.filter(({ z }) => z !== null);
  const missing = scored.filter(({ z }) => z === null).map(({ term }) => term.index);
  const total = sumWeights(present.map(({ term }) => term));
  const parts: Record<string, ScorePart> = {};
  let sum = 0;
  for (const { term, value, z } of scored) {
    const weight = z === null ? 0 : term.weight / total;
    parts[term.index] = { value, z, weight };
    sum += (z ?? 0) * weight;
  }
  for (const { name, free, cost } of shares ? preset.guards : []) {
    const share = shares?.[name] ?? 0;
    const z = -cost * Math.max(0, (share - free) / (1 - free));
    parts[`${GUARD_PREFIX}${name}`] = { value: share, z, weight: 1 };
    sum += z;
  }
  // A text without a single value gets the lowest score, so that such texts bring no advantage.
  if (present.length === 0) return { ...lowestScore(preset), parts, missing };
  return { value: logistic(clamp(sum, scoreLimits(preset))), parts, missing };
}

function zScore(
  { index, sign, clip, absent }: PresetTerm,
  values: Readonly<IndexValues>,
  words: number,
  preset: ScorePreset,
  table: LengthTable | undefined,
): { value: number | null; z: number | null } {
  const value = values[index] ?? null;
  // As in the original experiment, a missing value counts as 0.
  if (preset.raw) return { value, z: value === null ? 0 : clamp(sign * value, clip) };
  const moments = table && interpolateMoments(table, index, words);
  if (!moments) return { value, z: null };
  if (value === null) return { value, z: absent ?? null };
  return { value, z: clamp((sign * (value - moments.mean)) / moments.sd, clip) };
}

/** Returns the lowest score that the composite can give. */
export function lowestScore(preset: ScorePreset): CompositeScore {
  const total = sumWeights(preset.terms);
  const parts = Object.fromEntries(
    preset.terms.map(({ index, weight, clip }): [string, ScorePart] => [
      index,
      { value: null, z: preset.raw ? null : clip[0], weight: weight / total },
    ]),
  );
  return { value: preset.raw ? 0 : logistic(scoreLimits(preset)[0]), parts, missing: [] };
}
