import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type TinyProject, tinyProject } from "../train/fixture.ts";
import { runCli } from "./run-cli.ts";

let project: TinyProject;
let output: string;

beforeAll(async () => {
  project = await tinyProject();
  output = path.join(project.root, "run");
});

function file(name: string, text: string): string {
  const target = path.join(project.root, name);
  writeFileSync(target, text);
  return target;
}

/** Runs `train` on the tiny project with some options replaced. */
function train(changes: Record<string, string> = {}): Promise<Awaited<ReturnType<typeof runCli>>> {
  const options: Record<string, string> = {
    child: project.child,
    teacher: project.teacher,
    data: project.data,
    "output-dir": output,
    "score-preset": "original",
    "batch-size": "2",
    steps: "1",
    ...changes,
  };
  return runCli("train", ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]));
}

/** Expects exit code 2, one error line that matches, an empty stdout and no output folder. */
async function expectRefusal(changes: Record<string, string>, message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await train(changes);
  const errors = stderr.split("\n").filter((line) => line.startsWith("dialogue-ppo: "));
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(message);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(existsSync(output)).toBe(false);
}

describe("train rejects", () => {
  it("a missing file", () => expectRefusal({ data: "nowhere.csv" }, /nowhere\.csv: no such file/));

  it("a missing column, and lists the existing ones", () =>
    expectRefusal(
      { data: file("c.csv", "id,words\n1,hello\n") },
      /no column "text"; its columns are id, words/,
    ));

  it("an empty file", () => expectRefusal({ data: file("e.csv", "") }, /e\.csv: it is empty/));

  it("a file without any usable row", () =>
    expectRefusal(
      { data: file("s.csv", "text\nA:: too short\n") },
      /none of its rows is left, of 1: 1 with fewer than 20/,
    ));

  it("fewer dialogues than a batch", () =>
    expectRefusal({ "batch-size": "64" }, /24 dialogues.*batch of 64/));

  it("a folder without a model", () =>
    expectRefusal({ child: project.root }, /is no model folder: it has no config\.json/));

  it("a run folder instead of a model, and names the child in it", () => {
    const child = path.join(project.root, "old-run", "checkpoint-step-7", "child_model");
    mkdirSync(child, { recursive: true });
    writeFileSync(path.join(child, "../training_info.json"), "{}");
    writeFileSync(path.join(child, "../../config.json"), "{}");
    return expectRefusal(
      { child: path.join(project.root, "old-run") },
      /is a folder of a run, not a model; its child is .*old-run\/checkpoint-step-7\/child_model$/,
    );
  });

  it("a model that does not exist", () => expectRefusal({ child: "no/such/model" }, /no such folder/));

  it("a tokenizer that does not belong to the model", () =>
    expectRefusal({ "child-tokenizer": project.teacher }, /child: tokenizer and model disagree/));

  it("a turn length that leaves no space for a prompt", () =>
    expectRefusal({ "max-new-tokens": "1024" }, /leaves no room for a prompt/));

  it("a prompt whose last turn does not fit", () =>
    expectRefusal({ "max-new-tokens": "1020" }, /not even its last turn fits/));

  it("a prompt that is too long, with --long-prompts error", () =>
    expectRefusal({ "max-new-tokens": "960", "long-prompts": "error" }, /its prompt has \d+ tokens, 64 fit/));

  it("an unknown option, and suggests the correct name", () =>
    expectRefusal({ "batch-sise": "3" }, /unknown option --batch-sise; did you mean --batch-size\?/));

  it("a data file without --data", async () => {
    const { code, stderr } = await runCli("train", "dialogues.csv");
    expect(stderr).toBe(
      "dialogue-ppo: unexpected argument dialogues.csv; did you mean --data dialogues.csv?\n",
    );
    expect(code).toBe(2);
  });

  it("dialogues whose labels have one colon, after a warning", async () => {
    const row = `"A: ${"word ".repeat(12)}\nB: ${"word ".repeat(12)}"\n`;
    const data = file("colon.csv", `text\n${row.repeat(4)}`);
    await expectRefusal({ data }, /no dialogue has two turns; expected each turn on a line/);
    const { stderr } = await train({ data });
    expect(stderr).toMatch(/warning: .*colon\.csv: 8 lines have one colon .* expected "A::"/);
  });

  it("a run to resume that does not exist", () =>
    expectRefusal({ resume: "nowhere" }, /nowhere does not exist; expected a run folder/));

  it("an output folder with a part of a checkpoint, and keeps it", async () => {
    const folder = path.join(project.root, "part");
    const weights = path.join(folder, "checkpoint-step-1", "child_model", "model.safetensors");
    mkdirSync(path.dirname(weights), { recursive: true });
    writeFileSync(weights, "precious");
    const { code, stderr } = await train({ "output-dir": folder });
    expect(stderr).toMatch(/part holds no run, but a checkpoint-step-1 that a run would write over/);
    expect(code).toBe(2);
    expect(readFileSync(weights, "utf8")).toBe("precious");
  });

  it("an output folder with foreign files that a run would overwrite, and keeps them", async () => {
    const folder = path.join(project.root, "mine");
    mkdirSync(folder);
    writeFileSync(path.join(folder, "samples.jsonl"), "precious");
    const { code, stderr } = await train({ "output-dir": folder });
    expect(stderr).toMatch(/mine holds no run, but a samples\.jsonl that a run would write over/);
    expect(code).toBe(2);
    expect(readdirSync(folder)).toEqual(["samples.jsonl"]);
    expect(readFileSync(path.join(folder, "samples.jsonl"), "utf8")).toBe("precious");
  });

  it("a value out of range", () =>
    expectRefusal({ "learning-rate": "-1" }, /--learning-rate: expected a number above 0/));

  it("a device that does not exist", () => expectRefusal({ device: "cuda:99" }, /cuda:99.*is not there/));

  it("an output folder that cannot be created", async () => {
    const target = path.join(file("plain.txt", "text"), "run");
    const { code, stderr } = await train({ "output-dir": target });
    expect(code).toBe(2);
    expect(stderr).toMatch(/plain\.txt/);
  });

  it.skipIf(process.getuid?.() === 0)("an output folder without write permission", async () => {
    const locked = path.join(project.root, "locked");
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    const { code, stderr } = await train({ "output-dir": path.join(locked, "run") });
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot be written/);
  });
});

