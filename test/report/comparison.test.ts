import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { comparisonHtml, comparisonWarnings } from "../../lib/report/comparison.ts";
import { comparisonLines } from "../../lib/report/comparison-lines.ts";
import type { RunRecord } from "../../lib/report/record.ts";
import { report } from "../../lib/report/report.ts";
import { writeEvaluation } from "../../lib/run/evaluation-file.ts";
import { absent, compared, constructed } from "./constructed.ts";
import { exampleRun } from "./example-run.ts";

const setting = {
  data: "d.csv",
  dataHash: "x",
  heldOut: "9 of 90",
  seed: 0,
  scorePreset: "taaco",
  teacher: "t",
};
const run = (name: string, changes: Partial<RunRecord> = {}): RunRecord => ({
  ...exampleRun(30),
  name,
  evaluation: constructed({ setting }),
  ...changes,
});

describe("the comparison of runs", () => {
  it("has a row with the result of each run and of each option in which they differ", () => {
    const slow = run("slow", { config: { batchSize: 8, learningRate: 1e-5, outputDir: "slow" } });
    const fast = run("fast", {
      config: { batchSize: 8, learningRate: 3e-5, outputDir: "fast" },
      evaluation: constructed({ setting, reward: compared(-0.1, 0.3, 0.05) }),
    });
    const html = comparisonHtml([slow, fast]);
    expect(html).toContain("<h1>Comparison of 2 runs</h1>");
    expect(html).toMatch(
      /rowheader">fast<\/th><td role="cell">30<\/td><td role="cell" class="good">\+0\.40 <small>\+0\.35 to \+0\.45/,
    );
    expect(html).toMatch(
      />--learning-rate <small>[^<]+<\/small><\/th><td role="cell">0\.00001<\/td><td role="cell">0\.00003</,
    );
    expect(html).not.toMatch(/>--(batch-size|output-dir) /);
    expect(html.match(/<figure class="chart">/g)).toHaveLength(21);
    expect(html).toMatch(/<h3>Losses: policy<\/h3>/);
    expect(html).not.toContain('class="warning"');
  });

  it("has a few hundred points for runs of any length, at the same steps in all of them", () => {
    const long = (name: string, count: number): RunRecord =>
      run(name, {
        steps: Array.from({ length: count }, (_, at) => ({
          step: at + 1,
          time: "2026-01-01T00:00:00.000Z",
          stats: { "env/reward_mean": at < count / 2 ? 1 : 3 },
        })),
      });
    const html = comparisonHtml([long("a", 60_000), long("b", 31_000), ...Array(4).fill(long("c", 60_000))]);
    const lines = html.match(/d="M[^"]+"/g) ?? [];
    expect(lines.length).toBeGreaterThan(0);
    // A gap would begin a new sub-path.
    for (const line of lines) expect(line.match(/M/g)).toHaveLength(1);
    expect(Math.max(...lines.map((line) => line.split("L").length))).toBe(600);
    expect(html.length).toBeLessThan(2e6);
  });

  it("has the curves of six runs, and says how many it leaves out", () => {
    const runs = Array.from({ length: 9 }, (_, at) => run(`run-${at}`));
    const html = comparisonHtml(runs);
    expect(html).toContain("The charts show the first 6 runs. To see the curves of the other 3 runs,");
    const [chart = ""] = html.match(/<figure class="chart">.*?<\/figure>/s) ?? [];
    expect(chart.match(/<li>/g)).toHaveLength(6);
    expect(comparisonHtml(runs.slice(0, 7))).toContain("the curves of the other run,");
    expect(comparisonHtml(runs.slice(0, 6))).not.toContain("The charts show the first");
  });

  it("says what keeps results from being compared", () => {
    expect(comparisonWarnings([run("a"), run("b")])).toEqual([]);
    const other = (changes: object) =>
      comparisonWarnings([
        run("a"),
        run("b", { evaluation: constructed({ setting: { ...setting, ...changes } }) }),
      ]);
    expect(other({ dataHash: "y" })).toEqual([expect.stringMatching(/different dialogues/)]);
    expect(other({ heldOut: "8 of 90" })).toHaveLength(1);
    expect(other({ teacher: "u" })).toEqual([expect.stringMatching(/different settings or teachers/)]);
    expect(comparisonWarnings([run("a"), run("b", { evaluation: undefined })])).toEqual([
      expect.stringMatching(/^Not evaluated .*: b\./),
    ]);
  });

  it("knows the same dialogues whatever file and seed they are taken with", () => {
    const evaluatedOn = (...settings: object[]) =>
      comparisonWarnings(
        settings.map((changes, at) =>
          run(`run-${at}`, { evaluation: constructed({ setting: { ...setting, ...changes } }) }),
        ),
      );
    expect(
      evaluatedOn(
        { dialoguesHash: "h", seed: 0, data: "a.csv" },
        { dialoguesHash: "h", seed: 1, data: "b.csv" },
      ),
    ).toEqual([]);
    const different = [expect.stringMatching(/different dialogues/)];
    expect(evaluatedOn({ dialoguesHash: "h" }, { dialoguesHash: "i" })).toEqual(different);
    // An evaluation of an older version does not have the hash.
    expect(evaluatedOn({ dialoguesHash: "h", seed: 0 }, { seed: 1 })).toEqual(different);
  });

  it("prints a table of at most 80 columns", () => {
    const names = ["short", "checkpoints_dialogue_ppo_with_a_long_name"];
    const unknown = constructed({ reward: absent, perplexity: absent });
    const runs = [
      ...names.map((name) => run(name)),
      run("x", { evaluation: unknown }),
      run("y", { evaluation: undefined }),
    ];
    const lines = comparisonLines(runs, 80);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const row = lines.find((line) => line.startsWith("short"));
    expect(row).toMatch(/^short +30 +\+0\.11\* +\+0\.11\.\.\+0\.11 +30\.0->30\.2 +11\.0->11\.2 +2\.00$/);
    expect(lines.at(-1)).toMatch(/^y +30 +– +–/);
    expect(lines.join("\n")).not.toContain("NaN");
  });

  it("shows two decimals of a small perplexity", () => {
    const small = constructed({ setting, perplexity: compared(1.426, 1.393) });
    const runs = [run("small", { evaluation: small }), run("other")];
    expect(comparisonLines(runs, 80).find((line) => line.startsWith("small"))).toContain(" 1.43->1.39 ");
    expect(comparisonHtml(runs)).toContain("1.43 → 1.39");
  });
});

