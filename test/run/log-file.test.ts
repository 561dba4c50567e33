import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { appendJsonLines, cutAfterStep, finiteOrNull, readJsonLines } from "../../lib/run/log-file.ts";

let file: string;

beforeEach(() => {
  file = path.join(mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-log-")), "log.jsonl");
});

const write = (...objects: object[]): void => appendJsonLines(file, ...objects);

describe("a file of JSON lines", () => {
  it("holds everything that was appended, over several calls", () => {
    write({ step: 1 }, { step: 2 });
    write({ step: 3, text: "a\nb" });
    expect(readJsonLines(file)).toEqual([{ step: 1 }, { step: 2 }, { step: 3, text: "a\nb" }]);
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(4);
  });

  it("leaves out an incomplete last line", () => {
    write({ step: 1 });
    appendFileSync(file, '{"step":2,"st');
    expect(readJsonLines(file)).toEqual([{ step: 1 }]);
  });

  it("names a line that is not JSON", () => {
    writeFileSync(file, '{"step":1}\nnot json\n{"step":3}\n');
    expect(() => readJsonLines(file)).toThrow(/line 2 is no JSON/);
  });

  it("is empty when it does not exist", () => {
    expect(readJsonLines(file)).toEqual([]);
  });

  it("loses the lines after a step, and an incomplete last line, when it is cut", () => {
    write({ step: 1 }, { step: 2 }, { step: 2, second: true }, { step: 3 });
    appendFileSync(file, '{"step":4');
    cutAfterStep(file, 2);
    expect(readFileSync(file, "utf8")).toBe('{"step":1}\n{"step":2}\n{"step":2,"second":true}\n');
  });
});

describe("scalars for JSON", () => {
  it("values that are not finite become null and are named", () => {
    expect(finiteOrNull({ a: 1, b: Number.NaN, c: Number.POSITIVE_INFINITY })).toEqual({
      stats: { a: 1, b: null, c: null },
      nan_keys: ["b", "c"],
    });
    expect(finiteOrNull({ a: 0 })).toEqual({ stats: { a: 0 } });
  });
});
