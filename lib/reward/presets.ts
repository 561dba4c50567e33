import { DialoguePpoError } from "../errors.ts";
import { SPACE_KINDS } from "../taaco/names.ts";
import type { VectorSpace } from "../taaco/types.ts";

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
   * its words that are connectives.
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
  /** Speaker labels stay in the text as words. */
  readonly labels: boolean;
  readonly terms: readonly PresetTerm[];
  readonly guards: readonly PresetGuard[];
}

/** Names of the presets that come with the package. */
export type PresetName = "taaco" | "original" | "turn";

const CLIP = [-3, 3] as const;
/** For what people use sparingly: more than a deviation above them earns nothing. */
const UP_TO_ONE = [-3, 1] as const;
/** Close to what was said is good, closer than people ever come is no better. */
const UP_TO_TWO = [-3, 2] as const;

type Row = readonly [
  index: string,
  weight: number,
  sign?: 1 | -1,
  clip?: PresetTerm["clip"],
  absent?: number | undefined,
];

const terms = (rows: readonly Row[]): PresetTerm[] =>
  rows.map(([index, weight, sign = 1, clip = CLIP, absent]) => ({
    index,
    weight,
    sign,
    clip,
    ...(absent !== undefined && { absent }),
  }));

/** Free shares are what hardly any human turn exceeds: the shares measured on Switchboard stand in docs/reward.md. */
const GUARDS: readonly PresetGuard[] = [
  { name: "copied", free: 0.25, cost: 3 },
  { name: "echoed", free: 0.7, cost: 2 },
  { name: "repeated", free: 0.15, cost: 4 },
  { name: "linked", free: 0.3, cost: 3 },
];

/**
 * Turns of two words are compared with human turns of two words, most of them backchannels, and "you know" beats those. A
 * child trained without this ends up saying nothing else; of a turn this short no cohesion can be told.
 */
const TERSE: PresetGuard = { name: "terse", free: 0, cost: 1.5 };

/** The original experiment's fourteen documented weights, on z-scores. */
const TAACO: ScorePreset = {
  name: "taaco",
  scope: "text",
  raw: false,
  labels: false,
  terms: terms([
    ["lemma_ttr", 0.15],
    ["content_ttr", 0.12],
    ["lexical_density_tokens", 0.1],
    ["lsa_1_all_sent", 0.2],
    ["lsa_2_all_sent", 0.15],
    ["lda_1_all_sent", 0.15],
    ["word2vec_1_all_sent", 0.15],
    ["all_connective", 0.08],
    ["all_logical", 0.08],
    ["all_positive", 0.06],
    ["repeated_content_lemmas", 0.05],
    ["pronoun_density", 0.03],
    ["basic_connectives", 0.03],
    ["sentence_linking", 0.05],
  ]),
  guards: GUARDS,
};

/** What the original experiment really computed: the mean of nine raw values. */
const ORIGINAL: ScorePreset = {
  name: "original",
  scope: "text",
  raw: true,
  labels: true,
  terms: terms(
    [
      "noun_ttr",
      "verb_ttr",
      "adj_ttr",
      "lemma_ttr",
      "bigram_lemma_ttr",
      "trigram_lemma_ttr",
      "adjacent_overlap_all_sent",
      "repeated_content_lemmas",
      "repeated_content_and_pronoun_lemmas",
    ].map((index) => [index, 1, 1, [-Infinity, Infinity]]),
  ),
  guards: [],
};

/** The new turn in its context, compared with human turns of like length. */
const TURN: ScorePreset = {
  name: "turn",
  scope: "turn",
  raw: false,
  labels: false,
  terms: terms([
    ["dppo_turn_content_overlap", 0.25, 1, UP_TO_TWO, -1],
    ["dppo_turn_lsa_content", 0.25, 1, UP_TO_TWO, -1],
    ["dppo_turn_mattr", 0.15],
    ["lexical_density_tokens", 0.1, 1, UP_TO_ONE],
    ["all_connective", 0.1, 1, UP_TO_ONE],
    ["pronoun_density", 0.05, 1, UP_TO_ONE],
    ["dppo_turn_repetition", 0.1, -1, UP_TO_ONE],
  ]),
  guards: [...GUARDS, TERSE],
};

const PRESETS: Readonly<Record<PresetName, ScorePreset>> = { taaco: TAACO, original: ORIGINAL, turn: TURN };

/** The preset of a name; one that is passed whole is checked. */
export function presetOf(preset: PresetName | ScorePreset): ScorePreset {
  if (typeof preset === "object") return checkedPreset(preset);
  const found = PRESETS[preset];
  if (!found) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `unknown score preset "${String(preset)}", expected ${Object.keys(PRESETS).join(", ")}`,
    );
  }
  return found;
}

/** Kind of semantic space that an index needs, if any. */
export function spaceKindOf(index: string): VectorSpace["kind"] | undefined {
  return /^(?:dppo_turn_)?(lsa|lda|word2vec)(?:_|$)/.exec(index)?.[1] as VectorSpace["kind"] | undefined;
}

/** Kinds of semantic space that a preset needs, in TAACO's order. */
export function spaceKindsOf({ terms }: ScorePreset): VectorSpace["kind"][] {
  return SPACE_KINDS.filter((kind) => terms.some(({ index }) => spaceKindOf(index) === kind));
}

function checkedPreset(preset: ScorePreset): ScorePreset {
  const fail = (what: string): never => {
    throw new DialoguePpoError("ERR_CONFIG", `score preset "${preset.name}": ${what}`);
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
  return preset;
}
