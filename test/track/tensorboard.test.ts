import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TrainConfig } from "../../lib/options/train-config.ts";
import { crc32c, histogramValue, tfRecord } from "../../lib/track/event-file.ts";
import { TensorBoardSink } from "../../lib/track/tensorboard.ts";
import { exampleRun } from "../report/example-run.ts";

const python = process.env.DIALOGUE_PPO_TRACK_PYTHON ?? process.env.DIALOGUE_PPO_PYTHON ?? "python3";
const hasTensorboard = spawnSync(python, ["-c", "import tensorboard"]).status === 0;

// Reads the folder with TensorBoard, which also hides steps that are out of date.
const READER = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
a = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0, "histograms": 0})
a.Reload()
print(json.dumps({
  "scalars": {t: [[e.step, e.value if e.value == e.value else "nan"] for e in a.Scalars(t)] for t in a.Tags()["scalars"]},
  "histograms": {t: [[e.step, e.histogram_value.num, e.histogram_value.min, e.histogram_value.max, e.histogram_value.sum, list(e.histogram_value.bucket)] for e in a.Histograms(t)] for t in a.Tags()["histograms"]},
  "texts": {t: [[e.step, e.tensor_proto.string_val[0].decode()] for e in a.Tensors(t)] for t in a.Tags()["tensors"]},
}))`;

interface TensorBoardData {
  scalars: Record<string, [number, number | "nan"][]>;
  histograms: Record<string, [number, number, number, number, number, number[]][]>;
  texts: Record<string, [number, string][]>;
}

let folder: string;
const config = { child: "a child", batchSize: 8 } as TrainConfig;
const log = (step: number, reward: number) => ({
  step,
  time: "2026-01-01T00:00:00Z",
  stats: { "env/reward_mean": reward, "ppo/val/error": null, "ppo/never": null },
  nan_keys: ["ppo/val/error"],
});

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "tensorboard-"));
  const sample = exampleRun(1).samples;
  const first = new TensorBoardSink({ outputDir: folder, config });
  for (let step = 1; step <= 5; step++) {
    first.step(log(step, step / 4), sample, { "env/reward_dist": [step, 2 * step, Number.NaN] });
  }
  first.finish();
  const second = new TensorBoardSink({ outputDir: folder, config, resumedFrom: 3 });
  second.step(log(4, 40), [], {});
  second.finish();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the record format", () => {
  it("computes the published CRC-32C values", () => {
    expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
  });

  it("starts every event file with a record of 24 bytes, whose masked checksum is a3 7f 4b 22", () => {
    const file = path.join(
      folder,
      "tensorboard",
      readdirSync(path.join(folder, "tensorboard")).sort()[0] ?? "",
    );
    const head = readFileSync(file).subarray(0, 12);
    expect(head.toString("hex")).toBe("1800000000000000a37f4b22");
  });

  it("has a different checksum when a bit changes", () => {
    const record = tfRecord(Buffer.from("payload"));
    const other = tfRecord(Buffer.from("paylobd"));
    expect(record.subarray(8, 12)).toEqual(other.subarray(8, 12));
    expect(record.subarray(-4)).not.toEqual(other.subarray(-4));
  });

  it("returns no histogram without finite values", () => {
    expect(histogramValue("x", [Number.NaN])).toBeUndefined();
  });

  it("writes one file for each segment of a run, in the order of their names", () => {
    const names = readdirSync(path.join(folder, "tensorboard"));
    expect(names).toHaveLength(2);
    for (const name of names) expect(name).toMatch(/^events\.out\.tfevents\.\d+\..+\.\d+\.\d+$/);
  });
});

describe("the real tensorboard", () => {
  const read = (): TensorBoardData =>
    JSON.parse(
      execFileSync(python, ["-c", READER, path.join(folder, "tensorboard")], { encoding: "utf8" }),
    ) as TensorBoardData;
  const skipReason = `${python} has no tensorboard (set DIALOGUE_PPO_TRACK_PYTHON)`;

  it("reads scalars, hides the steps before a resume that are out of date, and shows NaN", (context) => {
    if (!hasTensorboard) context.skip(skipReason);
    const { scalars } = read();
    expect(scalars["env/reward_mean"]).toEqual([
      [1, 0.25],
      [2, 0.5],
      [3, 0.75],
      [4, 40],
    ]);
    expect(scalars["ppo/val/error"]?.map(([, value]) => value)).toEqual(["nan", "nan", "nan", "nan"]);
    expect(scalars["ppo/never"]).toBeUndefined();
  });

  it("reads histograms and texts", (context) => {
    if (!hasTensorboard) context.skip(skipReason);
    const { histograms, texts } = read();
    const [step, count, low, high, sum, buckets] = histograms["env/reward_dist"]?.[1] ?? [];
    expect([step, count, low, high, sum]).toEqual([2, 2, 2, 4, 6]);
    expect(buckets?.reduce((a, b) => a + b, 0)).toBe(2);
    expect(texts["samples/0"]?.[0]?.[1]).toContain("did you ever get that boat in the water?");
    expect(texts.config?.[0]?.[1]).toContain('"batchSize": 8');
  });
});
