import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { resolveConfig } from "../../lib/options/resolve.ts";
import { openSinks } from "../../lib/track/sinks.ts";
import { exampleRun } from "../report/example-run.ts";
import { FakeWandb } from "./fake-wandb.ts";

const python = process.env.DIALOGUE_PPO_TRACK_PYTHON ?? process.env.DIALOGUE_PPO_PYTHON ?? "";
const programs = path.dirname(python);
const hasClient = python !== "" && existsSync(path.join(programs, "wandb"));

let folder: string;
let server: FakeWandb;

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "wandb-live-"));
  server = new FakeWandb();
  await server.start();
});

afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("a run with W&B's command line installed", () => {
  it("is uploaded during training, including samples and the checkpoint", async (context) => {
    if (!hasClient) context.skip("there is no wandb command line (set DIALOGUE_PPO_TRACK_PYTHON)");
    const infos: string[] = [];
    const warnings: string[] = [];
    const log = { info: (text: string) => infos.push(text), warn: (text: string) => warnings.push(text) };
    const env = {
      PATH: `${programs}:/usr/bin:/bin`,
      HOME: folder,
      WANDB_API_KEY: "0".repeat(40),
      WANDB_BASE_URL: server.url,
    };
    const { config } = resolveConfig({ flags: { wandbProject: "cohesion", tensorboard: false }, env });
    const sinks = await openSinks({ config, outputDir: folder, env, log, resumedFrom: 10 });
    const checkpoint = path.join(folder, "checkpoint-step-12");
    mkdirSync(path.join(checkpoint, "child_model"), { recursive: true });
    writeFileSync(path.join(checkpoint, "child_model", "model.safetensors"), "weights");
    const sample = exampleRun(1).samples;
    for (const step of [11, 12]) {
      const record = {
        step,
        time: "",
        stats: { "objective/kl": step / 8, "ppo/x": null },
        nan_keys: ["ppo/x"],
      };
      await sinks.step(record, sample, { "env/reward_dist": [0, 1, 1] });
    }
    await sinks.checkpoint(checkpoint, 12);
    await sinks.finish(0);
    expect(warnings).toEqual([]);
    expect(infos.at(-1)).toBe("W&B: uploaded");
    expect(server.complete).toBe(true);
    const rows = server.history.filter((row) => "objective/kl" in row);
    expect(rows.map((row) => [row._step, row["objective/kl"]])).toEqual([
      [11, 1.375],
      [12, 1.5],
    ]);
    expect(rows[0]).toMatchObject({ "ppo/x": "NaN", "env/reward_dist": { _type: "histogram" } });
    expect(server.config.resumedFromStep).toMatchObject({ value: 10 });
    const table = [...server.uploads].find(([name]) => name.includes("media/table/samples"))?.[1].toString();
    expect(table).toContain("did you ever get that boat in the water?");
    expect(server.artifacts).toHaveLength(1);
    expect(server.uploads.get("/upload/artifact/model.safetensors")?.toString()).toBe("weights");
  }, 120_000);
});
