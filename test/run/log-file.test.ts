import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "../../lib/log.ts";
import { appendJsonLines, cutAfterStep, finiteOrNull, readLogFile } from "../../lib/run/log-file.ts";
import { describeLogs } from "../../lib/run/manifest.ts";

let file: string;

beforeEach(() => {
  file = path.join(mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-log-")), "log.jsonl");
});

const write = (...objects: object[]): void => appendJsonLines(file, ...objects);

describe("a file of JSON lines", () => {
  it("holds everything that was appended, over several calls", () => {
    write({ step: 1 }, { step: 2 });
    write({ step: 3, text: "a\nb" });
    expect(readLogFile(file, silentLogger)).toEqual([{ step: 1 }, { step: 2 }, { step: 3, text: "a\nb" }]);
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(4);
  });

  it.skipIf(process.platform === "win32")("refuses a pipe, whose reader may never come", () => {
    execFileSync("mkfifo", [file]);
    expect(() => write({ step: 1 })).toThrow(`${file} is a pipe; expected a regular file`);
    return expect(describeLogs([file])).rejects.toThrow(`${file} is a pipe, a socket or a device`);
  });

  it("is named when a folder has taken its place", async () => {
    mkdirSync(file);
    await expect(describeLogs([file])).rejects.toMatchObject({ code: "EISDIR", path: file });
  });

  it("leaves out an incomplete last line", () => {
    write({ step: 1 });
    appendFileSync(file, '{"step":2,"st');
    expect(readLogFile(file, silentLogger)).toEqual([{ step: 1 }]);
  });

  it.each(["not json", "null", "3", "[]", "{}", '{"step":"2"}', '{"step":2,"stats":{"a":0.1\0}}', ""])(
    "leaves out the damaged line %j and says so once",
    (line) => {
      writeFileSync(file, `{"step":1}\n${line}\n{"step":3}\n`);
      const warnings: string[] = [];
      const log = { info: () => {}, warn: (message: string) => void warnings.push(message) };
      expect(readLogFile(file, log)).toEqual([{ step: 1 }, { step: 3 }]);
      expect(warnings).toEqual([`${file}: 1 line damaged and left out (2)`]);
      cutAfterStep(file, 3, log);
      expect(readFileSync(file, "utf8")).toBe('{"step":1}\n{"step":3}\n');
    },
  );

  it("is empty when it does not exist", () => {
    expect(readLogFile(file, silentLogger)).toEqual([]);
  });

  it("loses the lines after a step, and an incomplete last line, when it is cut", () => {
    write({ step: 1 }, { step: 2 }, { step: 2, second: true }, { step: 3 });
    appendFileSync(file, '{"step":4');
    cutAfterStep(file, 2, silentLogger);
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
