import { DialoguePpoError } from "../errors.ts";

/** One index of a composite. */
export interface PresetTerm {
  /** Name of an official index or of one of ours (`dppo_*`). */
  readonly index: string;
  /** Share in the composite; the weights are divided by the sum of those whose index has a value. */
  readonly weight: number;
  /** +1: more is better, -1: less is better. */
  readonly sign: 1 | -1;
  /** Least and greatest signed z-score that counts. */
  readonly clip: readonly [low: number, high: number];
  /**
   * Signed z-score of a text without a value, when the corpus has statistics; left out, the index leaves the sum. It
   * keeps turns without any content word from escaping what looks at content words.
   */
  readonly absent?: number;
}

/** A penalty for what no honest turn does, subtracted from the weighted mean of z-scores. */
export interface PresetGuard {
  /**
   * `copied`: share of the turn's words that lie in runs taken from the context; `echoed`: share of its distinct words
   * that the context has, in whatever order; `repeated`: share of its word pairs said before in it; `linked`: share of
   * its words that are connectives; `terse`: what it lacks of eight words.
   */
  readonly name: "copied" | "echoed" | "repeated" | "linked" | "terse";
  /** Shares up to this cost nothing: people do it too. */
  readonly free: number;
  /** What a share of 1 costs, in standard deviations; in between it grows linearly. */
  readonly cost: number;
}

/** How a text or a turn becomes one number. */
export interface ScorePreset {
  readonly name: string;
  /** What is measured: the scored text as a whole, or the new turn in its context. */
  readonly scope: "text" | "turn";
  /** Raw values take the place of z-scores, and a missing one is 0, as in the original experiment. */
  readonly raw: boolean;
  /** As in the original experiment: speaker labels stay in the text as words, and a failed analysis scores 0.5. */
  readonly experiment: boolean;
  readonly terms: readonly PresetTerm[];
  readonly guards: readonly PresetGuard[];
}

/**
 * The preset itself, when its numbers make sense.
 *
 * @param what the preset as messages call it
 * @throws DialoguePpoError ERR_CONFIG naming the term or guard
 */
export function checkedPreset(preset: ScorePreset, what: string): ScorePreset {
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
