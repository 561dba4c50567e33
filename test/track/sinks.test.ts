import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveConfig } from "../../lib/options/resolve.ts";
import { trackingPlan } from "../../lib/track/plan.ts";
import type { Sink } from "../../lib/track/sink.ts";
import { openSinks, Sinks } from "../../lib/track/sinks.ts";
import { findProgram, wandbEnvironment, wandbKeySource } from "../../lib/track/wandb/environment.ts";
import { syncCommand } from "../../lib/track/wandb/live-sync.ts";

let folder: string;
let infos: string[];
let warnings: string[];
const log = { info: (text: string) => infos.push(text), warn: (text: string) => warnings.push(text) };
const step = { step: 1, time: "2026-01-01T00:00:00Z", stats: { "env/reward_mean": 0.5 } };

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "sinks-"));
  infos = [];
  warnings = [];
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (flags: Record<string, unknown>, env: Record<string, string> = {}, outputDir = folder) =>
  openSinks({ config: resolveConfig({ flags, env }).config, outputDir, env, log });

describe("openSinks", () => {
  it("writes only TensorBoard events by default, and nothing when they are switched off", async () => {
    const sinks = await open({});
    expect(sinks.names).toEqual(["TensorBoard"]);
    await sinks.finish(0);
    expect(readdirSync(folder)).toEqual(["tensorboard"]);
    expect((await open({ tensorboard: false })).names).toEqual([]);
  });

  it("opens the sinks that flags and environment variables select", async () => {
    const env = { WANDB_PROJECT: "p", WANDB_MODE: "offline", TRACKIO_SERVER_URL: "http://127.0.0.1:1" };
    const sinks = await open({ watch: true }, env);
    expect(sinks.names).toEqual(["TensorBoard", "W&B", "Trackio", "live page"]);
    expect(infos.join("\n")).toMatch(/live page: http:\/\/127\.0\.0\.1:\d+\//);
    await sinks.step(step, []);
    await sinks.finish(0);
    const run = readdirSync(path.join(folder, "wandb")).find((name) => name.startsWith("offline-run-"));
    expect(infos.at(-1) ?? warnings.at(-1)).toContain(`wandb sync ${path.join(folder, "wandb", run ?? "?")}`);
    expect(warnings.join("\n")).toMatch(
      /Trackio: .* cannot be reached: Node sends no requests to this port \(bad port\)/,
    );
  });

  it("warns once about a sink that cannot be opened and opens the others", async () => {
    writeFileSync(path.join(folder, "wandb"), "in the way");
    const sinks = await open({ wandbProject: "p" });
    expect(sinks.names).toEqual(["TensorBoard"]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^W&B: .*\/wandb.*; the run continues without it$/);
  });

  it("writes no W&B run when the environment disables it", async () => {
    await open({ wandbProject: "p" }, { WANDB_MODE: "disabled" });
    expect(existsSync(path.join(folder, "wandb"))).toBe(false);
  });
});

describe("Sinks", () => {
  it("removes a sink that throws after one warning and continues with the others", async () => {
    const steps: number[] = [];
    const bad: Sink = {
      name: "bad",
      step: () => Promise.reject(new Error("disk full")),
      checkpoint: () => {},
      finish: () => {},
    };
    const good: Sink = { ...bad, name: "good", step: (record) => void steps.push(record.step) };
    const sinks = new Sinks([bad, good], log);
    await sinks.step(step, []);
    await sinks.step({ ...step, step: 2 }, []);
    await sinks.finish(0);
    expect(steps).toEqual([1, 2]);
    expect(warnings).toEqual(["bad: disk full; the run continues without it"]);
  });
});

describe("the W&B environment", () => {
  it("reads the Python client's variables", () => {
    const env = {
      WANDB_ENTITY: "lab",
      WANDB_TAGS: "a, b,",
      WANDB_MODE: "OFFLINE",
      WANDB_LOG_MODEL: "checkpoint",
    };
    expect(wandbEnvironment(env)).toMatchObject({
      entity: "lab",
      tags: ["a", "b"],
      mode: "offline",
      logModel: "checkpoint",
    });
    expect(wandbEnvironment({ WANDB_DISABLED: "true" }).mode).toBe("disabled");
    expect(wandbEnvironment({})).toMatchObject({ mode: "online", logModel: "end" });
  });

  it.each([
    // Names and values of Python's client: `mode` of its settings, and the switch of transformers.
    [{ WANDB_MODE: "dryrun" }, "offline", 0],
    [{ WANDB_MODE: "run" }, "online", 0],
    [{ WANDB_MODE: "" }, "online", 0],
    [{ WANDB_MODE: " disabled " }, "disabled", 0],
    [{ WANDB_DISABLED: "1" }, "disabled", 0],
    [{ WANDB_DISABLED: "false" }, "online", 0],
    [{ WANDB_DISABLED: "" }, "online", 0],
    [{ WANDB_DISABLED: "1", WANDB_MODE: "online" }, "disabled", 0],
    // A misspelt value never sends more than its author wanted.
    [{ WANDB_MODE: "ofline" }, "offline", 1],
    [{ WANDB_MODE: "disable" }, "offline", 1],
    [{ WANDB_DISABLED: "ture" }, "disabled", 1],
  ] as const)("%j means %s", (env, mode, problems) => {
    const found = wandbEnvironment({ HOME: folder, ...env });
    expect(found.mode).toBe(mode);
    expect(found.problems).toHaveLength(problems);
  });

  it("an unknown WANDB_LOG_MODEL logs no child", () => {
    const { logModel, problems } = wandbEnvironment({ HOME: folder, WANDB_LOG_MODEL: "flase" });
    expect(logModel).toBe("false");
    expect(problems[0]).toMatch(/WANDB_LOG_MODEL=flase is unknown/);
  });

  it("follows what `wandb offline` and `wandb disabled` have stored, unless a variable says otherwise", () => {
    const settings = path.join(folder, "config");
    mkdirSync(settings);
    const env = { HOME: folder, WANDB_CONFIG_DIR: settings };
    writeFileSync(path.join(settings, "settings"), "[default]\nmode = offline\n");
    expect(wandbEnvironment(env).mode).toBe("offline");
    expect(wandbEnvironment({ ...env, WANDB_MODE: "online" }).mode).toBe("online");
    writeFileSync(path.join(settings, "settings"), "[default]\ndisabled = true\n");
    expect(wandbEnvironment(env).mode).toBe("disabled");
  });

  it("warns about a misspelt mode and writes the run offline", async () => {
    await open(
      { wandbProject: "p" },
      { WANDB_MODE: "ofline", WANDB_API_KEY: "x", PATH: process.env.PATH ?? "" },
    );
    expect(warnings.join("\n")).toMatch(
      /WANDB_MODE=ofline is unknown \(expected online, offline, disabled\)/,
    );
    expect(existsSync(path.join(folder, "wandb"))).toBe(true);
    const plan = trackingPlan(
      { tensorboard: false, wandbProject: "p", watch: false },
      { WANDB_MODE: "ofline" },
    );
    expect(plan.join()).toMatch(/written offline.*WANDB_MODE=ofline is unknown/);
  });

  it("continues without Trackio when its address is none", async () => {
    const sinks = await open({}, { TRACKIO_SERVER_URL: "localhost:7860" });
    expect(sinks.names).not.toContain("Trackio");
    expect(warnings.join("\n")).toMatch(/TRACKIO_SERVER_URL=localhost:7860: expected an address/);
  });

  it("finds the key where the Python client looks", () => {
    const netrc = path.join(folder, "netrc");
    writeFileSync(netrc, "machine api.wandb.ai\n  login user\n  password x\n");
    expect(wandbKeySource({ WANDB_API_KEY: "x", HOME: folder })).toBe("WANDB_API_KEY");
    expect(wandbKeySource({ HOME: folder, NETRC: netrc })).toBe(netrc);
    expect(
      wandbKeySource({ HOME: folder, NETRC: netrc, WANDB_BASE_URL: "https://w.example" }),
    ).toBeUndefined();
    expect(wandbKeySource({ HOME: folder })).toBeUndefined();
  });

  it("finds programs and quotes folders for the shell", () => {
    writeFileSync(path.join(folder, "wandb"), "");
    expect(findProgram("wandb", { PATH: `/nowhere:${folder}` })).toBe(path.join(folder, "wandb"));
    expect(findProgram("wandb", { PATH: "/nowhere" })).toBeUndefined();
    expect(syncCommand("/runs/a b")).toBe("wandb sync '/runs/a b'");
    expect(syncCommand("/runs/ab")).toBe("wandb sync /runs/ab");
  });
});
