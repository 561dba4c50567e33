import { mean } from "../mean.ts";
import { type Trend, WINDOW } from "./trend.ts";

/** The settings of a run on which limits depend. */
export interface HealthSettings {
  /** KL divergence that the run aims for, in nats per turn. */
  readonly targetKl: number;
  /** Number of minibatches in a step. */
  readonly minibatches: number;
  /** Number of words of a turn that the run aims for; undefined without a length penalty. */
  readonly targetWords?: number | undefined;
}

/** A sign that a run goes wrong. */
export interface HealthRule {
  /** Name of the finding, as `--stop-on` takes it. */
  readonly name: string;
  /** What the finding means and what to change, as a clause that ends a sentence. */
  readonly advice: string;
  /** Returns what is seen in the newest step, as a clause; undefined when nothing is. */
  find(trend: Trend, settings: HealthSettings): string | undefined;
}

/**
 * Statistics that are finite in every step of a run that can go on. Others, such as a share of variance, may have no
 * value.
 */
const MUST_BE_FINITE = [
  "objective/kl",
  "ppo/loss/total",
  "ppo/policy/entropy",
  "ppo/mean_scores",
  "env/reward_mean",
];

/** TRL's limit. An estimate from a few turns can fall a little below 0, but not by a whole nat. */
const LOWEST_KL = -1;
/** The penalty holds a run near its target. At five times the target it no longer does. */
const KL_TARGETS = 5;
/** Steps over which the KL is averaged, so that a single unusual batch is not taken for a drift. */
const KL_STEPS = 3;
/** With a quarter of its entropy the child chooses among few tokens, and PPO has no alternatives to compare. */
const ENTROPY_SHARE = 0.25;
/** Below this mean entropy in nats, one token has about 98 % of the probability in every place. */
const LOWEST_ENTROPY = 0.1;
/** With a quarter of the minibatches left out, a run learns much less than it costs. */
const SKIPPED_SHARE = 0.25;
/** Length at which turns are no longer comparable: twice or half of what they were. */
const LENGTH_FACTOR = 2;
/** People repeat about 2 to 5 % of the word pairs within a turn; at 20 % a turn goes round in circles. */
const REPETITION = 0.2;
/** A child that repeated itself from the start has not drifted. */
const REPETITION_RISE = 0.1;
/** A perplexity of held-out turns at which the child has lost much of its language. */
const PERPLEXITY_FACTOR = 2;

const percent = (share: number): string => `${Math.round(100 * share)} %`;

const notFinite: HealthRule = {
  name: "not-finite",
  advice: "the child is lost; lower --learning-rate or set --max-grad-norm 1",
  find(trend) {
    const lost = MUST_BE_FINITE.filter((name) => trend.newest(name) === null);
    return lost.length === 0 ? undefined : `${lost.join(", ")} ${lost.length > 1 ? "are" : "is"} not finite`;
  },
};

const negativeKl: HealthRule = {
  name: "kl-negative",
  advice:
    "turns are drawn from another distribution than the one that PPO computes with; sample with --child-temperature 1 " +
    "--child-top-k 0 --child-top-p 1",
  find(trend) {
    const kl = trend.newest("objective/kl");
    return typeof kl === "number" && kl < LOWEST_KL
      ? `the KL is ${kl.toFixed(2)}, below ${LOWEST_KL}`
      : undefined;
  },
};

const highKl: HealthRule = {
  name: "kl-high",
  advice:
    "the child is far from the model that it began as, and its language suffers; lower --learning-rate, or raise --init-kl-coef",
  find(trend, { targetKl }) {
    const recent = trend.recent("objective/kl", KL_STEPS);
    const limit = KL_TARGETS * targetKl;
    if (recent.length === 0 || !(mean(recent) > limit)) return undefined;
    return `the KL is ${mean(recent).toFixed(1)} nats per turn, over ${KL_TARGETS} times its target of ${targetKl}`;
  },
};

