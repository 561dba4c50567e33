import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadDialogues } from "../../lib/data/load.ts";
import { buildPrompt, type Prompt } from "../../lib/dialogue/prompt.ts";
import { measureCalibration } from "../../lib/reward/measure-calibration.ts";
import { resolvePreset } from "../../lib/reward/presets.ts";
import { Scorer } from "../../lib/reward/scorer.ts";
import { scoreTurns } from "../../lib/reward/taaco-reward.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import type { VectorSpace } from "../../lib/taaco/types.ts";

const starter = path.resolve(import.meta.dirname, "../../data/starter/dialogues.csv");

const dialogues = [
  [
    "Did you ever get the boat in the water?",
    "We did, and then it wouldn't start.",
    "Oh no. And was the engine old?",
    "Well, the engine was new, but the old boat was not.",
  ],
  [
    "So what do you grow in the garden?",
    "Mostly beans, because the rabbits leave them alone.",
    "My beans never come up.",
    "You have to water the beans in the morning, so they say.",
  ],
  [
    "I finally read that book you gave me.",
    "Oh good, and did you like the ending?",
    "Not really, the end was too quick for me.",
    "A quick end is better than a slow one, I think.",
  ],
];

const speakers = ["A", "B", "A", "B"];
const samples = dialogues.map((texts) => ({
  turns: texts.slice(0, 3).map((text, at) => ({ speaker: speakers[at] ?? "", text })),
  speaker: "B",
  human: texts[3] ?? "",
}));

/** A space in which a word's vector is computed from its letters. */
const space: VectorSpace = (() => {
  const words = [...new Set(dialogues.flat().flatMap((text) => text.toLowerCase().match(/[a-z']+/g) ?? []))];
  const values = new Float32Array(words.length * 4);
  words.forEach((word, row) => {
    for (let at = 0; at < word.length; at++) {
      const cell = row * 4 + (word.charCodeAt(at) % 4);
      values[cell] = (values[cell] ?? 0) + 1;
    }
  });
  return { kind: "lsa", dimensions: 4, words, values, row: (lemma) => words.indexOf(lemma) };
})();

describe("scoring with the real indices", () => {
  it("original: equals the mean of the nine indices of the labelled text", async () => {
    const taaco = await Taaco.create({ mode: "experiment" });
    const scorer = Scorer.create({
      preset: "original",
      indexMode: "corrected",
      scoredText: "dialogue",
      taaco,
    });
    for (const sample of samples) {
      const lines = [...sample.turns, { speaker: sample.speaker, text: sample.human }];
      const whole = lines.map(({ speaker, text }) => `${speaker}:: ${text}`).join("\n");
      const values = taaco.indices(whole);
      const nine = resolvePreset("original").terms.map(({ index }) => values[index] ?? 0);
      const mean = nine.reduce((sum, value) => sum + value, 0) / 9;
      const { value } = scorer.score(scorer.prepare(sample), sample.human);
      expect(value).toBeCloseTo(1 / (1 + Math.exp(-mean)), 12);
      expect(value).toBeGreaterThan(0.5);
      expect(value).toBeLessThan(0.7311);
    }
  });

  it("taaco: a context that is analysed separately gives the values of the whole dialogue", async () => {
    const taaco = await Taaco.create({ spaces: [space] });
    const calibration = await measureCalibration(taaco, samples, { scoredText: "dialogue" });
    const scorer = Scorer.create({
      preset: { ...resolvePreset("taaco"), guards: [] },
      indexMode: "corrected",
      scoredText: "dialogue",
      calibration,
      taaco,
    });
    for (const sample of samples) {
      const turns = [...sample.turns, { speaker: sample.speaker, text: sample.human }];
      const whole = scorer.scoreText(taaco.analyse({ turns }), taaco.indices({ turns }));
      expect(scorer.score(scorer.prepare(sample), sample.human)).toEqual(whole);
    }
    expect(scorer.missing).toEqual(["lda_1_all_sent", "word2vec_1_all_sent"]);
  });

  it("every preset with guards: tricks score below the human turns of the starter dialogues on average", async () => {
    const taaco = await Taaco.create();
    const prompts = (await loadDialogues(starter)).dialogues
      .slice(0, 150)
      .flatMap((one) => buildPrompt(one) ?? []);
    const calibration = await measureCalibration(taaco, prompts, { scoredText: "dialogue" });
    const tricks: Record<string, (prompt: Prompt) => string> = {
      copy: ({ turns }) => turns.at(-1)?.text ?? "",
      twice: ({ human }) => `${human} ${human}`,
      word: () => "Yeah.",
      empty: () => "",
    };
    for (const preset of ["taaco", "turn"] as const) {
      const scorer = Scorer.create({
        preset,
        indexMode: "corrected",
        scoredText: "dialogue",
        calibration,
        taaco,
      });
      const mean = (turnOf: (prompt: Prompt) => string): number =>
        prompts.reduce((sum, one) => sum + scorer.score(scorer.prepare(one), turnOf(one)).value, 0) /
        prompts.length;
      const human = mean((prompt) => prompt.human ?? "");
      for (const [name, trick] of Object.entries(tricks)) {
        expect(mean(trick), `${preset}: ${name}`).toBeLessThan(human - 0.1);
      }
    }
  });

  it("turn: another dialogue's turn scores below the human's own", async () => {
    const taaco = await Taaco.create();
    const prompts = (await loadDialogues(starter)).dialogues
      .slice(0, 150)
      .flatMap((one) => buildPrompt(one) ?? []);
    const calibration = await measureCalibration(taaco, prompts, { scoredText: "dialogue" });
    const scorer = Scorer.create({
      preset: "turn",
      indexMode: "corrected",
      scoredText: "dialogue",
      calibration,
      taaco,
    });
    const rewards = prompts.map((prompt, at) => {
      const child = prompts[(at + 1) % prompts.length]?.human ?? "";
      const scored = scoreTurns(scorer, { ...prompt, child, teachers: [prompt.human ?? ""] });
      return "reason" in scored ? Number.NaN : scored.reward;
    });
    expect(rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length).toBeLessThan(-0.02);
  });
});
