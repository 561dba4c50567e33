import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { readCsv } from "../../lib/data/csv.ts";
import { loadDialogues } from "../../lib/data/load.ts";
import { composeDialogues, mixReplies } from "../../scripts/starter-dialogues/compose.js";
import { toCsv } from "../../scripts/starter-dialogues/make.js";

const folder = path.resolve(import.meta.dirname, "../../data/starter");

interface Row {
  readonly id: string;
  readonly text: string;
  readonly words: number;
  readonly tokens: number;
  readonly subject: string | undefined;
}

async function readRows(file: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const { values } of readCsv(file)) {
    const { Filename = "", text = "", num_words, token_length, subject } = values;
    rows.push({ id: Filename, text, words: Number(num_words), tokens: Number(token_length), subject });
  }
  return rows;
}

const turnsOf = ({ text }: Row): string[] => text.split("\n").map((line) => line.slice("A:: ".length));
const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z]+(?:'[a-z]+)*/g) ?? [];

describe.each(["dialogues.csv", "hand-written.csv"])("the starter file %s", (name) => {
  const file = path.join(folder, name);
  let rows: Row[] = [];
  const failingIds = (holds: (row: Row) => boolean): string[] =>
    rows.filter((row) => !holds(row)).map(({ id }) => id);

  beforeAll(async () => {
    rows = await readRows(file);
  });

  it("has dialogues within the length limits, and as many as its README states", async () => {
    const { dialogues, dropped } = await loadDialogues(file);
    expect(dropped).toEqual({});
    expect(dialogues.length).toBe(rows.length);
    const readme = readFileSync(path.join(folder, "README.md"), "utf8");
    const section = readme.slice(readme.indexOf(`## ${name}`));
    const stated = /\*\*([\d,]+) dialogues\*\*, ([\d,]+) words/.exec(section);
    const number = (text = ""): number => Number(text.replaceAll(",", ""));
    expect(number(stated?.[1])).toBe(rows.length);
    expect(number(stated?.[2])).toBe(rows.reduce((sum, row) => sum + row.words, 0));
  });

  it("is plain ASCII with LF line ends and the usual header", () => {
    const raw = readFileSync(file, "latin1");
    expect(raw).toMatch(/^Filename,text,num_words,token_length(,subject)?\n/);
    expect(/[^\x20-\x7e\n]/.exec(raw)).toBeNull();
  });

  it("is numbered from 0 in order", () => {
    expect(rows.map(({ id }) => id)).toEqual(
      rows.map((_, index) => `dialog_${String(index).padStart(5, "0")}.txt`),
    );
  });

  it("has four to six non-empty turns of alternating speakers, with single spaces between words", () => {
    const turn = (speaker: string): string => `${speaker}:: \\S+(?: \\S+)*`;
    const orders = ["ABAB", "BABA"].map(
      (order) => new RegExp(`^${[...order, ...order].slice(0, 4).map(turn).join("\\n")}`),
    );
    expect(failingIds(({ text }) => orders.some((order) => order.test(text)))).toEqual([]);
    expect(failingIds((row) => turnsOf(row).length >= 4 && turnsOf(row).length <= 6)).toEqual([]);
    const alternates = (text: string): boolean => !/(?:^|\n)(.):: .*\n\1:: /.test(text);
    expect(failingIds(({ text }) => alternates(text))).toEqual([]);
  });

  it("is opened by A and by B about equally often", () => {
    const share = rows.filter(({ text }) => text.startsWith("A")).length / rows.length;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.05);
  });

  it("states the number of words without and with labels", () => {
    const spoken = (row: Row): number => turnsOf(row).join(" ").split(" ").length;
    expect(failingIds((row) => spoken(row) === row.words)).toEqual([]);
    expect(failingIds(({ text, tokens }) => text.split(/\s+/).length === tokens)).toEqual([]);
  });

  it("contains no duplicates, also without regard to labels, case and punctuation", () => {
    expect(new Set(rows.map((row) => wordsOf(turnsOf(row).join(" ")).join(" "))).size).toBe(rows.length);
  });
});

describe("the composed dialogues", () => {
  const composed = composeDialogues({ count: 8400, seed: 1 });

  it("are those of the file", () => {
    expect(readFileSync(path.join(folder, "dialogues.csv"), "utf8")).toBe(toCsv(composed));
  });

  it("are about at least 60 subjects, about equally often, in at most 1,500 words", () => {
    const counts = new Map<string, number>();
    for (const { subject } of composed) counts.set(subject, (counts.get(subject) ?? 0) + 1);
    expect(counts.size).toBeGreaterThanOrEqual(60);
    expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(1);
    const words = new Set(composed.flatMap(({ turns }) => turns.flatMap(wordsOf)));
    expect(words.size).toBeLessThanOrEqual(1500);
  });

  it("say no turn of six words or more in more than three dialogues", () => {
    const counts = new Map<string, number>();
    for (const turn of composed.flatMap(({ turns }) => turns.map((one) => wordsOf(one)))) {
      if (turn.length >= 6) counts.set(turn.join(" "), (counts.get(turn.join(" ")) ?? 0) + 1);
    }
    expect(Math.max(...counts.values())).toBeLessThanOrEqual(3);
  });

  it("have no slot left and no grammar slip that a program can see", () => {
    const slips =
      /[{}]|\b(\w+) \1\b|\ba (?!use)[aeiou]|\ban [^aeiouh]| {2}|\bI (?:is|has|was not)\b|[.?!] [a-z]/;
    const found = composed.flatMap(({ turns }) => turns.filter((turn) => slips.test(turn)));
    expect(found).toEqual([]);
  });

  it("mixed: the wanted share of the last replies comes from dialogues about other subjects, the rest stays", () => {
    const mixed = mixReplies(composed, { share: 0.4, seed: 1 });
    const lastTurns = new Map(composed.map(({ subject, turns }) => [turns.at(-1), subject]));
    let foreign = 0;
    mixed.forEach(({ turns }, row) => {
      const own = composed[row];
      expect(turns.slice(0, -1)).toEqual(own?.turns.slice(0, -1));
      if (turns.at(-1) === own?.turns.at(-1)) return;
      foreign += 1;
      expect(lastTurns.get(turns.at(-1))).not.toBe(own?.subject);
    });
    expect(foreign / composed.length).toBeGreaterThan(0.38);
    expect(foreign / composed.length).toBeLessThan(0.42);
  });
});