const entropyCollapse: HealthRule = {
  name: "entropy",
  advice:
    "the child writes almost the same turn each time, so that PPO has little to compare; lower --learning-rate or " +
    "--ppo-epochs, or raise --init-kl-coef",
  find(trend) {
    const [first, last] = trend.firstAndLast("ppo/policy/entropy") ?? [];
    if (first === undefined || last === undefined) return undefined;
    if (last >= ENTROPY_SHARE * first && last >= LOWEST_ENTROPY) return undefined;
    if (last >= first) return undefined;
    return `the entropy of the child's tokens fell from ${first.toFixed(2)} to ${last.toFixed(2)} nats`;
  },
};

const skippedMinibatches: HealthRule = {
  name: "ratio",
  advice:
    "the updates are so large that the child moves too far within one step; lower --learning-rate, --ppo-epochs or --cliprange",
  find(trend, { minibatches }) {
    const recent = trend.recent("dppo/skipped_minibatches", WINDOW);
    const skipped = recent.reduce((sum, count) => sum + count, 0);
    const share = skipped / (recent.length * minibatches);
    if (!(share >= SKIPPED_SHARE)) return undefined;
    return `${percent(share)} of the minibatches were left out, because their policy ratio exceeds --ratio-threshold`;
  },
};

const lengthDrift: HealthRule = {
  name: "length",
  advice:
    "the reward may favour a length and not what is said; read samples.jsonl, compare with people's turns (evaluate), or keep the " +
    "length with --target-words",
  find(trend, { targetWords }) {
    const [first, last] = trend.firstAndLast("tokens/responses_len_mean") ?? [];
    // With a target the length is meant to change.
    if (first === undefined || last === undefined || targetWords !== undefined) return undefined;
    if (last < LENGTH_FACTOR * first && last > first / LENGTH_FACTOR) return undefined;
    return `the child's turns went from ${first.toFixed(1)} to ${last.toFixed(1)} tokens`;
  },
};

const repetitionDrift: HealthRule = {
  name: "repetition",
  advice: "the child repeats its own words for the reward; read samples.jsonl, and lower --learning-rate",
  find(trend) {
    const [first, last] = trend.firstAndLast("dppo/repetition_mean") ?? [];
    if (first === undefined || last === undefined) return undefined;
    if (last < REPETITION || last - first < REPETITION_RISE) return undefined;
    return `repeated word pairs went from ${percent(first)} to ${percent(last)} of a turn`;
  },
};

const lostLanguage: HealthRule = {
  name: "perplexity",
  advice:
    "the reward rises at the cost of the language; lower --learning-rate, raise --init-kl-coef or --ptx-coef, or take an " +
    "earlier checkpoint",
  find(trend) {
    const first = trend.first("eval/perplexity");
    const [last] = trend.recent("eval/perplexity", 1);
    const [before, now] = trend.firstAndLast("env/reward_mean") ?? [];
    if (first === undefined || last === undefined || before === undefined || now === undefined)
      return undefined;
    if (last < PERPLEXITY_FACTOR * first || now <= before) return undefined;
    return (
      `the reward rose from ${before.toFixed(3)} to ${now.toFixed(3)}, and the perplexity of held-out turns from ` +
      `${first.toFixed(1)} to ${last.toFixed(1)}`
    );
  },
};

const shortMemory: HealthRule = {
  name: "memory",
  advice:
    "results are the same up to rounding, but an update takes longer; lower --mini-batch-size or --max-new-tokens",
  find(trend) {
    const parts = trend.newest("dppo/minibatch_parts") ?? 1;
    return parts > 1
      ? `memory was exhausted, so each minibatch is now computed in ${parts} parts`
      : undefined;
  },
};

/** All rules, the most serious first. */
export const HEALTH_RULES: readonly HealthRule[] = [
  notFinite,
  negativeKl,
  highKl,
  skippedMinibatches,
  entropyCollapse,
  lengthDrift,
  repetitionDrift,
  lostLanguage,
  shortMemory,
];
