import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { runProgram } from "../../lib/cli/program.ts";
import type { EvaluationRecord } from "../../lib/run/evaluation.ts";
import { calibrate } from "../../lib/setup/calibrate.ts";
import { train } from "../../lib/train/train.ts";
import { type TinyProject, tinyProject, tinyRun } from "../train/fixture.ts";

let project: TinyProject;
let run: string;

beforeAll(async () => {
  project = await tinyProject(30);
  const input = tinyRun(project, "run", {
    steps: 3,
    checkpointInterval: 1,
    evalFraction: 0.3,
    samplesPerStep: 2,
  });
  for await (const _ of train(input));
  run = path.join(project.root, "run");
});

afterAll(() => rmSync(project.root, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** Runs the command line and returns its exit code and output. */
async function command(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const keep = (stream: "out" | "err") => (text: string | Uint8Array) => {
    written[stream] += text;
    return true;
  };
  vi.spyOn(process.stdout, "write").mockImplementation(keep("out"));
  vi.spyOn(process.stderr, "write").mockImplementation(keep("err"));
  const code = await runProgram(args, "0.0.0");
  vi.restoreAllMocks();
  return { code, ...written };
}

const result = <T>(out: string): T => JSON.parse(out.trimEnd().split("\n").at(-1) ?? "") as T;

describe("after training", () => {
  it.each(["--score-preset=turn", "--spaces=elsewhere", "--calibration=a.json", "--child-tokenizer=other"])(
    "refuses an option that names something else than the run has stored: %s",
    async (flag) => {
      const { code, err } = await command("evaluate", "--run", run, flag, "--output", `${run}-other`);
      expect(code).toBe(2);
      const [name] = flag.split("=");
      expect(err).toBe(
        `dialogue-ppo: ${name} is given together with --run, which is evaluated with what the run has stored; ` +
          "leave it out, or compare models with --before and --after\n",
      );
      expect(existsSync(`${run}-other`)).toBe(false);
    },
  );

  it("evaluates a run on the dialogues it held out", async () => {
    const { code, out, err } = await command("evaluate", "--run", run, "--samples-per-prompt", "2", "--json");
    expect(code, err).toBe(0);
    const figures = result<EvaluationRecord & { type: string; report: string }>(out);
    expect(figures).toMatchObject({ type: "result", report: path.join(run, "report.html") });
    expect(figures.dialogues).toBeGreaterThan(2);
    expect(figures.dialogues).toBeLessThan(20);
    const { before, after, difference, low, high } = figures.reward;
    expect(Number(after) - Number(before)).toBeCloseTo(Number(difference), 9);
    expect(Number(low)).toBeLessThanOrEqual(Number(difference));
    expect(Number(high)).toBeGreaterThanOrEqual(Number(difference));
    expect(figures.kl.after).toBeGreaterThan(0);
    expect(figures.perplexity.before).toBeGreaterThan(1);
    expect(figures.indices.lemma_ttr).toMatchObject({
      teacher: expect.any(Number),
      human: expect.any(Number),
    });
    const stored = JSON.parse(readFileSync(path.join(run, "evaluation.json"), "utf8")) as EvaluationRecord;
    expect(stored.reward).toEqual(figures.reward);
    expect(stored.setting).toMatchObject({ after: "step 3" });
    expect(readFileSync(figures.report, "utf8")).toContain("Before and after");
  });

  it("knows dialogues of another file as held out, and as the same for runs of any seed", async () => {
    const turns = (word: string) =>
      `A:: The cat saw a ${word} in the house.\nB:: It was old and ${word} too.\nA:: I like it.`;
    const texts = ["boat", "lamp", "river", "table"].map(turns);
    const evaluated = async (
      name: string,
      order: readonly string[],
      seed: string,
    ): Promise<EvaluationRecord> => {
      const data = path.join(project.root, `${name}.jsonl`);
      const output = path.join(project.root, name);
      writeFileSync(data, order.map((text) => `${JSON.stringify({ text })}\n`).join(""));
      const options = ["--data", data, "--seed", seed, "--samples-per-prompt", "1", "--min-words", "3"];
      const { code, out, err } = await command("evaluate", "--run", run, ...options, "--output", output);
      expect(code, err).toBe(0);
      expect(out).toMatch(/^4 held-out dialogues, 1 turn each/);
      return JSON.parse(readFileSync(path.join(output, "evaluation.json"), "utf8"));
    };
    const first = await evaluated("other-0", texts, "0");
    const second = await evaluated("other-1", texts.toReversed(), "1");
    expect(first.setting?.dialoguesHash).toMatch(/^[0-9a-f]{64}$/);
    expect(second.setting?.dialoguesHash).toBe(first.setting?.dialoguesHash);
    expect(second.setting?.dataHash).not.toBe(first.setting?.dataHash);
  });

  it("finds no difference between a model and itself, whose tokenizer a preset does not replace", async () => {
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    const { child, teacher, data, root } = project;
    const models = ["--before", child, "--after", child, "--teacher", teacher, "--data", data];
    const output = path.join(root, "same");
    const options = [
      "--score-preset",
      "original",
      "--max-new-tokens",
      "8",
      "--output",
      output,
      "--samples-per-prompt",
      "1",
    ];
    const { code, out, err } = await command(
      "evaluate",
      ...models,
      ...options,
      "--eval-fraction",
      "0.3",
      "--preset",
      "switchboard",
      "--json",
    );
    vi.unstubAllEnvs();
    expect(code, err).toBe(0);
    const { reward, kl, perplexity, length } = result<EvaluationRecord>(out);
    for (const { difference, low, high } of [reward, perplexity, length]) {
      expect([difference, low, high]).toEqual([0, 0, 0]);
    }
    expect(kl.after).toBe(0);
    expect(existsSync(path.join(output, "report.html"))).toBe(true);
  });

  it("prints a table for the selected checkpoint", async () => {
    const { code, out, err } = await command(
      "evaluate",
      "--run",
      run,
      "--checkpoint",
      "1",
      "--samples-per-prompt",
      "1",
      "--output",
      path.join(project.root, "first"),
    );
    expect(code, err).toBe(0);
    expect(out).toMatch(/^11 dialogues of \S+dialogues\.csv,\s+1 turn each/);
    expect(out).toMatch(/^reward +-?[\d.]+ +-?[\d.]+ /m);
  });

  it("rejects invalid options of evaluate", async () => {
    const nothing = await command("evaluate", "--json");
    expect(nothing).toMatchObject({ code: 2 });
    expect(result(nothing.out)).toMatchObject({ type: "error", code: "ERR_CONFIG" });
    expect((await command("evaluate", "--run", run, "--checkpoint", "9")).err).toMatch(
      /no checkpoint of step 9; it has steps 1, 2, 3/,
    );
    expect((await command("evaluate", "--run", project.root)).code).toBe(2);
    expect((await command("evaluate", "--run", run, "--samples-per-prompt", "0")).err).toMatch(
      /at least 1, got "0"/,
    );
  });

  it("reports a run", async () => {
    const output = path.join(project.root, "page.html");
    const { code, out, err } = await command("report", run, "--output", output, "--json");
    expect(code, err).toBe(0);
    expect(result(out)).toMatchObject({ output, steps: 3 });
    const page = readFileSync(output, "utf8");
    expect(page.match(/<figure class="chart">/g)?.length).toBeGreaterThan(8);
    expect(page.match(/<article class="sample">/g)?.length).toBeGreaterThanOrEqual(6);
    const none = await command("report", project.root);
    expect(none).toMatchObject({ code: 2 });
    expect(none.err).toMatch(/holds no run; expected the --output-dir of a training run/);
  });

  it("generates and streams the same turn for the same seed, with the trained child and the teacher", async () => {
    const prompt = [
      "generate",
      "--run",
      run,
      "--prompt",
      "A:: the dog ran\\nB:: it was cold",
      "--max-new-tokens",
      "12",
    ];
    const first = await command(...prompt, "--seed", "7", "--with-teacher", "--json");
    expect(first.code, first.err).toBe(0);
    const answer = result<{ text: string; speaker: string; teacher: string }>(first.out);
    expect(answer).toMatchObject({
      type: "result",
      speaker: "A",
      text: expect.any(String),
      teacher: expect.any(String),
    });
    const plain = await command(...prompt, "--seed", "7");
    expect(plain.out).toBe(`A:: ${answer.text}\n`);
    expect(plain.err).toContain(`child: step 3 of ${run}`);
    const both = await command(...prompt, "--seed", "7", "--with-teacher");
    expect(both.out).toBe(`A:: ${answer.text}\nA (teacher):: ${answer.teacher}\n`);
    const other = await command(...prompt, "--seed", "8");
    expect(other.out).not.toBe(plain.out);
    expect((await command("generate", "--run", run, "--prompt", "  ")).err).toMatch(/nothing to continue/);
  });

  it("takes the tokenizer beside the trained child, and that of a flag from the hub", async () => {
    const prompt = ["generate", "--run", run, "--prompt", "A:: the dog ran", "--max-new-tokens", "4"];
    const plain = await command(...prompt);
    vi.stubEnv("DIALOGUE_PPO_CHILD_TOKENIZER", "nobody/nothing");
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    try {
      expect(await command(...prompt)).toMatchObject({ code: 0, out: plain.out });
      const flagged = await command(...prompt, "--child-tokenizer", "nobody/other");
      expect(flagged).toMatchObject({ code: 2, out: "" });
      expect(flagged.err).toContain("nobody/other is not in the cache");
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("prints a note when generate has to guess the next speaker", async () => {
    const short = ["--max-new-tokens", "4"];
    const alone = await command("generate", "--run", run, "--prompt", "Anna:: hi", ...short);
    expect(alone.err).toMatch(/only Anna has spoken: the next speaker is taken to be A; .* --speaker/);
    expect(alone.out).toMatch(/^A:: /);
    const named = await command(
      "generate",
      "--run",
      run,
      "--prompt",
      "Anna:: hi",
      "--speaker",
      "Ben",
      ...short,
    );
    expect(named.out).toMatch(/^Ben:: /);
    expect(named.err).not.toContain("taken to be");
    const both = ["--prompt", "Anna:: hi\\nBen:: hello", ...short];
    expect((await command("generate", "--run", run, ...both)).out).toMatch(/^Anna:: /);
  });

  it("rejects generate with both a run and a child, and with a checkpoint but no run", async () => {
    const both = await command("generate", "--run", run, "--child", project.child, "--prompt", "A:: hi");
    expect(both).toMatchObject({ code: 2, out: "" });
    expect(both.err).toMatch(/--run and --child are both given/);
    expect((await command("generate", "--checkpoint", "2", "--prompt", "A:: hi")).err).toMatch(
      /--checkpoint 2: expected with --run/,
    );
  });

  it.each([
    ["a calibration of its own", "own"],
    ["a preset of raw values", "original"],
  ])("with %s, does not claim that scores are calibrated on the starter dialogues", async (name, preset) => {
    const { child, teacher, root } = project;
    const data = path.join(root, "unknown.jsonl");
    const text = "A:: The cat saw a boat in the house.\nB:: It was old and small too.\nA:: I like it.";
    writeFileSync(data, `${JSON.stringify({ text })}\n`);
    const own = path.join(root, "own-preset.json");
    const terms = [{ index: "pronoun_density", weight: 1 }];
    const content = { format: "dialogue-ppo score preset", version: 1, name: "own", scope: "text", terms };
    writeFileSync(own, JSON.stringify(content));
    const calibration = path.join(root, "own-calibration.json");
    await calibrate({ data: project.data, minWords: 3, scorePreset: own, output: calibration });
    const scoring = preset === "own" ? [own, "--calibration", calibration] : [preset];
    const models = ["--before", child, "--after", child, "--teacher", teacher, "--data", data];
    const options = ["--max-new-tokens", "8", "--samples-per-prompt", "1", "--min-words", "3"];
    const output = path.join(root, name);
    const { code, err } = await command(
      ...["evaluate", ...models, ...options, "--score-preset", ...scoring, "--output", output],
    );
    expect(code, err).toBe(0);
    expect(err).toMatch(/evaluating on all of it, 1 dialogue/);
    expect(err).not.toMatch(/starter dialogues/);
  });

  it("does not overwrite the evaluation of other models", async () => {
    const output = path.join(project.root, "kept");
    mkdirSync(output);
    const earlier = JSON.parse(readFileSync(path.join(project.root, "first", "evaluation.json"), "utf8"));
    const { sha256: _, ...record } = earlier;
    const kept = JSON.stringify({ ...record, setting: { before: "one", after: "two" } });
    writeFileSync(path.join(output, "evaluation.json"), kept);
    const { child, data } = project;
    const models = ["--before", child, "--after", child, "--data", data];
    const { code, err } = await command("evaluate", ...models, "--output", output);
    expect(code).toBe(2);
    expect(err).toMatch(/kept\/evaluation\.json is the evaluation of one and two; expected another --output/);
    expect(readFileSync(path.join(output, "evaluation.json"), "utf8")).toBe(kept);
  });
});
