import { DialoguePpoError } from "../errors.ts";

/** One index of a composite. */
export interface PresetTerm {
  /** Name of a TAACO index, or of an index that this package adds (`dppo_*`). */
  readonly index: string;
  /** Weight in the composite, before the weights of the indices that have a value are normalised to a sum of 1. */
  readonly weight: number;
  /** +1 when a higher value is better, -1 when a lower one is. */
  readonly sign: 1 | -1;
  /** Range to which the signed z-score is clipped. */
  readonly clip: readonly [low: number, high: number];
  /**
   * Signed z-score of a text without a value, if the corpus has statistics of the index. Default: the index is left out
   * of the sum. With it, a turn without content words cannot avoid the indices that measure content words.
   */
  readonly absent?: number;
}

/** A penalty for turns that raise the score without being cohesive, subtracted from the weighted mean of z-scores. */
export interface PresetGuard {
  /**
   * What the guard measures. `copied`: share of the turn's words that lie in runs of words taken from the context;
   * `echoed`: share of its distinct words that occur in the context, in any order; `repeated`: share of its word pairs
   * that occur earlier in it; `linked`: share of its words that are connectives; `terse`: share by which it falls short
   * of eight words.
   */
  readonly name: "copied" | "echoed" | "repeated" | "linked" | "terse";
  /** Shares up to this value cost nothing, because they occur in human turns too. */
  readonly free: number;
  /** Cost of a share of 1 in standard deviations. The cost grows linearly from the free share on. */
  readonly cost: number;
}

/** Definition of a score: the indices of a text or a turn, their weights, and the guards. */
export interface ScorePreset {
  readonly name: string;
  /** Whether the scored text is measured as a whole, or the new turn in its context. */
  readonly scope: "text" | "turn";
  /** Whether values are used in place of z-scores, with 0 for a missing value, as in the original experiment. */
  readonly raw: boolean;
  /** Whether speaker labels are words of the text and a failed analysis scores 0.5, as in the original experiment. */
  readonly experiment: boolean;
  readonly terms: readonly PresetTerm[];
  readonly guards: readonly PresetGuard[];
}

/**
 * Returns the preset itself after its numbers are checked.
 *
 * @param what name of the preset in messages
 * @throws DialoguePpoError ERR_CONFIG naming the term or guard
 */
export function validatePreset(preset: ScorePreset, what: string): ScorePreset {
  const fail = (why: string): never => {
    throw new DialoguePpoError("ERR_CONFIG", `score preset ${what}: ${why}`);
  };
  if (preset.terms.length === 0) fail("has no terms");
  const names = preset.terms.map(({ index }) => index);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) fail(`names ${twice} twice`);
  for (const { index, weight, clip } of preset.terms) {
    if (!(weight > 0 && Number.isFinite(weight))) fail(`weight of ${index} is ${weight}, expected above 0`);
    if (!(clip[0] < 0 && clip[1] > 0))
      fail(`clip of ${index} is [${clip}], expected one below and one above 0`);
  }
  for (const { name, free, cost } of preset.guards) {
    if (!(free >= 0 && free < 1 && cost > 0)) fail(`guard ${name} needs free in [0, 1) and cost above 0`);
  }
  if (preset.experiment && !preset.raw) fail("experiment needs raw: the experiment had no z-scores");
  return preset;
}