describe("steps", () => {
  it("warns about invalid labels and about too few dialogues for a batch", async () => {
    const row = `"A:: ${"word ".repeat(12)}\nDr. Smith:: ${"word ".repeat(12)}"\n`;
    const data = file("doctor.csv", `text\n${row.repeat(3)}`);
    const { code, stdout, stderr } = await runCli("steps", "--data", data);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^dialogues +3$/m);
    expect(stderr).toMatch(/warning: .*3 lines have "::" after what is no label/);
    expect(stderr).toMatch(
      /^dialogue-ppo: train refuses: .*leaves 3 dialogues for training; expected at least a batch of 8/m,
    );
    expect(stderr.match(/^dialogue-ppo: /gm)).toHaveLength(1);
    const { code: jsonCode, last } = await runCli("steps", "--json", "--data", data);
    expect(jsonCode).toBe(2);
    expect(last?.warnings).toHaveLength(1);
    expect(last?.refusals).toHaveLength(2);
  });

  const words = "word ".repeat(12).trim();
  const two = `"A:: ${words}\nB:: ${words}"`;
  /** Runs `steps` on rows of a column text, with a batch of 1. */
  const steps = (rows: readonly string[], ...options: string[]) =>
    runCli(
      "steps",
      ...["--json", ...(options.includes("--batch-size") ? [] : ["--batch-size", "1"]), ...options],
      ...["--data", file("foretold.csv", `text\n${rows.join("\n")}\n`)],
    );

  it("names the rows that are left out and the dialogues with too few turns", async () => {
    const { code, last } = await steps([
      two,
      '"A:: short"',
      `"A:: ${words} ${words}"`,
      '""',
      two,
      '"B:: short"',
    ]);
    expect(code).toBe(0);
    expect(last).toMatchObject({
      dialogues: 3,
      prompts: 2,
      totalSteps: 2,
      tooFewTurns: 1,
      dropped: { "fewer than 20 words": 2, "no text": 1 },
      droppedRows: { "fewer than 20 words": [2, 6], "no text": [4] },
      warnings: [expect.stringMatching(/^1 dialogue without two turns, which train leaves out, such as 3$/)],
      refusals: [],
    });
  });

  it("counts prompts that are too long for the child as train does", async () => {
    const long = `"${Array.from({ length: 20 }, (_, turn) => `${turn % 2 ? "B" : "A"}:: ${words}`).join("\n")}"`;
    const options = ["--child", project.child, "--max-new-tokens", "900"];
    const truncated = await steps([two, long], ...options);
    expect(truncated.last).toMatchObject({ prompts: 2, longPrompts: { truncated: 1, skipped: 0 } });
    const skipped = await steps([two, long], ...options, "--long-prompts", "skip");
    expect(skipped.last).toMatchObject({ prompts: 1, longPrompts: { truncated: 0, skipped: 1 } });
    const refused = await steps([two, long], ...options, "--long-prompts", "error");
    expect(refused.last).toMatchObject({
      refusals: [expect.stringMatching(/^dialogue 2: its prompt has \d+ tokens, 124 fit/)],
    });
    const { stderr } = await train({
      data: file("foretold.csv", `text\n${two}\n${long}\n`),
      "max-new-tokens": "900",
      "long-prompts": "error",
    });
    expect(stderr).toContain(`dialogue-ppo: ${(refused.last as { refusals: string[] }).refusals[0]}`);
  });

  it("says that lengths are not known for a child that is not on this machine", async () => {
    const { last } = await steps([two], "--child", "owner/name");
    expect(last).toMatchObject({ longPrompts: null, warnings: [expect.stringMatching(/check does it$/)] });
  });

  it("foretells prompts that are fewer than a batch, and a part held out that is empty", async () => {
    const one = `"A:: ${words} ${words}"`;
    const { last } = await steps([two, one, one], "--batch-size", "2", "--eval-fraction", "0.001");
    expect(last).toMatchObject({
      refusals: [
        expect.stringMatching(
          /leaves 1 prompt for training; expected at least a batch of 2 \(--batch-size\)$/,
        ),
      ],
    });
    expect(last?.warnings).toContainEqual(
      expect.stringMatching(/^--eval-fraction 0\.001 holds out no dialogue/),
    );
    await expectRefusal(
      { data: file("foretold.csv", `text\n${[two, one, one].join("\n")}\n`) },
      /leaves 1 prompt for training; expected at least a batch of 2/,
    );
  });
});

