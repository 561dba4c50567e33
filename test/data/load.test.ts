import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countWords, parseTurns } from "../../lib/data/dialogue.ts";
import { loadDialogues } from "../../lib/data/load.ts";
import { planSteps } from "../../lib/train/step-plan.ts";

const long =
  "A:: So, uh, did you ever get that boat in the water?\nB:: Well, we did, and then it, it wouldn't start.\nA:: Oh no.";
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "data-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Buffer): string {
  const target = path.join(folder, name);
  writeFileSync(target, content);
  return target;
}

describe("loadDialogues", () => {
  it("reads the text column in any position, with byte-order mark, CRLF and quotes", async () => {
    const text = long.replace("Oh no.", 'Oh "no".');
    const csv = `\ufeffother,text,Filename\r\n1,${quoted(text)},d1.txt\r\n`;
    const { dialogues } = await loadDialogues(file("a.csv", csv));
    expect(dialogues).toEqual([{ id: "d1.txt", text, turns: parseTurns(text) }]);
  });

  it("counts the rows it leaves out by reason, with labels as words", async () => {
    const nineteen = `A:: ${"w ".repeat(18).trim()}`;
    const twenty = `A:: ${"w ".repeat(19).trim()}`;
    const csv = ["text", quoted(nineteen), quoted(twenty), quoted("w ".repeat(401)), '""'].join("\n");
    const { dialogues, dropped } = await loadDialogues(file("b.csv", csv));
    expect(dialogues.map(({ id }) => id)).toEqual(["2"]);
    expect(dropped).toEqual({ "fewer than 20 words": 1, "more than 400 words": 1, "no text": 1 });
  });

  const bad: [string, string | Buffer, RegExp][] = [
    ["an empty file", "", /it is empty/],
    ["a header alone", "text,id\n", /no rows/],
    ["a header alone without the column", "words,id\n", /no column "text"; its columns are words, id/],
    ["a missing column", `words\n${quoted(long)}\n`, /no column "text"; its columns are words/],
    ["no row left", "text\nA:: hi\n", /none of its rows is left, of 1: 1 with fewer than 20 words/],
    ["an unclosed quote", `text\n"${long}\n`, /never closed/],
    [
      "a ragged row",
      `text,id\n${quoted(long)},1\n${quoted(long)}\n`,
      /row 2 \(line 7\): 1 field; expected 2, as in the header; a field with "," or a line end must be in quotes/,
    ],
    ["a row with too many fields", "text\nA:: well, yes, no\n", /row 1 \(line 2\): 3 fields; expected 1/],
    [
      "a mark that is not doubled",
      `id,text\n1,${quoted(long)}\n2,"A:: a "word" here, and so\non"\n`,
      /row 2 \(line 5\): column "text": text follows the closing quotation mark/,
    ],
    [
      "a mark in a field without quotes",
      `id,text\n1,${quoted(long)}\n2,A:: a "word" here\n`,
      /row 2 \(line 5\): column "text": a quotation mark stands in a field without quotes/,
    ],
    ["a NUL", `id,text\n1,"A:: a\0b"\n`, /row 1 \(line 2\), column "text": a NUL character/],
    [
      "letters of an unknown code page",
      Buffer.from("id,text\n1,A:: caf\xe9 au lait\n", "latin1"),
      /row 1 \(line 2\), column "text" is not valid UTF-8; save the file as UTF-8.*iconv/,
    ],
    ["a gzip file", Buffer.from("1f8b0800", "hex"), /compressed with gzip; unpack it/],
    ["an Excel workbook", Buffer.from("504b030414000600", "hex"), /Excel workbook.*save the sheet as CSV/],
    ["an LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:00\n", /git lfs pull/],
    ["an HTML page", "<!DOCTYPE html>\n<html></html>\n", /is an HTML page/],
    ["UTF-32", Buffer.from("fffe000041000000", "hex"), /UTF-32/],
    [
      "UTF-32 without a mark",
      Buffer.from(Uint32Array.from("text\nA:: b\n", (c) => c.charCodeAt(0)).buffer),
      /UTF-32/,
    ],
    [
      "UTF-32 of the other byte order",
      Buffer.from(Uint32Array.from("text\nA:: b\n", (c) => c.charCodeAt(0)).buffer).swap32(),
      /UTF-32/,
    ],
    [
      "UTF-16 with half of a character",
      Buffer.from("\ufefftext\nA:: \ud83d\ude00 a\nA:: \ud83d b\n", "utf16le"),
      /, line 3: it is not valid UTF-16, for half of a character is missing; save the file as UTF-8/,
    ],
    [
      "UTF-16 of the other byte order with half of a character",
      Buffer.from("\ufefftext\r\nA:: \ude00 b\r\n", "utf16le").swap16(),
      /, line 2: it is not valid UTF-16/,
    ],
    [
      "UTF-16 that ends within a character",
      Buffer.from("\ufefftext\na", "utf16le").subarray(0, -1),
      /, line 2: it is/,
    ],
    ["quotation marks and control characters", `text\na\0\u001b[31m"b"\n`, /row 1 \(line 2\)/],
    ["control characters in the header", "a\0\u001b[31mb\n1\n", /its columns are a\\x00\\x1b\[31mb;/],
    ["a column twice", "text,text\n1,2\n", /"text" appears twice/],
    [
      "invalid UTF-8",
      Buffer.concat([Buffer.from("text\n"), Buffer.from([0xff, 0xfe, 0x0a])]),
      /not valid UTF-8/,
    ],
  ];
  it.each(bad)("refuses %s in one line that names the file", async (name, content, message) => {
    const target = file(`${name.replaceAll(" ", "-")}.csv`, content);
    const error = await loadDialogues(target).catch((reason) => reason);
    expect(error).toMatchObject({ code: "ERR_DATA", message });
    expect(error.message).toContain(target);
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });

  it("reads pairs of units in UTF-16", async () => {
    const content = Buffer.from("\ufefftext\nA:: one \ud83d\ude00\n", "utf16le");
    const { dialogues } = await loadDialogues(file("pairs.csv", content), { minWords: 1 });
    expect(dialogues[0]?.text).toBe("A:: one \u{1f600}");
  });

  it.each<[unknown, unknown, string]>([
    [5, {}, "path: expected the path of a file, got 5"],
    ["a.csv", null, "options: expected an object, got null"],
    ["a.csv", { minWords: "x" }, 'minWords: expected a whole number of at least 0, got "x"'],
    ["a.csv", { minWords: 1.5 }, "minWords: expected a whole number of at least 0, got 1.5"],
    ["a.csv", { maxWords: Number.NaN }, "maxWords: expected a whole number of at least 1, got NaN"],
    ["a.csv", { textColumn: 3 }, "textColumn: expected text, got 3"],
  ])("refuses the arguments %j and %j", async (target, options, message) => {
    await expect(loadDialogues(target as string, options as object)).rejects.toMatchObject({
      code: "ERR_CONFIG",
      message: `loadDialogues: ${message}`,
    });
  });

  it("refuses a missing file and a folder", async () => {
    await expect(loadDialogues(path.join(folder, "none.csv"))).rejects.toMatchObject({
      message: /no such file/,
    });
    file("one.csv", "text\n");
    await expect(loadDialogues(folder)).rejects.toMatchObject({
      code: "ERR_DATA",
      message: /it is a folder; name one of its files: .*\.csv, .*expected a CSV or JSON Lines file$/,
    });
  });
});

describe("parseTurns", () => {
  it("splits at labels at the start of a line only", () => {
    expect(parseTurns("A:: And B:: said\nso on\nSpeaker 2::x")).toEqual([
      { speaker: "A", text: "And B:: said\nso on" },
      { speaker: "Speaker 2", text: "x" },
    ]);
  });
});

it("counts words as Python does", () => {
  // len("A:: a\u00a0b\u2003c\x1cd\x85e".split()) == 6 in Python.
  expect(countWords("A:: a\u00a0b\u2003c\x1cd\x85e")).toBe(6);
});

describe("the original corpus", () => {
  it("has 17,694 dialogues of the wanted length, 2,211 steps and a checkpoint every 221", async (context) => {
    const corpus = process.env.DIALOGUE_PPO_CORPUS;
    if (!corpus)
      return context.skip("DIALOGUE_PPO_CORPUS is not set: the licensed corpus is not part of the project");
    const { dialogues, dropped } = await loadDialogues(corpus);
    expect(dropped).toEqual({ "fewer than 20 words": 189, "more than 400 words": 10 });
    expect(new Set(dialogues.map(({ turns }) => turns.length))).toEqual(new Set([5]));
    expect(planSteps(dialogues.length, { batchSize: 8 })).toEqual({
      dialogues: 17_694,
      stepsPerEpoch: 2_211,
      totalSteps: 2_211,
      checkpointInterval: 221,
    });
  });
});
