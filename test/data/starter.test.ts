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

/** Ids of the rows for which a property does not hold. */
const failing = (holds: (row: Row) => boolean): string[] =>
  rows.filter((row) => !holds(row)).map(({ id }) => id);

const spoken = (text: string): string[] => text.split("\n").flatMap((line) => line.split(" ").slice(1));

describe("the starter dialogues", () => {
  it("are at least 300, all within the length filter, and as many as their README says", async () => {
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

  it("have five turns of alternating speakers, none empty, with single spaces between words", () => {
    const turn = (speaker: string): string => `${speaker}:: \\S+(?: \\S+)*`;
    const opening = (order: string): RegExp => new RegExp(`^${[...order].map(turn).join("\\n")}$`);
    const orders = [opening("ABABA"), opening("BABAB")];
    expect(failing(({ text }) => orders.some((order) => order.test(text)))).toEqual([]);
    expect(failing(({ text }) => text.split("\n").length === 5)).toEqual([]);
  });

  it("are opened by A and by B about equally often", () => {
    const share = rows.filter(({ text }) => text.startsWith("A")).length / rows.length;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.05);
  });

  it("state their number of spoken words, and of words with labels", () => {
    expect(failing(({ text, words }) => spoken(text).length === words)).toEqual([]);
    expect(failing(({ text, tokens }) => text.split(/\s+/).length === tokens)).toEqual([]);
  });

  it("have 20 to 120 spoken words each", () => {
    expect(failing(({ words }) => words >= 20 && words <= 120)).toEqual([]);
  });

  it("repeat no text, not even with other labels, case or punctuation", () => {
    const plain = rows.map(({ text }) =>
      spoken(text.toLowerCase())
        .join(" ")
        .replaceAll(/[^a-z ]/g, ""),
    );
    expect(new Set(plain).size).toBe(rows.length);
  });

  it("keep to a small vocabulary", () => {
    const words = rows.flatMap(({ text }) =>
      spoken(text)
        .join(" ")
        .toLowerCase()
        .match(/[a-z]+(?:'[a-z]+)*/g),
    );
    expect(new Set(words).size).toBeLessThan(2_000);
  });
});
