import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { LanguageModel } from "../../lib/model/language-model.ts";
import type { CheckReport } from "../../lib/train/check.ts";
import { loadShape, shapeOf } from "../dialogue/chat-shapes.ts";
import { type TinyProject, tinyProject } from "../train/fixture.ts";
import { runCli } from "./run-cli.ts";

let project: TinyProject;
let flags: string[];

beforeAll(async () => {
  project = await tinyProject();
  const { child, teacher, data, root } = project;
  const short = ["--batch-size", "2", "--max-new-tokens", "8", "--min-words", "1"];
  flags = [
    "--child",
    child,
    "--teacher",
    teacher,
    "--data",
    data,
    "--output-dir",
    path.join(root, "run"),
    ...short,
  ];
});
afterAll(() => rmSync(project.root, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

/** Runs `check` with another teacher and a new output folder. */
const checkTeacher = (teacher: string, ...args: string[]) => {
  const changed: Record<string, string> = {
    [project.teacher]: teacher,
    [path.join(project.root, "run")]: path.join(project.root, "other-run"),
  };
  const others = flags.map((flag) => changed[flag] ?? flag);
  return runCli("check", "--score-preset", "original", "--threads", "1", ...others, ...args);
};

it("reports the number of threads from --threads", async () => {
  for (const [threads, detail] of [
    ["2", /, 2 threads$/],
    ["1", /, 1 thread$/],
  ] as const) {
    // In a process of its own, because the number is fixed when the first model is loaded.
    const program = path.resolve(import.meta.dirname, "../../dist/cli/main.js");
    const args = ["check", "--score-preset", "original", ...flags, "--threads", threads, "--json"];
    const { stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
      encoding: "utf8",
      timeout: 60_000,
    });
    const last: unknown = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
    expect(last, stderr).toMatchObject({ type: "result" });
    const { checks } = last as CheckReport;
    expect(checks.find(({ name }) => name === "addon")?.detail).toMatch(detail);
  }
}, 120_000);

it("writes only caches, which train then uses", async () => {
  vi.stubEnv("XDG_CACHE_HOME", path.join(project.root, "cache"));
  const before = readdirSync(project.root);
  const { code, stdout } = await runCli("check", "--threads", "1", ...flags);
  expect(code, stdout).toBe(0);
  expect(readdirSync(project.root).toSorted()).toEqual([...before, "cache"].toSorted());
  const { code: trainCode, stderr } = await runCli("train", "--threads", "1", "--steps", "1", ...flags);
  expect(trainCode, stderr).toBe(0);
  expect(stderr).toMatch(/^semantic spaces .*learned from the same dialogues before$/m);
  expect(stderr).toMatch(/^calibration: measured on the same dialogues before$/m);
  expect(stderr).not.toMatch(/^(learning|measuring)/m);
  expect(existsSync(path.join(project.root, "run", "checkpoint-step-1"))).toBe(true);
});

describe("the teacher's prompt", () => {
  /** Makes a teacher with a chat form and `more` embeddings than its tokenizer has ids. */
  async function chatTeacher(changes: Record<string, unknown>, more: number): Promise<string> {
    const tokenizer = await loadShape(shapeOf("smollm2"), changes);
    const config = {
      model_type: "llama",
      vocab_size: tokenizer.vocabSize + more,
      hidden_size: 8,
      intermediate_size: 8,
      num_hidden_layers: 1,
      num_attention_heads: 1,
      num_key_value_heads: 1,
      max_position_embeddings: 2048,
      bos_token_id: tokenizer.tokenToId("<|im_start|>"),
      eos_token_id: tokenizer.tokenToId("<|endoftext|>"),
    };
    const model = await LanguageModel.create(JSON.stringify(config));
    await model.save(tokenizer.directory);
    await model.dispose();
    return tokenizer.directory;
  }

  it("is shown in the teacher's chat form, with its tokens and markers, in text and as JSON", async () => {
    const teacher = await chatTeacher({}, 61);
    const { stdout, code } = await checkTeacher(teacher);
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(
      /teacher's prompt chat_template of \S+; \d+ tokens; markers that are one token: <\|im_start\|> \d+, <\|im_end\|> \d+\n {4}\| <\|im_start\|>system\n/,
    );
    expect(stdout).toMatch(/\| <\|im_start\|>user\n {4}\| Partial dialogue:\n {4}\| A:: \w+/);
    expect(stdout).toMatch(
      /teacher's ids +333 ids in 394 embeddings; the other 61 have no token and are never drawn; ends at/,
    );
    expect(stdout).toMatch(/; ends turns also at \d+ \("<\|im_end\|>"\)/);
    const { last } = await checkTeacher(teacher, "--json");
    const { teacherPrompt } = last as unknown as CheckReport;
    expect(teacherPrompt).toMatchObject({ form: `chat_template of ${teacher}`, joinsSystem: false });
    expect(teacherPrompt?.text).toMatch(/^<\|im_start\|>system\n.*<\|im_end\|>\n<\|im_start\|>assistant\n$/s);
    expect(stdout).toContain(`; ${teacherPrompt?.tokens} tokens;`);
  });

  it("needs a chat template or Llama 3's markers, and embeddings for all ids", async () => {
    const bare = await checkTeacher(await chatTeacher({ chat_template: undefined }, 0));
    expect(bare.code).not.toBe(0);
    expect(bare.stdout).toMatch(
      /FAILED data and models .*no chat_template.*pass a teacher with a chat_template/,
    );
    const small = await checkTeacher(await chatTeacher({}, -3));
    expect(small.stdout).toMatch(
      /FAILED data and models .*the tokenizer has 333 ids, the model 330 embeddings/,
    );
  });
});
