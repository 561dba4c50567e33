import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readCsv } from "../../lib/data/csv.ts";
import { loadDialogues } from "../../lib/data/load.ts";

const folder = path.resolve(import.meta.dirname, "../../data/starter");
const file = path.join(folder, "dialogues.csv");

interface Row {
  readonly id: string;
  readonly text: string;
  readonly words: number;
  readonly tokens: number;
}

let raw = "";
const rows: Row[] = [];

beforeAll(async () => {
  raw = readFileSync(file, "latin1");
  for await (const { values } of readCsv(file)) {
    const { Filename = "", text = "", num_words, token_length } = values;
    rows.push({ id: Filename, text, words: Number(num_words), tokens: Number(token_length) });
  }
});

/** Returns the ids of the rows that do not have a property. */
const failingIds = (holds: (row: Row) => boolean): string[] =>
  rows.filter((row) => !holds(row)).map(({ id }) => id);

const spokenWords = (text: string): string[] => text.split("\n").flatMap((line) => line.split(" ").slice(1));

describe("the starter dialogues", () => {
  it("are at least 300, all within the length limits, and as many as their README states", async () => {
    const { dialogues, dropped } = await loadDialogues(file);
    expect(dropped).toEqual({});
    expect(dialogues.length).toBe(rows.length);
    expect(rows.length).toBeGreaterThanOrEqual(300);
    const readme = readFileSync(path.join(folder, "README.md"), "utf8");
    const stated = /\*\*([\d,]+) dialogues\*\*, ([\d,]+) words/.exec(readme);
    const number = (text = ""): number => Number(text.replaceAll(",", ""));
    expect(number(stated?.[1])).toBe(rows.length);
    expect(number(stated?.[2])).toBe(rows.reduce((sum, row) => sum + row.words, 0));
  });

  it("are plain ASCII with LF line ends and the usual header", () => {
    expect(raw).toMatch(/^Filename,text,num_words,token_length\n/);
    expect(/[^\x20-\x7e\n]/.exec(raw)).toBeNull();
  });

  it("are numbered from 0 in order", () => {
    expect(rows.map(({ id }) => id)).toEqual(
      rows.map((_, index) => `dialog_${String(index).padStart(5, "0")}.txt`),
    );
  });

  it("have five non-empty turns of alternating speakers, with single spaces between words", () => {
    const turn = (speaker: string): string => `${speaker}:: \\S+(?: \\S+)*`;
    const opening = (order: string): RegExp => new RegExp(`^${[...order].map(turn).join("\\n")}$`);
    const orders = [opening("ABABA"), opening("BABAB")];
    expect(failingIds(({ text }) => orders.some((order) => order.test(text)))).toEqual([]);
    expect(failingIds(({ text }) => text.split("\n").length === 5)).toEqual([]);
  });

  it("are opened by A and by B about equally often", () => {
    const share = rows.filter(({ text }) => text.startsWith("A")).length / rows.length;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.05);
  });

  it("state their number of words without and with labels", () => {
    expect(failingIds(({ text, words }) => spokenWords(text).length === words)).toEqual([]);
    expect(failingIds(({ text, tokens }) => text.split(/\s+/).length === tokens)).toEqual([]);
  });

  it("have 20 to 120 spoken words each", () => {
    expect(failingIds(({ words }) => words >= 20 && words <= 120)).toEqual([]);
  });

  it("contain no duplicates, also without regard to labels, case and punctuation", () => {
    const plain = rows.map(({ text }) =>
      spokenWords(text.toLowerCase())
        .join(" ")
        .replaceAll(/[^a-z ]/g, ""),
    );
    expect(new Set(plain).size).toBe(rows.length);
  });

  it("use fewer than 2,000 different words", () => {
    const words = rows.flatMap(({ text }) =>
      spokenWords(text)
        .join(" ")
        .toLowerCase()
        .match(/[a-z]+(?:'[a-z]+)*/g),
    );
    expect(new Set(words).size).toBeLessThan(2_000);
  });
});
