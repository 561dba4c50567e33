import { existsSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import type { CheckReport } from "../../lib/train/check.ts";
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

const check = (...args: string[]) => runCli("check", "--score-preset", "original", ...flags, ...args);

it("reports the number of threads from --threads", async () => {
  for (const [threads, detail] of [
    ["2", /, 2 threads$/],
    ["1", /, 1 thread$/],
  ] as const) {
    const { last, stderr } = await check("--threads", threads, "--json");
    expect(last, stderr).toMatchObject({ type: "result" });
    const { checks } = last as unknown as CheckReport;
    expect(checks.find(({ name }) => name === "addon")?.detail).toMatch(detail);
  }
});

it("writes only caches, which train then uses", async () => {
  vi.stubEnv("XDG_CACHE_HOME", path.join(project.root, "cache"));
  const before = readdirSync(project.root);
  const { code, stdout } = await runCli("check", "--threads", "1", ...flags);
  expect(code, stdout).toBe(0);
  expect(readdirSync(project.root).toSorted()).toEqual([...before, "cache"].toSorted());
  const { code: trainCode, stderr } = await runCli("train", "--threads", "1", "--steps", "1", ...flags);
  expect(trainCode, stderr).toBe(0);
  expect(stderr).toMatch(/^semantic spaces .*from the cache$/m);
  expect(stderr).toMatch(/^calibration: .*from the cache$/m);
  expect(stderr).not.toMatch(/learning|measuring/);
  expect(existsSync(path.join(project.root, "run", "checkpoint-step-1"))).toBe(true);
});
