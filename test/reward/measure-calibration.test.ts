import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readCalibration, writeCalibration } from "../../lib/reward/calibration-file.ts";
import {
  buildLengthTable,
  calibrationKey,
  corpusHash,
  measureCalibration,
} from "../../lib/reward/measure-calibration.ts";
import { resolvePreset } from "../../lib/reward/presets.ts";
import { fakeAnalyser } from "./fake-analyser.ts";

const turns = [{ speaker: "A", text: "so what now" }];
const samples = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    turns,
    speaker: "B",
    human: `well ${"word ".repeat(index % 9)}`,
  }));

const taaco = () =>
  fakeAnalyser({
    text: (forms) => ({ lemma_ttr: forms.length, content_ttr: null }),
    turn: (forms) => ({ dppo_turn_lsa_content: forms.length }),
  });

describe("length tables", () => {
  it("hold the mean and population deviation of the texts that have a value", () => {
    const measured = [1, 2, 3, null].map((a) => ({ values: { a, b: null }, words: 5 }));
    const { texts, all } = buildLengthTable(measured, ["a", "b"]);
    expect(texts).toBe(4);
    expect(all).toEqual({ a: { mean: 2, sd: expect.closeTo(Math.sqrt(2 / 3), 8), count: 3 } });
  });

  it("split texts by length into bands of about equal size and keep texts of the same length together", () => {
    const measured = Array.from({ length: 400 }, (_, index) => ({
      values: { a: index },
      words: index < 180 ? 3 : 4 + (index % 40),
    }));
    const { bands } = buildLengthTable(measured, ["a"]);
    expect(bands.reduce((sum, band) => sum + band.texts, 0)).toBe(400);
    expect(bands[0]).toMatchObject({ from: 3, to: 3, words: expect.closeTo(3, 8), texts: 180 });
    bands.slice(1).forEach((band, at) => {
      expect(band.from).toBeGreaterThan(bands[at]?.to ?? 0);
      expect(band.texts).toBeGreaterThanOrEqual(20);
    });
  });

  it("have one band for a few texts", () => {
    const measured = [2, 9, 30].map((words) => ({ values: { a: words }, words }));
    const { bands } = buildLengthTable(measured, ["a"]);
    expect(bands).toHaveLength(1);
    expect(bands[0]).toMatchObject({ from: 2, to: 30, texts: 3 });
    // Geometric mean of 2, 9 and 30: the cube root of 540.
    expect(bands[0]?.words).toBeCloseTo(Math.cbrt(540), 6);
  });
});

describe("calibrate", () => {
  it("measures the context with the human turn, and human turns of at least two words alone", async () => {
    const calibration = await measureCalibration(taaco(), samples(90), { scoredText: "dialogue" });
    expect(calibration.corpus).toEqual({ hash: corpusHash(samples(90)), dialogues: 90 });
    expect(calibration.text.texts).toBe(90);
    // 3 words of context, 1 + 0 .. 8 of the turn: 8 on average.
    expect(calibration.text.all.lemma_ttr).toEqual({ mean: 8, sd: expect.closeTo(2.5819889, 7), count: 90 });
    expect(calibration.text.all.content_ttr).toBeUndefined();
    // Ten turns are the single word "well".
    expect(calibration.turn.texts).toBe(80);
    expect(calibration.turn.all.dppo_turn_lsa_content?.mean).toBeCloseTo(5.5, 8);
  });

  it("measures turns alone when turns alone are scored", async () => {
    const calibration = await measureCalibration(taaco(), samples(90), {
      scoredText: "continuation",
      presets: [resolvePreset("taaco")],
    });
    expect(calibration.text.texts).toBe(80);
    expect(calibration.text.all.lemma_ttr?.mean).toBeCloseTo(5.5, 8);
    expect(calibration.turn.texts).toBe(0);
  });

  it("ignores dialogues without a human turn and needs at least one with a human turn", async () => {
    const without = { turns, speaker: "B", human: null };
    const calibration = await measureCalibration(taaco(), [without, ...samples(3)], {
      scoredText: "dialogue",
    });
    expect(calibration.corpus.dialogues).toBe(3);
    await expect(measureCalibration(taaco(), [without], { scoredText: "dialogue" })).rejects.toThrow(
      /at least two turns/,
    );
  });

  it("stops when the signal is aborted", async () => {
    const signal = AbortSignal.abort();
    const run = measureCalibration(taaco(), samples(3), { scoredText: "dialogue", signal });
    await expect(run).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });
});

