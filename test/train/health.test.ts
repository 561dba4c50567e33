import { describe, expect, it } from "vitest";
import { HealthMonitor, parseStopOn } from "../../lib/train/health.ts";

type Stats = Record<string, number | null>;

/** A run in which nothing is wrong. */
const SOUND: Stats = {
  "objective/kl": 2,
  "ppo/loss/total": 0.1,
  "ppo/policy/entropy": 3,
  "ppo/mean_scores": 0.1,
  "env/reward_mean": 0.1,
  "dppo/skipped_minibatches": 0,
  "tokens/responses_len_mean": 12,
  "dppo/repetition_mean": 0.03,
};

const settings = { targetKl: 6, minibatches: 8 };

/** Returns the warnings for a series of steps, and the step at which the run stops. */
function watch(
  series: readonly Stats[],
  stopOn?: string,
  before: readonly Stats[] = [],
): { warnings: string[]; stop: string | undefined } {
  const warnings: string[] = [];
  const numbered = (all: readonly Stats[], first: number) =>
    all.map((stats, at) => ({ step: first + at, stats: { ...SOUND, ...stats } }));
  const monitor = new HealthMonitor(settings, {
    stopOn: parseStopOn(stopOn),
    log: { info: () => {}, warn: (text) => void warnings.push(text) },
    history: numbered(before, 1),
  });
  for (const step of numbered(series, before.length + 1)) {
    const finding = monitor.observe(step);
    if (finding !== undefined) return { warnings, stop: finding };
  }
  return { warnings, stop: undefined };
}

/** Returns the values of one statistic as steps. */
const steps = (name: string, ...values: (number | null)[]): Stats[] =>
  values.map((value) => ({ [name]: value }));

const flat = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

describe("the health of a run", () => {
  it("says nothing of a sound run, however long", () => {
    const noise = Array.from({ length: 200 }, (_, at): Stats => {
      const wave = Math.sin(at * 1.7);
      return {
        "objective/kl": 6 + 3 * wave,
        "ppo/policy/entropy": 3 - 0.005 * at,
        "tokens/responses_len_mean": 12 + 4 * wave,
        "dppo/repetition_mean": 0.04 + 0.03 * wave,
        "dppo/skipped_minibatches": at % 9 === 0 ? 1 : 0,
        "env/reward_mean": 0.001 * at,
        "eval/perplexity": 20 + 0.05 * at,
      };
    });
    expect(watch(noise, "all")).toEqual({ warnings: [], stop: undefined });
  });

  it.each<[string, Stats[], RegExp]>([
    [
      "kl-negative",
      steps("objective/kl", 0, -1.3),
      /step 2: the KL is -1.30, below -1: .*--child-temperature 1/,
    ],
    [
      "kl-high",
      steps("objective/kl", 0, 295),
      /step 2: the KL is 147.5 nats per turn, over 5 times its target of 6: .*--learning-rate/,
    ],
    ["kl-high", steps("objective/kl", 31, 31, 31), /step 1: the KL is 31.0/],
    [
      "entropy",
      steps("ppo/policy/entropy", ...flat(5, 3), ...flat(5, 0.7)),
      /step 10: the entropy .* from 3.00 to 0.70/,
    ],
    ["entropy", steps("ppo/policy/entropy", ...flat(5, 0.3), ...flat(5, 0.09)), /from 0.30 to 0.09/],
    ["ratio", steps("dppo/skipped_minibatches", 0, 4), /step 2: 25 % of the minibatches were left out/],
    [
      "length",
      steps("tokens/responses_len_mean", ...flat(5, 10), ...flat(5, 20)),
      /from 10.0 to 20.0 tokens/,
    ],
    ["length", steps("tokens/responses_len_mean", ...flat(5, 10), ...flat(5, 5)), /from 10.0 to 5.0 tokens/],
    ["repetition", steps("dppo/repetition_mean", ...flat(5, 0.03), ...flat(5, 0.25)), /from 3 % to 25 %/],
    [
      "perplexity",
      Array.from({ length: 10 }, (_, at) => ({
        "env/reward_mean": at / 100,
        ...(at % 5 === 0 && { "eval/perplexity": 20 + 5 * at }),
        ...(at === 9 && { "eval/perplexity": 41 }),
      })),
      /the reward rose from 0.020 to 0.070, and the perplexity of held-out turns from 20.0 to 41.0/,
    ],
    ["memory", steps("dppo/minibatch_parts", 1, 4), /step 2: memory was exhausted, .* in 4 parts/],
  ])("finds %s, and says it once", (name, series, message) => {
    const longer = [...series, ...flat(3, 0).map(() => series.at(-1) as Stats)];
    const { warnings, stop } = watch(longer);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(message);
    expect(warnings[0]).toMatch(new RegExp(`\\(${name}\\)$`));
    expect(stop).toBeUndefined();
    expect(watch(longer, name).stop).toBe(warnings[0]);
    expect(watch(longer, "all").stop).toBe(warnings[0]);
  });

  it.each<[string, Stats[]]>([
    ["kl-high", steps("objective/kl", 29, 29, 29, 32)],
    ["kl-negative", steps("objective/kl", -0.9, -1)],
    ["entropy", steps("ppo/policy/entropy", ...flat(5, 3), ...flat(5, 0.76))],
    ["entropy", steps("ppo/policy/entropy", ...flat(20, 0.05))],
    ["entropy", steps("ppo/policy/entropy", ...flat(5, 3), ...flat(4, 0.1))],
    ["ratio", steps("dppo/skipped_minibatches", 1, 1, 1, 1)],
    ["length", steps("tokens/responses_len_mean", ...flat(5, 10), ...flat(5, 19.9))],
    ["repetition", steps("dppo/repetition_mean", ...flat(5, 0.15), ...flat(5, 0.24))],
    ["perplexity", steps("eval/perplexity", ...flat(5, 20), ...flat(5, 60))],
    ["memory", steps("dppo/minibatch_parts", 1)],
  ])("does not find %s just within the limits", (_name, series) => {
    expect(watch(series, "all")).toEqual({ warnings: [], stop: undefined });
  });

  it("always stops at numbers that are not finite, but not for a share of variance", () => {
    expect(watch(steps("ppo/val/var_explained", 0.1, null))).toEqual({ warnings: [], stop: undefined });
    const { stop, warnings } = watch([{}, { "objective/kl": null, "ppo/loss/total": null }, {}]);
    expect(stop).toMatch(/^step 2: objective\/kl, ppo\/loss\/total are not finite: .*lower --learning-rate/);
    expect(warnings).toEqual([]);
  });

  it("compares with the first steps of the run, also when it is resumed", () => {
    const before = steps("tokens/responses_len_mean", ...flat(8, 10));
    const { warnings } = watch(steps("tokens/responses_len_mean", ...flat(5, 21)), undefined, before);
    expect(warnings).toEqual([expect.stringMatching(/^step 13: .* from 10.0 to 21.0 tokens/)]);
  });
});

describe("--stop-on", () => {
  it("takes names, blanks between them and all", () => {
    expect([...parseStopOn(undefined)]).toEqual(["not-finite"]);
    expect([...parseStopOn("kl-high, length")].sort()).toEqual(["kl-high", "length", "not-finite"]);
    expect(parseStopOn("all").size).toBe(9);
  });

  it("refuses another name and suggests the one that was meant", () => {
    expect(() => parseStopOn("kl-hihg")).toThrow("--stop-on kl-hihg: did you mean kl-high?");
    expect(() => parseStopOn("everything-else")).toThrow(
      /expected some of not-finite, kl-negative, .* or all/,
    );
  });
});
