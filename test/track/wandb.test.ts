import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeFrames } from "../../lib/track/wandb/log-file.ts";
import { WandbRun } from "../../lib/track/wandb/run.ts";
import { FakeWandb } from "./fake-wandb.ts";

const python = process.env.DIALOGUE_PPO_TRACK_PYTHON ?? process.env.DIALOGUE_PPO_PYTHON ?? "python3";
const hasWandb = spawnSync(python, ["-c", "import wandb"]).status === 0;
let folder: string;
let run: WandbRun;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "wandb-"));
  run = new WandbRun({
    directory: folder,
    project: "cohesion",
    config: { learningRate: 1e-3 },
    version: "0.0.0",
    tags: ["t"],
  });
  for (let step = 1; step <= 40; step++) {
    run.log(step, { "objective/kl": step / 8, "ppo/loss/total": 1 / step, note: "n".repeat(step * 97) });
  }
  run.logSystem();
  run.log(41, run.table("samples", 41, ["child", "teacher"], [["yes", "well, yes"]]));
  const model = path.join(folder, "child_model");
  mkdirSync(model);
  writeFileSync(path.join(model, "config.json"), "{}");
  writeFileSync(path.join(model, "model.safetensors"), "weights");
  await run.logArtifact(model, {
    name: "child",
    type: "model",
    aliases: ["latest", "step-40"],
    metadata: { step: 40 },
  });
  run.finish(0);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the log format", () => {
  it("splits a record at block boundaries and never starts a header in fewer than seven bytes", () => {
    const record = Buffer.alloc(40_000, 7);
    const frames = encodeFrames(record, 32_768 - 10);
    // The first block has 10 bytes left: a first frame of 3 bytes, then a whole block of 32,761 bytes, then the rest.
    expect([frames.readUInt16LE(4), frames[6]]).toEqual([3, 2]);
    expect([frames.readUInt16LE(14), frames[16]]).toEqual([32_761, 3]);
    expect([frames.readUInt16LE(10 + 32_768 + 4), frames[10 + 32_768 + 6]]).toEqual([40_000 - 3 - 32_761, 4]);
    expect(frames.readUInt32LE(0)).toBe(crc32(Buffer.from([2, 7, 7, 7])));
  });

  it("pads a block end of less than seven bytes with zeros and puts an empty first frame into exactly seven", () => {
    const short = encodeFrames(Buffer.from("abc"), 32_768 - 6);
    expect([...short.subarray(0, 6)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([short.readUInt16LE(10), short[12]]).toEqual([3, 1]);
    const exact = encodeFrames(Buffer.from("abc"), 32_768 - 7);
    expect([exact.readUInt16LE(4), exact[6]]).toEqual([0, 2]);
    expect([exact.readUInt16LE(11), exact[13]]).toEqual([3, 4]);
  });

  it("starts with the magic bytes that the reader expects", () => {
    const file = readFileSync(path.join(run.directory, `run-${run.id}.wandb`));
    expect(file.subarray(0, 7).toString("hex")).toBe("3a572642e1be00");
  });
});

describe("the real wandb client", () => {
  it("uploads history, summary, configuration and the table to a server", async (context) => {
    if (!hasWandb) context.skip(`${python} has no wandb (set DIALOGUE_PPO_TRACK_PYTHON)`);
    const server = new FakeWandb();
    const url = await server.start();
    const env = { ...process.env, WANDB_BASE_URL: url, WANDB_API_KEY: "0".repeat(40), WANDB_DIR: folder };
    const program = ["-m", "wandb", "sync", run.directory];
    const child = spawn(python, program, { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    await new Promise((resolve) => child.on("exit", resolve));
    await server.stop();
    expect(server.complete, output + server.operations.join(" ")).toBe(true);
    expect(server.history.map((row) => row["objective/kl"]).slice(0, 40)).toEqual(
      Array.from({ length: 40 }, (_, index) => (index + 1) / 8),
    );
    expect(server.config.learningRate).toMatchObject({ value: 1e-3 });
    expect(server.summary.at(-1)).toMatchObject({ "objective/kl": 5 });
    expect([...server.uploads.keys()].some((name) => name.includes("media/table/samples"))).toBe(true);
    expect(server.events.length).toBeGreaterThan(0);
    expect(server.artifacts).toHaveLength(1);
    expect(JSON.stringify(server.artifacts)).toMatch(/step-40/);
    expect(server.uploads.get("/upload/artifact/model.safetensors")?.toString()).toBe("weights");
  }, 120_000);
});