describe("the hash of the corpus", () => {
  it("changes with any word, speaker or order", () => {
    const [one, two] = [samples(4), samples(4).toReversed()];
    const hash = corpusHash(one);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(corpusHash(two)).not.toBe(hash);
    expect(corpusHash(one.map((sample) => ({ ...sample, speaker: "C" })))).not.toBe(hash);
    expect(corpusHash([{ turns, speaker: "B", human: null }, ...one])).toBe(hash);
  });
});

describe("the key of a cached calibration", () => {
  it("changes with everything that changes the statistics", () => {
    const options = { scoredText: "dialogue" } as const;
    const key = calibrationKey(taaco(), samples(4), options);
    expect(calibrationKey(taaco(), samples(4), options)).toBe(key);
    const space = { kind: "lsa", dimensions: 1, values: Float32Array.of(1), row: () => 0 } as const;
    const others = [
      calibrationKey(taaco(), samples(5), options),
      calibrationKey(taaco(), samples(4), { scoredText: "continuation" }),
      calibrationKey(taaco(), samples(4), { ...options, presets: [resolvePreset("turn")] }),
      calibrationKey({ ...taaco(), mode: "faithful" }, samples(4), options),
      calibrationKey({ ...taaco(), listSource: "official" }, samples(4), options),
      calibrationKey({ ...taaco(), spaces: [space] }, samples(4), options),
    ];
    expect(new Set([key, ...others]).size).toBe(7);
  });
});

describe("calibration files", () => {
  const folder = () => mkdtemp(path.join(os.tmpdir(), "calibration-"));

  it("hold the measured values to the last digit", async () => {
    const file = path.join(await folder(), "deep", "calibration.json");
    const calibration = await measureCalibration(taaco(), samples(130), { scoredText: "dialogue" });
    writeCalibration(file, calibration);
    expect(readCalibration(file)).toEqual(calibration);
    expect(readCalibration(file, { corpusHash: calibration.corpus.hash })).toEqual(calibration);
    expect(await readdir(path.dirname(file))).toEqual(["calibration.json"]);
  });

  it("are refused when another corpus is expected", async () => {
    const file = path.join(await folder(), "calibration.json");
    writeCalibration(file, await measureCalibration(taaco(), samples(20), { scoredText: "dialogue" }));
    const read = () => readCalibration(file, { corpusHash: corpusHash(samples(21)) });
    expect(read).toThrow(
      expect.objectContaining({
        code: "ERR_DATA",
        message: expect.stringContaining("measured on other dialogues"),
      }),
    );
  });

  it("are refused with file and field when they are invalid", async () => {
    const file = path.join(await folder(), "calibration.json");
    expect(() => readCalibration(file)).toThrow(expect.objectContaining({ code: "ERR_CONFIG" }));
    writeCalibration(file, await measureCalibration(taaco(), samples(20), { scoredText: "dialogue" }));
    const whole = JSON.parse(await readFile(file, "utf8"));
    for (const [key, value] of [
      ["format", "other"],
      ["indexMode", "wrong"],
      ["text", { texts: 1, all: { a: { mean: "x", sd: 1, count: 2 } }, bands: [] }],
    ] as const) {
      await writeFile(file, JSON.stringify({ ...whole, [key]: value }));
      expect(() => readCalibration(file)).toThrow(new RegExp(`calibration.json: ${key}`));
    }
    await writeFile(file, "{");
    expect(() => readCalibration(file)).toThrow(
      /calibration .*: it is not valid JSON at column 2; expected a file of the command calibrate/,
    );
  });
});
