import { describe, expect, it } from "vitest";
import { exampleText } from "../../lib/cli/example-text.ts";
import { canonicalFlags } from "../../lib/cli/options.ts";
import { infoText } from "../../lib/cli/spaces/info-text.ts";
import { suggestOption } from "../../lib/nearest-name.ts";
import { COMMANDS } from "../../lib/options/commands.ts";
import { resolveConfig } from "../../lib/options/resolve.ts";
import { flagName } from "../../lib/options/spelling.ts";
import { runCli } from "./run-cli.ts";

describe("wrong usage", () => {
  for (const [args, message] of [
    [["train", "--lr", "3"], /^dialogue-ppo: unknown option --lr; did you mean --learning-rate\?$/],
    [["train", "--max-steps", "3"], /did you mean --steps\?$/],
    [["trian"], /^dialogue-ppo: unknown command; did you mean train\?$/],
    [["xyz"], /^dialogue-ppo: unknown command xyz; see dialogue-ppo --help$/],
    [["spaces", "info"], /^dialogue-ppo: an argument is missing; see dialogue-ppo spaces info --help$/],
    [["spaces"], /^dialogue-ppo: an argument is missing; see dialogue-ppo spaces --help$/],
    [[], /a command is missing/],
    [["steps", "--json=maybe"], /^dialogue-ppo: --json: expected true or false, got "maybe"$/],
    [["train", "--use_score_scaling=1"], /--use-score-scaling: expected true or false, got "1"$/],
    [["pretrain", "--bf16=yes"], /--bf16: expected true or false, got "yes"$/],
    [["train", "--resume", "x", "--resume", "y"], /--resume: expected it once, got it 2 times$/],
    [
      ["train", "--resume", ""],
      /--resume: expected the folder of a run, got ""; for the run in the output folder/,
    ],
    [["pretrain", "--resume=", "--output", "x"], /--resume: expected the folder of a run, got ""/],
    [["steps", "--config", "a", "--config", "b"], /--config: expected it once, got it 2 times$/],
    [
      ["train", "--", "--steps", "5"],
      /unexpected "--steps 5" after "--"; expected options and files without it/,
    ],
    [["score", "a.txt", "--", "b.txt"], /unexpected "b\.txt" after "--"/],
    [["steps", "dialogues.csv"], /did you mean --data dialogues\.csv\?$/],
    [
      ["completion", "tcsh"],
      /tcsh has no completion; expected completion bash, completion zsh, completion fish$/,
    ],
  ] as const) {
    it(`is named in one line: ${args.join(" ") || "(nothing)"}`, async () => {
      const { code, stderr } = await runCli(...args);
      expect(code).toBe(2);
      expect(stderr.trimEnd()).toMatch(message);
    });
  }

  it("names the environment variable and the file of a wrong value", () => {
    expect(() => resolveConfig({ env: { DIALOGUE_PPO_BATCH_SIZE: "x" } })).toThrow(
      'DIALOGUE_PPO_BATCH_SIZE: expected a whole number of at least 1, got "x"',
    );
    expect(() => resolveConfig({ file: { batchSize: 0 }, fileName: "my.yaml" })).toThrow(
      "my.yaml: batchSize: expected a whole number of at least 1, got 0",
    );
    expect(() => resolveConfig({ file: { lr: 1 }, fileName: "my.yaml" })).toThrow(
      "my.yaml: unknown option lr; did you mean learningRate?",
    );
  });

  it("suggests no word of two letters for another", () => {
    expect(suggestOption("xy", ["lam", "target"])).toBeUndefined();
    expect(suggestOption("la", ["lam", "target"])).toBe("lam");
    expect(suggestOption("kl-coef", ["init-kl-coef", "vf-coef"])).toBe("init-kl-coef");
  });
});

it("a switch takes Python's spelling of true and false", () => {
  expect(canonicalFlags(["train", "--use_score_scaling=True", "--json=FALSE", "--data=True"])).toEqual([
    "train",
    "--use-score-scaling=true",
    "--json=false",
    "--data=True",
  ]);
});

describe("the folder of a run", () => {
  it("has one option, which may be spelt --run or --output-dir", () => {
    expect(canonicalFlags(["train", "--run", "a"])).toEqual(["train", "--output-dir", "a"]);
    expect(canonicalFlags(["check", "--run=a"])).toEqual(["check", "--output-dir=a"]);
    for (const old of ["--output-dir", "--output_dir", "--save_dir"])
      expect(canonicalFlags(["evaluate", old, "a"])).toEqual(["evaluate", "--run", "a"]);
    for (const command of ["check", "train"])
      expect(canonicalFlags([command, "--save_dir", "a"])).toEqual([command, "--output-dir", "a"]);
    for (const command of ["generate", "report"])
      expect(canonicalFlags([command, "--output-dir=a"])).toEqual([command, "--run=a"]);
    expect(canonicalFlags(["score", "--output", "--run"])).toEqual(["score", "--output", "--run"]);
  });
});

describe("a flag before the command", () => {
  it("does not hide how the command spells the folder of a run", async () => {
    expect(canonicalFlags(["--json", "train", "--run", "a"])).toEqual([
      "--json",
      "train",
      "--output-dir",
      "a",
    ]);
    expect(canonicalFlags(["--json", "report", "--save_dir", "a"])).toEqual([
      "--json",
      "report",
      "--run",
      "a",
    ]);
    const { code, last } = await runCli("--json", "report", "--output-dir", "no-such-run");
    expect(code).toBe(2);
    expect(last).toMatchObject({ type: "error", message: expect.stringContaining("no-such-run") });
  });
});

describe("the examples of the help", () => {
  it("can be copied: each command is whole, and one that is too wide goes on after a backslash", () => {
    const train = exampleText(
      [
        ["train", "a run"],
        ["train --data my.csv --child my-child", "another"],
      ],
      40,
    );
    expect(train).toBe(
      "Examples:\n  dialogue-ppo train\n      a run\n" +
        "  dialogue-ppo train --data my.csv \\\n    --child my-child\n      another\n",
    );
    for (const { examples } of Object.values(COMMANDS)) {
      const text = exampleText(examples, 80);
      expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
      const joined = text.replaceAll(/ \\\n +/g, " ").split("\n");
      for (const [command] of examples) expect(joined).toContain(`  dialogue-ppo ${command}`);
    }
  });

  for (const [name, { run, own, examples }] of Object.entries(COMMANDS)) {
    it(`of ${name} have options that the command knows`, () => {
      expect(examples.length).toBeGreaterThan(0);
      const known = [...run, ...Object.keys(own)].map((option) => flagName(option));
      for (const [command] of examples) {
        expect(command.startsWith(name)).toBe(true);
        const flags = command.match(/--[a-z-]+/g) ?? [];
        expect(flags.filter((flag) => !known.includes(flag))).toEqual([]);
      }
    });
  }
});

describe("spaces info", () => {
  it("counts the topics without a word in one line", () => {
    const space = { kind: "lda", dimensions: 4, words: 3 } as const;
    const text = (topics: readonly (readonly string[])[]): string =>
      infoText({ output: "x", origin: {}, spaces: [{ ...space, topics }] });
    expect(text([["dog", "cat"], [], ["boat"], []])).toBe(
      "lda: 3 words, 4 topics\n  topic 1: dog cat\n  topic 3: boat\n  2 topics of 4 have no word: learn fewer with --topics",
    );
    expect(text([["dog"], ["cat"]])).not.toContain("no word");
  });
});
