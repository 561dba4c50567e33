import { describe, expect, it } from "vitest";
import { comparisonHtml } from "../../lib/report/comparison.ts";
import { seedLines } from "../../lib/report/comparison-lines.ts";
import type { RunRecord } from "../../lib/report/record.ts";
import { spreadText, summarizeSeeds } from "../../lib/report/seeds.ts";
import type { EvaluationRecord } from "../../lib/run/evaluation.ts";
import { absent, compared, constructed } from "./constructed.ts";
import { exampleRun } from "./example-run.ts";

const setting = { after: "step 100", teacher: "t", scorePreset: "turn", dialoguesHash: "h" };

interface Changes {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly evaluation?: Partial<EvaluationRecord> | undefined;
}

const run = (name: string, seed: number, { config, evaluation = {} }: Changes = {}): RunRecord => ({
  ...exampleRun(20),
  name,
  config: { batchSize: 8, outputDir: name, seed, ...config },
  evaluation: constructed({ setting: { ...setting, seed }, ...evaluation }),
});

// The changes 0.01, 0.02 and 0.06 have the mean 0.03; their squared distances from it sum to 0.0014, half of which is
// 0.0007. The KL of 2, 3 and 4 has the mean 3 and the standard deviation 1.
const three = (name: string, config = {}): RunRecord[] =>
  [0.01, 0.02, 0.06].map((change, seed) =>
    run(`${name}-${seed}`, seed, {
      config,
      evaluation: { reward: compared(-0.1, -0.1 + change), kl: compared(0, 2 + seed) },
    }),
  );

describe("the mean over seeds", () => {
  it("is that of runs that differ only in their seed and their folder, with the deviation of n - 1", () => {
    const { summaries, notes } = summarizeSeeds(three("turn"));
    expect(notes).toEqual([]);
    expect(summaries).toHaveLength(1);
    const [{ name, runs, seeds, reward, kl }] = summaries as [(typeof summaries)[number]];
    expect([name, runs, seeds]).toEqual(["turn", ["turn-0", "turn-1", "turn-2"], [0, 1, 2]]);
    expect(reward.difference.mean).toBeCloseTo(0.03, 12);
    expect(reward.difference.sd).toBeCloseTo(Math.sqrt(0.0007), 12);
    expect(reward.before).toEqual({ mean: expect.closeTo(-0.1, 12), sd: expect.closeTo(0, 12) });
    expect(kl.after).toEqual({ mean: 3, sd: 1 });
  });

  it("is separate for each setting, in whichever order the runs are given", () => {
    const [a, b] = [three("fast", { learningRate: 1e-4 }), three("slow", { learningRate: 1e-5 })];
    const mixed = [0, 1, 2].flatMap((at) => [b[at], a[at]] as RunRecord[]);
    expect(summarizeSeeds(mixed).summaries.map(({ name, seeds }) => [name, seeds])).toEqual([
      ["slow", [0, 1, 2]],
      ["fast", [0, 1, 2]],
    ]);
  });

  it.each<[string, RunRecord]>([
    ["another option", run("x", 7, { config: { batchSize: 16 } })],
    ["another number of steps", run("x", 7, { evaluation: { setting: { ...setting, after: "step 50" } } })],
    ["another score", run("x", 7, { evaluation: { setting: { ...setting, scorePreset: "taaco" } } })],
    ["other samples", run("x", 7, { evaluation: { samplesPerPrompt: 1 } })],
    ["no evaluation", { ...run("x", 7), evaluation: undefined }],
    ["no known seed", { ...run("x", 7), config: { batchSize: 8 } }],
  ])("leaves out a run with %s", (_, other) => {
    const summaries = summarizeSeeds([...three("turn"), other]).summaries;
    expect(summaries.map(({ seeds }) => seeds)).toEqual([[0, 1, 2]]);
  });

  it("does not count options without an effect on the figures", () => {
    const other = run("turn-3", 3, { config: { threads: 4, checkpointInterval: 5, tensorboard: false } });
    expect(summarizeSeeds([...three("turn"), other]).summaries[0]?.seeds).toEqual([0, 1, 2, 3]);
  });

  it("is not computed for copies of a run, and the report says so", () => {
    const copies = [run("a", 1), run("b", 1), run("c", 2)];
    expect(summarizeSeeds(copies)).toEqual({
      summaries: [],
      notes: [expect.stringMatching(/^a, b, c have the same options, and some of them the same seed/)],
    });
    expect(comparisonHtml(copies)).toContain("have no mean over seeds");
  });

  it("says what it assumes of rewards of a program", () => {
    const own = [1, 2].map((seed) =>
      run(`own-${seed}`, seed, { evaluation: { setting: { ...setting, ownReward: true } } }),
    );
    const { summaries, notes } = summarizeSeeds(own);
    expect(summaries).toHaveLength(1);
    expect(notes).toEqual([expect.stringMatching(/assumes that it was the same one/)]);
  });

  it("is unknown when a run does not have the figure", () => {
    const runs = [...three("turn"), run("turn-3", 3, { evaluation: { perplexity: absent } })];
    const [summary] = summarizeSeeds(runs).summaries;
    expect(summary?.perplexity.difference).toEqual({ mean: null, sd: null });
    expect(summary?.length.difference.mean).toBeCloseTo(0.2, 12);
  });

  it.each([
    [["runs-0", "runs-1"], "runs"],
    [["taaco-seed10", "taaco-seed11"], "taaco"],
    [["gpt2_s1", "gpt2_s2"], "gpt2"],
    [["gpt2-1", "gpt2-2"], "gpt2"],
    [["one", "two"], "one, two"],
    [["0", "1"], "0, 1"],
  ])("of %j is called %s", (names, expected) => {
    const runs = names.map((name, seed) => run(name, seed));
    expect(summarizeSeeds(runs).summaries.map(({ name }) => name)).toEqual([expected]);
  });

  it("has few digits when all runs are equal but for rounding", () => {
    expect(spreadText({ mean: 0.0238528, sd: 3e-18 })).toBe("+0.02385 ± 0.00000");
    expect(spreadText({ mean: 0.0238528, sd: 0 })).toBe("+0.024 ± 0.000");
    expect(spreadText({ mean: -0.25, sd: 0.00123 }, false)).toBe("-0.2500 ± 0.0012");
    expect(spreadText({ mean: null, sd: null })).toBe("–");
  });

  it("stands on the page and in the terminal, with two digits of the deviation", () => {
    const runs = three("turn");
    // The square root of 0.0007 is 0.02646.
    expect(comparisonHtml(runs)).toMatch(
      /rowheader">turn <small>seeds 0, 1, 2<\/small><\/th><td role="cell">\+0\.030 ± 0\.026<\/td>/,
    );
    expect(comparisonHtml(runs.slice(0, 1))).not.toContain("Mean over seeds");
    const lines = seedLines(summarizeSeeds(runs).summaries, 80);
    expect(lines.at(-1)).toMatch(/^turn +3 +\+0\.030 ± 0\.026 .* 3\.00 ± 1\.00$/);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(seedLines([], 80)).toEqual([]);
  });
});
