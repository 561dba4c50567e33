import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { SPACE_KINDS } from "../taaco/names.ts";
import type { VectorSpace } from "../taaco/types.ts";
import { checkedPreset } from "./check-preset.ts";
import { readPreset } from "./preset-file.ts";

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

/** Names of the presets that come with the package. */
export type PresetName = "taaco" | "original" | "turn";

/** A preset by name or by its JSON file, or a whole one. */
export type PresetReference = string | ScorePreset;

const NAMES: readonly PresetName[] = ["taaco", "original", "turn"];

/** Where the package's presets lie: the weights, signs and guards themselves. */
const FOLDER = path.resolve(import.meta.dirname, "../../data/presets");

const isNamed = (preset: string): preset is PresetName => (NAMES as readonly string[]).includes(preset);

/**
 * The preset of a name or of a JSON file; one that is passed whole is checked.
 *
 * @throws DialoguePpoError ERR_CONFIG
 */
export function presetOf(preset: PresetReference): ScorePreset {
  if (typeof preset === "object") return checkedPreset(preset, `"${preset.name}"`);
  if (isNamed(preset)) return readPreset(path.join(FOLDER, `${preset}.json`));
  if (preset.endsWith(".json")) return readPreset(preset);
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `unknown score preset "${preset}", expected ${NAMES.join(", ")} or a .json file of indices and weights`,
  );
}

/** Kind of semantic space that an index needs, if any. */
export function spaceKindOf(index: string): VectorSpace["kind"] | undefined {
  return /^(?:dppo_turn_)?(lsa|lda|word2vec)(?:_|$)/.exec(index)?.[1] as VectorSpace["kind"] | undefined;
}

/** Kinds of semantic space that a preset needs, in TAACO's order. */
export function spaceKindsOf({ terms }: ScorePreset): VectorSpace["kind"][] {
  return SPACE_KINDS.filter((kind) => terms.some(({ index }) => spaceKindOf(index) === kind));
}
