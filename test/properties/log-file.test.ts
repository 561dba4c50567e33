import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { silentLogger } from "../../lib/log.ts";
import { appendJsonLines, cutAfterStep, finiteOrNull, readLogFile } from "../../lib/run/log-file.ts";
import { temporaryFile } from "../temporary.ts";
import { anyText, fc, jsonNumber, textOver } from "./laws.ts";

const plain = fc.oneof(jsonNumber(), anyText(), fc.boolean(), fc.constant(null));
const line = fc.record({
  step: fc.nat(20),
  stats: fc.dictionary(fc.string(), plain, { noNullPrototype: true }),
});
const lines = fc.array(line, { maxLength: 6 });

function writtenLog(objects: readonly object[]): string {
  const file = temporaryFile("log.jsonl");
  writeFileSync(file, "");
  appendJsonLines(file, ...objects);
  return file;
}

describe("a log of JSON lines", () => {
  it("is read as it was written, up to the point where it was cut off", () => {
    fc.assert(
      fc.property(lines, fc.nat(), (objects, cut) => {
        const file = writtenLog(objects);
        expect(readLogFile(file, silentLogger)).toEqual(objects);
        const bytes = readFileSync(file);
        const kept = bytes.subarray(0, cut % (bytes.length + 1));
        writeFileSync(file, kept);
        const whole = kept.filter((byte) => byte === 0x0a).length;
        expect(readLogFile(file, silentLogger)).toEqual(objects.slice(0, whole));
      }),
    );
  });

  it("keeps the lines up to a step, in their order", () => {
    fc.assert(
      fc.property(lines, fc.nat(20), (objects, step) => {
        const file = writtenLog(objects);
        cutAfterStep(file, step, silentLogger);
        expect(readLogFile(file, silentLogger)).toEqual(objects.filter((object) => object.step <= step));
      }),
    );
  });

  it("of arbitrary text is read, without the lines that are damaged", () => {
    const text = fc.oneof(
      anyText(40),
      textOver('{}[]":,0n\n', 30),
      fc.array(fc.json()).map((all) => all.join("\n")),
    );
    fc.assert(
      fc.property(text, (content) => {
        const file = temporaryFile("log.jsonl");
        writeFileSync(file, content);
        const steps = readLogFile(file, silentLogger).map(({ step }) => step);
        expect(steps.every((step) => typeof step === "number")).toBe(true);
      }),
    );
  });
});

describe("finiteOrNull", () => {
  it("returns null exactly for the numbers that JSON cannot represent", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.double(), { noNullPrototype: true }), (stats) => {
        const { stats: clean, nan_keys: strange = [] } = finiteOrNull(stats);
        expect(Object.keys(clean).toSorted()).toEqual(Object.keys(stats).toSorted());
        for (const [name, value] of Object.entries(stats)) {
          expect(clean[name]).toBe(Number.isFinite(value) ? value : null);
          expect(strange.includes(name)).toBe(!Number.isFinite(value));
        }
      }),
    );
  });
});