describe("report", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "comparison-"));
    for (const [name, parent] of [
      ["run", "a"],
      ["run", "b"],
      ["other", "."],
    ] as const) {
      const root = path.join(folder, parent, name);
      mkdirSync(root, { recursive: true });
      writeFileSync(path.join(root, "config.json"), "{}");
      const lines = exampleRun(20).steps.map((step) =>
        JSON.stringify({ ...step, time: "2026-11-26T07:10:00.000Z" }),
      );
      writeFileSync(path.join(root, "training_log.jsonl"), `${lines.join("\n")}\n`);
    }
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("compares several runs and tells runs of the same name apart", () => {
    const runs = ["a/run", "b/run", "other"].map((name) => path.join(folder, name));
    const output = path.join(folder, "page.html");
    const result = report({ run: runs, output });
    expect(result).toMatchObject({ output, steps: 60 });
    expect(result.runs.map(({ name }) => name)).toEqual([runs[0], runs[1], "other"]);
    expect(result.runs[2]?.verdict).toMatch(/^On the training dialogues the reward rose clearly/);
    expect(readFileSync(output, "utf8")).toContain("<h1>Comparison of 3 runs</h1>");
  });

  it("gives a program the figures of each run, and what keeps them from being compared", () => {
    const runs = ["a/run", "b/run", "other"].map((name) => path.join(folder, name));
    const evaluations = [
      constructed({ setting, reward: compared(-0.1, 0.3, 0.05) }),
      constructed({ setting: { ...setting, seed: 1 } }),
    ];
    for (const [at, record] of evaluations.entries()) {
      writeEvaluation(path.join(runs[at] as string, "evaluation.json"), record);
    }
    const result = report({ run: runs, output: path.join(folder, "page.html") });
    expect(result.runs[0]?.evaluation?.reward).toEqual(compared(-0.1, 0.3, 0.05));
    expect(Object.keys(result.runs[1]?.evaluation ?? {})).toHaveLength(7);
    expect(result.runs[2]).not.toHaveProperty("evaluation");
    expect(result.warnings).toEqual([
      "Not evaluated on held-out dialogues: other. Run evaluate for each of them.",
      expect.stringMatching(/different dialogues/),
    ]);
    expect(report({ run: runs[0] }).warnings).toEqual([]);
  });

  it("writes the page of a single run into its folder", () => {
    const root = path.join(folder, "other");
    const result = report({ run: [root] });
    expect(result.output).toBe(path.join(root, "report.html"));
    expect(result.verdict).toBe(result.runs[0]?.verdict);
  });

  it("refuses to replace a file of the run with its page", () => {
    const log = path.join(folder, "other", "training_log.jsonl");
    const before = readFileSync(log);
    expect(() => report({ run: path.join(folder, "other"), output: log })).toThrow(
      /is read and would be replaced/,
    );
    expect(readFileSync(log)).toEqual(before);
  });

  it("refuses a run that is no path", () => {
    expect(() => report({ run: [""] })).toThrow(/run: expected text/);
    expect(() => report({ run: path.join(folder, "none") })).toThrow(/holds no run/);
  });
});
