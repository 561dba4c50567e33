import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadDialogues } from "../../lib/data/load.ts";
import { splitDialogues } from "../../lib/data/split.ts";
import { Exchange, type Participant } from "../../lib/dialogue/exchange.ts";
import { buildPrompt } from "../../lib/dialogue/prompt.ts";
import { TeacherChat } from "../../lib/dialogue/teacher-chat.ts";
import { dialogueText, textRows } from "../../lib/dialogue/text-rows.ts";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { heldOutChatRows, turnPool } from "../../lib/pretrain/chat-rows.ts";
import { measureHeldOut } from "../../lib/pretrain/held-out.ts";

const starter = path.resolve(import.meta.dirname, "../../data/starter");

async function participant(name: "child" | "teacher"): Promise<Participant> {
  const folder = path.join(starter, name);
  return { model: await LanguageModel.load(folder), tokenizer: await Tokenizer.load(folder) };
}

async function split() {
  const { dialogues } = await loadDialogues(path.join(starter, "dialogues.csv"));
  return splitDialogues(dialogues, { evalFraction: 0.05, seed: 0 });
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).size, 0);
}

describe("the starter models", () => {
  it("predict held-out dialogues far better than chance: the child texts, the teacher answers", async () => {
    const { train, evaluation } = await split();
    const { model, tokenizer } = await participant("child");
    const own = await measureHeldOut(
      model,
      evaluation.flatMap(({ turns }) => textRows(dialogueText(turns), tokenizer, 512)),
    );
    expect(own.perplexity).toBeLessThan(model.config.vocabSize / 20);
    await model.dispose();
    const teacher = await participant("teacher");
    const rows = heldOutChatRows(
      evaluation.slice(0, 60),
      turnPool(train),
      new TeacherChat(teacher.tokenizer),
      {
        seed: 0,
        limit: 512,
      },
    );
    const answers = await measureHeldOut(teacher.model, rows);
    expect(answers.perplexity).toBeLessThan(teacher.model.config.vocabSize / 20);
    await teacher.model.dispose();
  });

  it("were not trained on the dialogues that the starter preset holds out", () => {
    for (const name of ["child", "teacher"]) {
      const info = JSON.parse(readFileSync(path.join(starter, name, "pretraining_info.json"), "utf8"));
      expect(info.split).toEqual({ evalFraction: 0.05, seed: 0 });
    }
  });

  it("end their turns and write words of the dialogues", async () => {
    const { train, evaluation } = await split();
    const [child, teacher] = [await participant("child"), await participant("teacher")];
    const exchange = new Exchange(child, teacher, { maxNewTokens: 60 });
    const prompts = evaluation.slice(0, 24).flatMap((dialogue) => buildPrompt(dialogue) ?? []);
    const samples = await exchange.run(prompts, (sample, role) => 2 * sample + (role === "child" ? 0 : 1));
    const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z']+/g) ?? [];
    const known = new Set([...train, ...evaluation].flatMap(({ text }) => wordsOf(text)));
    for (const turns of [samples.map(({ child: own }) => own), samples.flatMap(({ teachers }) => teachers)]) {
      const words = turns.flatMap(wordsOf);
      expect(words.length).toBeGreaterThan(3 * turns.length);
      const share = words.filter((word) => known.has(word)).length / words.length;
      expect(share).toBeGreaterThan(0.9);
    }
    expect(samples.filter(({ ended }) => ended).length).toBeGreaterThan(20);
    await child.model.dispose();
    await teacher.model.dispose();
  });

  it("are small and accept long dialogues", async () => {
    const models = ["child", "teacher"].reduce((sum, name) => sum + bytesBelow(path.join(starter, name)), 0);
    expect(models).toBeLessThan(6 * 2 ** 20);
    expect(bytesBelow(starter)).toBeLessThan(12 * 2 ** 20);
    for (const name of ["child", "teacher"] as const) {
      const { model } = await participant(name);
      expect(model.config.maxPositions).toBeGreaterThanOrEqual(1024);
      await model.dispose();
    }
  });
});
