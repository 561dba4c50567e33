import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { sfc32 } from "../../lib/random.ts";
import { readModel } from "../../lib/taaco/analysis/model.ts";
import { addFeature } from "../../lib/taaco/analysis/perceptron.ts";
import { encodeModel, type TrainedPart } from "../../scripts/analyser/model-file.js";

const folder = mkdtempSync(path.join(tmpdir(), "analyser-model-"));
afterAll(() => rmSync(folder, { recursive: true }));

const random = sfc32(4);
const integer = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1));
const KEYS = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)];

/** Makes features with random keys, neighbouring keys among them, and random weights, which need not sum to 0. */
function makePart(labels: number, features: number): TrainedPart {
  const keys = new Set(KEYS);
  while (keys.size < features) {
    const key = integer(-(2 ** 31), 2 ** 31 - 1);
    keys.add(key).add((key + 1) | 0);
  }
  const rows = [...keys].map((key) => {
    const targets = Array.from({ length: labels }, (_, label) => label).filter(() => random() < 0.3);
    if (targets.length === 0) targets.push(integer(0, labels - 1));
    return { key, targets, values: targets.map(() => integer(1, 127) * (random() < 0.5 ? 1 : -1)) };
  });
  return { labels: Array.from({ length: labels }, (_, at) => `T${at}`), rows };
}

describe("the model file of the analyser", () => {
  const parts = [makePart(47, 3000), makePart(4, 300), makePart(2, 5)];
  const sets = new Map([...KEYS.map((key, at): [number, number] => [key, at + 2]), [77, 40_000]]);
  const file = path.join(folder, "model.bin");
  writeFileSync(file, encodeModel(parts, { sets, fixed: { the: "T2" }, clearMargin: 110 }));
  const model = readModel(file);

  it("gives each feature the weights that were written", () => {
    for (const [at, part] of [model.tags, model.flags, model.sentences].entries()) {
      const { labels, rows } = parts[at] as TrainedPart;
      expect(part.labels).toEqual(labels);
      for (const { key, targets, values } of rows) {
        const expected = new Array<number>(labels.length).fill(0);
        targets.forEach((label, place) => {
          expected[label] = values[place] as number;
        });
        const scores = new Int32Array(labels.length);
        addFeature(part, scores, key);
        expect(Array.from(scores)).toEqual(expected);
      }
    }
  });

  it("gives other features no weights", () => {
    const known = new Set(parts[0]?.rows.map(({ key }) => key));
    const scores = new Int32Array(47);
    for (let count = 0; count < 3000; count++) {
      const key = integer(-(2 ** 31), 2 ** 31 - 1);
      if (!known.has(key)) addFeature(model.tags, scores, key);
    }
    expect(scores.every((score) => score === 0)).toBe(true);
  });

  it("holds the sets of tags, the fixed tags and the margin", () => {
    for (const [hash, number] of sets) expect(model.kindOf(hash)).toBe(number);
    expect(model.kindOf(78)).toBe(0);
    expect([...model.fixedTags]).toEqual([["the", "T2"]]);
    expect(model.clearMargin).toBe(110);
  });
});
