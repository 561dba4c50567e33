import { describe, expect, it } from "vitest";
import { type Dialogue, parseTurns } from "../../lib/data/dialogue.ts";
import { DialogueList } from "../../lib/data/dialogue-list.ts";
import { MappedList } from "../../lib/data/list.ts";
import { RecordFile } from "../../lib/data/record-file.ts";

const dialogue = (number: number, text: string): Dialogue => ({
  id: `d${number}`,
  text,
  turns: parseTurns(text),
});

/** Texts with every kind of character, two of them longer than a block of the file. */
const dialogues = [
  dialogue(1, 'A:: It\'s "quoted", with \\ and \u2028.\nB:: Ça va, 你好, 🙂?'),
  dialogue(2, `A:: ${"long word ".repeat(150_000)}`),
  dialogue(3, "no label\nA:: a lone \ud800 surrogate\n  and a line below"),
  dialogue(4, `B:: ${"é".repeat(600_000)}`),
  // Turns that the text does not split into, as JSON files have them.
  { id: "d5", text: "A:: one\nB:: two", turns: [{ speaker: "A", text: "one\nB:: two" }] },
  ...Array.from({ length: 3000 }, (_, at) => dialogue(at + 6, `A:: turn ${at}\nB:: and ${at * at}`)),
];

describe("a list of dialogues", () => {
  it.each([
    ["in memory", 2 ** 30],
    ["in a file", 0],
    ["in a file after a few in memory", 100],
  ])("gives back what was added, in any order of reading: %s", (_, limit) => {
    const list = new DialogueList(limit);
    for (const one of dialogues) list.push(one);
    expect(list.length).toBe(dialogues.length);
    expect([...list]).toEqual(dialogues);
    for (const at of [3004, 1, 0, 4, 2, 3, 1500, 1501, 7]) expect(list.at(at)).toEqual(dialogues[at]);
    expect([list.at(-1), list.at(dialogues.length)]).toEqual([undefined, undefined]);
    // It can grow after it was read.
    list.push(dialogue(0, "A:: one more"));
    expect(list.at(dialogues.length)?.text).toBe("A:: one more");
    expect([...list].slice(0, -1)).toEqual(dialogues);
  });

  it("maps some of its items, with their positions", () => {
    const list = new DialogueList(0);
    for (const one of dialogues) list.push(one);
    const mapped = new MappedList(list, [5, 2, 7], ({ id }, at) => `${at} ${id}`);
    expect([...mapped]).toEqual(["0 d6", "1 d3", "2 d8"]);
    expect([mapped.length, mapped.at(1), mapped.at(3)]).toEqual([3, "1 d3", undefined]);
  });
});

describe("a file of records", () => {
  it("takes no more memory than their positions", () => {
    const file = new RecordFile();
    const record = "x".repeat(1000);
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < 30_000; at++) file.append(record);
    // The texts take 30 MB, a block 1 MiB, and the positions 8 bytes each in arrays that double.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4e6);
    expect([file.length, file.read(29_999)]).toEqual([30_000, record]);
  });
});
