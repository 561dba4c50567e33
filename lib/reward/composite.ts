import { type LengthTable, momentsAt } from "./calibration.ts";
import type { Shares } from "./guards.ts";
import type { PresetTerm, ScorePreset } from "./preset.ts";

/** One part of a composite. */
export interface ScorePart {
  /** As measured; null when there is nothing to measure. */
  readonly value: number | null;
  /** Signed and clipped z-score (a raw preset: the value); null when the part takes no part. */
  readonly z: number | null;
  /** Weight in the sum after renormalisation; 0 for a missing index. */
  readonly weight: number;
}

/**
 * A score and what it is made of. The logit of `value` is the sum of `z * weight` over the parts, kept within the
 * preset's limits; guards stand among the parts as `guard_copied` and `guard_repeated`.
 */
export interface CompositeScore {
  /** In (0, 1); preset `original` gives a text without two words exactly 0. */
  readonly value: number;
  readonly parts: Readonly<Record<string, ScorePart>>;
  /** Indices that had no value or no statistics. */
  readonly missing: readonly string[];
}

/** Values by index name. */
export type Values = Readonly<Record<string, number | null>>;

export const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

const clamp = (x: number, [low, high]: readonly [number, number]): number => Math.min(high, Math.max(low, x));

const weightOf = (terms: readonly PresetTerm[]): number => terms.reduce((sum, { weight }) => sum + weight, 0);

/** The limits of the sum: every index at its lowest, at its highest. */
export function limits({ terms }: ScorePreset): [low: number, high: number] {
  const total = weightOf(terms);
  const sum = (side: 0 | 1): number =>
    terms.reduce((at, { weight, clip }) => at + weight * clip[side], 0) / total;
  return [sum(0), sum(1)];
}

/**
 * The score of measured values.
 * @param words length of what was measured, in words: statistics of texts as long are taken
 * @param shares what the guards look at; left out, no guard acts
 */
export function composite(
  values: Values,
  words: number,
  preset: ScorePreset,
  table: LengthTable | undefined,
  shares?: Shares,
): CompositeScore {
  const scored = preset.terms.map((term) => ({ term, ...zScore(term, values, words, preset, table) }));
  const present = scored.filter(({ z }) => z !== null);
  const missing = scored.filter(({ z }) => z === null).map(({ term }) => term.index);
  const total = weightOf(present.map(({ term }) => term));
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
    parts[`guard_${name}`] = { value: share, z, weight: 1 };
    sum += z;
  }
  // Nothing to go by is no better than the worst.
  if (present.length === 0) return { ...lowest(preset), parts, missing };
  return { value: logistic(clamp(sum, limits(preset))), parts, missing };
}

function zScore(
  { index, sign, clip, absent }: PresetTerm,
  values: Values,
  words: number,
  preset: ScorePreset,
  table: LengthTable | undefined,
): { value: number | null; z: number | null } {
  const value = values[index] ?? null;
  // As in the original: a class without words counts as 0.
  if (preset.raw) return { value, z: value === null ? 0 : clamp(sign * value, clip) };
  const moments = table && momentsAt(table, index, words);
  if (!moments) return { value, z: null };
  if (value === null) return { value, z: absent ?? null };
  return { value, z: clamp((sign * (value - moments.mean)) / moments.sd, clip) };
}

/** The lowest score the composite can give. */
export function lowest(preset: ScorePreset): CompositeScore {
  const total = weightOf(preset.terms);
  const parts = Object.fromEntries(
    preset.terms.map(({ index, weight, clip }): [string, ScorePart] => [
      index,
      { value: null, z: preset.raw ? null : clip[0], weight: weight / total },
    ]),
  );
  return { value: preset.raw ? 0 : logistic(limits(preset)[0]), parts, missing: [] };
}