describe("a file in place of a folder, and a folder in place of a file", () => {
  const plain = (): string => file("plain.txt", "A:: one two three.");
  it.each<[string, () => string[], RegExp]>([
    ["report", () => [plain()], /plain\.txt: it is a file; expected a folder/],
    ["evaluate", () => ["--run", plain()], /plain\.txt is a file; expected a run folder/],
    ["train", () => ["--resume", plain()], /plain\.txt is a file; expected a run folder/],
    ["train", () => ["--config", project.root], /it is a folder; expected a JSON or YAML file of options/],
    [
      "train",
      () => ["--data", project.root, "--output-dir", output],
      /it is a folder; name one of its files: .*c\.csv/,
    ],
    ["pretrain", () => ["--data", project.root, "--output", output], /it is a folder; name one of its files/],
    ["generate", () => ["--file", project.root], /it is a folder; expected a text file/],
    [
      "score",
      () => [plain(), "--calibration", project.root],
      /it is a folder; expected a file of the command/,
    ],
  ])("%s says so in our own words", async (command, args, message) => {
    const { code, stderr } = await runCli(command, ...args());
    const last = stderr.trim().split("\n").at(-1);
    expect(code).toBe(2);
    expect(last).toMatch(message);
    expect(last).not.toMatch(/\bE[A-Z]{4,}\b|illegal operation|not a directory/);
    expect(existsSync(output)).toBe(false);
  });
});

describe("errors with --json", () => {
  it("end stdout with an object that has the error code", async () => {
    const { code, last } = await runCli("steps", "--json", "--data", "nowhere.csv");
    expect(code).toBe(2);
    expect(last).toMatchObject({ type: "error", code: "ERR_DATA" });
  });
});

describe("original spellings", () => {
  it("accept --data_path and --batch_size for --data and --batch-size", async () => {
    const { code, last } = await runCli("steps", "--json", "--data_path", project.data, "--batch_size=5");
    expect(code).toBe(0);
    expect(last).toMatchObject({ type: "result", dialogues: 24, stepsPerEpoch: 4, totalSteps: 4 });
  });
});
