import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TokenizerKind, writeTokenizer } from "../../lib/bpe/tokenizer-files.ts";
import { parseTurns } from "../../lib/data/dialogue.ts";
import { TeacherChat } from "../../lib/dialogue/teacher-chat.ts";
import { dialogueText, textRows } from "../../lib/dialogue/text-rows.ts";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { chatRow, chatRows, learnerTurn, turnPool } from "../../lib/pretrain/chat-rows.ts";
import { epochBatches, packRows, varyDialogue } from "../../lib/pretrain/rows.ts";
import { sfc32 } from "../../lib/random.ts";

const TEXT = "A:: Did it rain?\nB:: All day.\nA:: Oh no.\nB:: We stayed in.";
const turns = parseTurns(TEXT);
const folders: string[] = [];

async function tokenizerOf(kind: TokenizerKind): Promise<Tokenizer> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "rows-"));
  folders.push(folder);
  writeTokenizer(folder, kind, [TEXT, TEXT], { vocabSize: 300, positions: 1024 });
  return Tokenizer.load(folder);
}

let opt: Tokenizer;
let llama: Tokenizer;
beforeAll(async () => {
  opt = await tokenizerOf("opt");
  llama = await tokenizerOf("llama");
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe("rows of texts", () => {
  it("consist of the first token, the turns with a line feed each, and the end token", () => {
    const [row, ...others] = textRows(dialogueText(turns), opt, 512);
    expect(others).toEqual([]);
    const ids = [...(row?.ids ?? [])];
    expect([ids[0], ids.at(-1)]).toEqual([2, 2]);
    expect(opt.decode(ids)).toBe(`${TEXT}\n`);
  });

  it("begin with the tokens of the prompt of the dialogue", () => {
    const [row] = textRows(dialogueText(turns), opt, 512);
    const prompt = opt.encode("A:: Did it rain?\nB:: All day.\nA::");
    expect([...(row?.ids.slice(0, prompt.length) ?? [])]).toEqual([...prompt]);
  });

  it("of a long text each begin with the first token and together contain the whole text", () => {
    const whole = textRows(TEXT, opt, 512)[0]?.ids ?? [];
    const rows = textRows(TEXT, opt, 8);
    expect(rows.every(({ ids }) => ids.length <= 8 && ids[0] === 2)).toBe(true);
    expect(rows.flatMap(({ ids }) => [...ids.slice(1)])).toEqual([...whole.slice(1)]);
  });

  it("that are packed predict every token of the joined rows once", () => {
    const rows = [2, 3, 4, 5].map((length, at) => ({ ids: new Int32Array(length).fill(at + 10) }));
    const packed = packRows(rows, 4, 0, 1);
    expect(packed.slice(0, -1).every(({ ids }) => ids.length === 4)).toBe(true);
    const joined = packed.flatMap(({ ids }, at) => [...ids.slice(at === 0 ? 0 : 1)]);
    expect(joined.toSorted()).toEqual(rows.flatMap(({ ids }) => [...ids]).toSorted());
    for (let at = 1; at < packed.length; at++) {
      expect(packed[at]?.ids[0]).toBe(packed[at - 1]?.ids.at(-1));
    }
  });

  it("that are packed can hold a text of any length, such as a book without blank lines", () => {
    const book = Int32Array.from({ length: 200_000 }, (_, at) => at);
    const packed = packRows([{ ids: book }], 101, 0, 1);
    expect(packed).toHaveLength(2000);
    expect([packed[0]?.ids.at(-1), packed[1]?.ids[0], packed.at(-1)?.ids.at(-1)]).toEqual([
      100, 100, 199_999,
    ]);
  });

  it("occur once in the batches of an epoch, which depend on the epoch only", () => {
    const lengths = Array.from({ length: 50 }, (_, at) => 5 + ((at * 7) % 30));
    const options = { batchSize: 8, seed: 3, epoch: 0 };
    const batches = epochBatches(lengths, options);
    expect(batches.flat().toSorted((a, b) => a - b)).toEqual(lengths.map((_, at) => at));
    expect(epochBatches(lengths, options)).toEqual(batches);
    expect(epochBatches(lengths, { ...options, epoch: 1 })).not.toEqual(batches);
    // Rows of similar length share a batch, so there is less padding than in the original order.
    const pads = (order: number[][]): number =>
      order.reduce((sum, batch) => {
        const own = batch.map((index) => lengths[index] as number);
        return sum + Math.max(...own) * own.length - own.reduce((a, b) => a + b, 0);
      }, 0);
    const plain = Array.from({ length: 7 }, (_, at) => lengths.map((_, i) => i).slice(at * 8, at * 8 + 8));
    expect(pads(batches)).toBeLessThan(pads(plain) / 2);
  });

  it("vary only by exchanged speakers or missing first turns", () => {
    const seen = new Set<string>();
    for (let at = 0; at < 200; at++) {
      const other = varyDialogue(turns, sfc32(at));
      expect(other.map(({ text }) => text)).toEqual(turns.slice(-other.length).map(({ text }) => text));
      seen.add(other.map(({ speaker }) => speaker).join(""));
    }
    expect([...seen].toSorted()).toEqual(["AB", "ABA", "ABAB", "BA", "BAB", "BABA"]);
  });
});

describe("rows of chats", () => {
  const human = turns[3] as (typeof turns)[number];

  it("consist of the teacher's prompt and the human turn, and the loss covers the answer", () => {
    const { ids, mask } = chatRow(turns.slice(0, 3), human, "we day", new TeacherChat(llama), {
      includeDialogue: false,
    });
    const partial = "A:: Did it rain?\nB:: All day.\nA:: Oh no.";
    const text = llama.decode(ids, { skipSpecialTokens: false });
    expect(text).toBe(`${new TeacherChat(llama).prompt(partial, "we day").text}We stayed in.<|eot_id|>`);
    const counted = [...ids].filter((_, at) => mask?.[at] === 1);
    expect(llama.decode(counted, { skipSpecialTokens: false })).toBe("We stayed in.<|eot_id|>");
  });

  it("include the dialogue of the prompt in the loss during training", () => {
    const { ids, mask } = chatRow(turns.slice(0, 3), human, "we day", new TeacherChat(llama), {
      includeDialogue: true,
    });
    const counted = llama.decode([...ids].filter((_, at) => mask?.[at] === 1));
    expect(counted).toMatch(/^A:: Did it rain\?\nB:: All day\.\nA:: Oh no\.?We stayed in\.$/);
  });

  it("drop the oldest turns of a long dialogue, and dialogues that never fit", () => {
    const dialogues = [{ id: "1", text: TEXT, turns }];
    const pool = turnPool(dialogues);
    const chats = (limit: number): number[] =>
      Array.from({ length: 30 }, (_, epoch) =>
        chatRows(dialogues, pool, new TeacherChat(llama), { seed: 0, epoch, augment: false, limit })
          .filter(({ mask }) => mask !== undefined)
          .map(({ ids }) => ids.length),
      ).flat();
    const free = chats(4096);
    const limit = Math.max(...free) - 1;
    const bounded = chats(limit);
    // One epoch in three contains the dialogue as a chat. All epochs contain its text.
    expect([free.length, bounded.length]).toEqual([10, 10]);
    expect(Math.max(...bounded)).toBeLessThanOrEqual(limit);
    expect(chats(10)).toEqual([]);
  });

  it("have learner turns of many kinds, which depend on the random numbers only", () => {
    const pool = turnPool([{ id: "1", text: TEXT, turns }]);
    const made = Array.from({ length: 50 }, (_, at) => learnerTurn(human.text, pool, sfc32(at)));
    expect(learnerTurn(human.text, pool, sfc32(7))).toBe(made[7]);
    expect(new Set(made).size).toBeGreaterThan(15);
  });
});
