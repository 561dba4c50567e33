import { beforeAll, describe, expect, it, vi } from "vitest";
import { Exchange } from "../../lib/dialogue/exchange.ts";
import { fitPrompts } from "../../lib/dialogue/fit.ts";
import { promptOf } from "../../lib/dialogue/prompt.ts";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { tinyProject } from "../train/fixture.ts";
import { loadShape, shapeOf } from "./chat-shapes.ts";
import { speaker } from "./fake-speaker.ts";

let child: LanguageModel;
let teacher: LanguageModel;
let childTokenizer: Tokenizer;
let teacherTokenizer: Tokenizer;
let exchange: Exchange;

const turns = (text: string) => [
  { speaker: "A", text },
  { speaker: "B", text: "well, it was" },
];
const prompts = ["the dog ran", "she said no", "we went home again"].map((text, index) =>
  promptOf(String(index), turns(text)),
);
const seedFor = (sample: number, role: "child" | "teacher", turn: number): number =>
  1000 * sample + 10 * turn + (role === "child" ? 1 : 2);

beforeAll(async () => {
  const project = await tinyProject();
  child = await LanguageModel.load(project.child);
  teacher = await LanguageModel.load(project.teacher);
  childTokenizer = await Tokenizer.load(project.child);
  teacherTokenizer = await Tokenizer.load(project.teacher);
  exchange = new Exchange(
    { model: child, tokenizer: childTokenizer },
    { model: teacher, tokenizer: teacherTokenizer },
    { maxNewTokens: 12, teacherSamples: 2 },
  );
});

describe("Exchange", () => {
  it("returns only new tokens, with a line feed or end token at the end of a turn that the child ended", async () => {
    const samples = await exchange.run(prompts, seedFor);
    const lineFeeds = new Set(childTokenizer.idsContaining("\n"));
    for (const [index, { promptIds, childIds, ended, teachers, child: turn }] of samples.entries()) {
      expect([...promptIds]).toEqual([...childTokenizer.encode(prompts[index]?.text ?? "")]);
      expect(childIds.length).toBeGreaterThan(0);
      expect(childIds.length).toBeLessThanOrEqual(12);
      const last = childIds.at(-1) ?? -1;
      expect(ended).toBe(lineFeeds.has(last) || last === childTokenizer.eosId);
      expect([...childIds.slice(0, -1)].some((id) => lineFeeds.has(id))).toBe(false);
      expect(turn).not.toContain("\n");
      expect(teachers).toHaveLength(2);
    }
  });

  it("gives a dialogue the same turns in any batch", async () => {
    const together = await exchange.run(prompts, seedFor);
    const alone = await exchange.run(prompts.slice(1, 2), (_, role, turn) => seedFor(1, role, turn));
    expect([...(alone[0]?.childIds ?? [])]).toEqual([...(together[1]?.childIds ?? [])]);
    expect(alone[0]?.teachers).toEqual(together[1]?.teachers);
  });

  it("encodes the teacher's prompt for a dialogue that fits once", () => {
    const encode = vi.spyOn(teacherTokenizer, "encode");
    const partial = Array.from({ length: 6 }, () => "A:: the dog ran").join("\n");
    const { ids } = exchange.promptForTeacher(partial, "so");
    expect(encode).toHaveBeenCalledTimes(1);
    encode.mockRestore();
    expect(ids.length).toBeLessThanOrEqual(teacher.config.maxPositions - 12);
  });

  it("drops the oldest turns of a teacher prompt that is too long, and warns once", () => {
    const long = Array.from(
      { length: 40 },
      (_, index) => `A:: ${index} the dog ran to a big garden and went home`,
    );
    const warnings: string[] = [];
    const log = { info: () => {}, warn: (line: string) => void warnings.push(line) };
    const warned = new Exchange(exchange.child, exchange.teacher, { maxNewTokens: 12, log });
    const { ids } = warned.promptForTeacher(long.join("\n"), "so");
    warned.promptForTeacher(long.join("\n"), "so");
    expect(ids.length).toBeLessThanOrEqual(teacher.config.maxPositions - 12);
    expect(teacherTokenizer.decode(ids)).toContain("39 the dog");
    expect(warnings).toHaveLength(1);
  });

  it("drops the first words of a last turn that is too long by itself, so that no sample ends a run", () => {
    const turn = `A:: ${Array.from({ length: 2000 }, (_, index) => `word${index}`).join(" ")}`;
    const { ids } = exchange.promptForTeacher(`B:: before\n${turn}`, "so");
    expect(ids.length).toBeLessThanOrEqual(teacher.config.maxPositions - 12);
    expect(ids.length).toBeGreaterThan(teacher.config.maxPositions - 12 - 10);
    expect(teacherTokenizer.decode(ids)).toContain("word1998 word1999");
    expect(teacherTokenizer.decode(ids)).not.toContain("before");
  });
});

describe("a teacher that ends its turns with a token of its chat form", () => {
  it.each([true, false])(
    "stops there, and the token is no part of the turn (special token: %s)",
    async (special) => {
      const tokenizer = await loadShape(shapeOf("smollm2"), { eos_token: "<|endoftext|>" }, special);
      const [text, turn] = ["<|endoftext|>", "<|im_end|>"].map(
        (token) => tokenizer.tokenToId(token) as number,
      );
      const stops: (readonly number[])[] = [];
      const model = {
        config: { vocabSize: tokenizer.vocabSize, maxPositions: 1000, eosTokenIds: [text] },
        generate: async ({ eosTokenIds }: { eosTokenIds: readonly number[] }) => {
          stops.push(eosTokenIds);
          return { sequences: [Int32Array.from([...tokenizer.encode("Well, it is."), turn as number])] };
        },
      } as unknown as LanguageModel;
      const exchanged = new Exchange(speaker(["so"]), { model, tokenizer }, { maxNewTokens: 12 });
      const [sample] = await exchanged.run(prompts.slice(0, 1), seedFor);
      expect(stops).toEqual([[text, turn]]);
      expect(sample?.teacher).toBe("Well, it is.");
    },
  );
});

describe("fitPrompts", () => {
  const limit = (): number => childTokenizer.encode(prompts[0]?.text ?? "").length - 1;

  it("truncates, skips or refuses a prompt that is too long", async () => {
    const [long] = prompts;
    if (!long) throw new Error("no prompt");
    const cut = await fitPrompts([long], childTokenizer, limit(), "truncate");
    expect(cut).toMatchObject({ truncated: 1, skipped: 0 });
    expect(cut.prompts.at(0)?.text).toBe("B:: well, it was\nA::");
    await expect(fitPrompts([long], childTokenizer, limit(), "skip")).rejects.toThrow(
      /all 1 prompts are too long/,
    );
    await expect(fitPrompts([long], childTokenizer, limit(), "error")).rejects.toThrow(
      /dialogue 0: its prompt has/,
    );
  });

  it("refuses a prompt whose last turn does not fit, with every setting", async () => {
    for (const setting of ["truncate", "skip", "error"] as const) {
      await expect(fitPrompts(prompts, childTokenizer, 3, setting)).rejects.toThrow(
        /not even its last turn fits/,
      );
    }
  });
});
