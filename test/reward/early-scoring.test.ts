import { describe, expect, it } from "vitest";
import { loadDialogues } from "../../lib/data/load.ts";
import { Exchange } from "../../lib/dialogue/exchange.ts";
import { buildPrompt } from "../../lib/dialogue/prompt.ts";
import { DialoguePpoError } from "../../lib/errors.ts";
import { starterDialogues } from "../../lib/package.ts";
import { measureCalibration } from "../../lib/reward/measure-calibration.ts";
import type { Reward } from "../../lib/reward/reward.ts";
import { Scorer } from "../../lib/reward/scorer.ts";
import { TaacoReward } from "../../lib/reward/taaco-reward.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { PromptCursor } from "../../lib/train/cursor.ts";
import { collectRollout } from "../../lib/train/rollout.ts";
import { speaker } from "../dialogue/fake-speaker.ts";
import { fakeAnalyser, fakeCalibration, oneIndexPreset } from "./fake-analyser.ts";

const nextEvents = async (count: number): Promise<void> => {
  for (let at = 0; at < count; at++) await new Promise((resolve) => setImmediate(resolve));
};

const prompt = {
  id: "d",
  turns: [{ speaker: "A", text: "so what now" }],
  speaker: "B",
  human: "human said this",
};
const sample = {
  ...prompt,
  prompt: "A:: so what now\nB::",
  child: "child said that",
  teacher: "teacher said more",
  teachers: ["teacher said more"],
};

/** A reward that counts the texts it analyses; the analysis of a text fails with the error that `failure` returns. */
async function countingReward(failure: (text: string) => Error | undefined = () => undefined) {
  const statistics = { dppo_turn_x: { mean: 0, sd: 1, count: 100 } };
  const taaco = fakeAnalyser({
    turn: (forms) => {
      const error = failure(forms.join(" "));
      if (error) throw error;
      return { dppo_turn_x: forms.join("").length / 10 };
    },
  });
  const scorer = Scorer.create({
    preset: oneIndexPreset,
    indexMode: "corrected",
    scoredText: "dialogue",
    calibration: fakeCalibration(
      { texts: 0, all: {}, bands: [] },
      { texts: 100, all: statistics, bands: [] },
    ),
    taaco,
  });
  return { reward: new TaacoReward(scorer), analysed: taaco.analysed };
}

describe("scoring that begins before the turns are generated", () => {
  it("analyses the dialogue and the human turn first, then the child's, and nothing twice", async () => {
    const { reward, analysed } = await countingReward();
    const scoring = reward.begin([prompt]);
    expect(analysed).toEqual([]);
    await nextEvents(3);
    expect(analysed).toEqual(["so what now", "human said this"]);
    scoring.childTurns([sample.child]);
    await nextEvents(2);
    expect(analysed).toEqual(["so what now", "human said this", "child said that"]);
    const early = await scoring.score([sample]);
    expect(analysed).toEqual(["so what now", "human said this", "child said that", "teacher said more"]);
    expect(early).toEqual(await reward.score([sample]));
  });

  it("gives the same when the turns come before any analysis", async () => {
    const { reward, analysed } = await countingReward();
    const scoring = reward.begin([prompt]);
    scoring.childTurns([sample.child]);
    expect(await scoring.score([sample])).toEqual(await reward.score([sample]));
    await nextEvents(5);
    expect(analysed).toHaveLength(8);
  });

  it("scores the turn of the sample, not one that was announced", async () => {
    const { reward } = await countingReward();
    const scoring = reward.begin([prompt]);
    scoring.childTurns(["another turn"]);
    await nextEvents(4);
    expect(await scoring.score([sample])).toEqual(await reward.score([sample]));
  });

  it("stops when the signal aborts", async () => {
    const controller = new AbortController();
    const { reward, analysed } = await countingReward();
    reward.begin([prompt, { ...prompt, turns: [{ speaker: "A", text: "and then" }] }], controller.signal);
    // The analysis of a dialogue begins with a pause.
    await nextEvents(2);
    controller.abort();
    await nextEvents(5);
    expect(analysed).toEqual(["so what now"]);
  });

  it("throws an error that ends the run from score only", async () => {
    const { reward } = await countingReward((text) =>
      text.startsWith("child") ? new Error("no parse") : undefined,
    );
    const scoring = reward.begin([prompt]);
    scoring.childTurns([sample.child]);
    await nextEvents(5);
    expect(await scoring.score([sample])).toEqual([{ reason: "a turn could not be analysed: no parse" }]);

    const fatal = new DialoguePpoError("ERR_INTERNAL", "broken");
    const broken = new TaacoReward(
      Object.create(reward.scorer, {
        prepare: {
          value: () => {
            throw fatal;
          },
        },
      }),
    );
    const begun = broken.begin([prompt]);
    await nextEvents(5);
    await expect(begun.score([sample])).rejects.toBe(fatal);
  });
});

describe("a rollout with the real indices", () => {
  it("has the same samples, bit by bit, whether or not the scoring begins early", async () => {
    const { dialogues } = await loadDialogues(starterDialogues);
    const prompts = dialogues.slice(0, 40).flatMap((dialogue) => buildPrompt(dialogue) ?? []);
    const taaco = await Taaco.create();
    const calibration = await measureCalibration(taaco, prompts, { scoredText: "dialogue" });
    const scorer = Scorer.create({
      preset: "taaco",
      indexMode: "corrected",
      scoredText: "dialogue",
      calibration,
      taaco,
    });
    const early = new TaacoReward(scorer);
    const late: Reward = { name: "taaco", score: (samples, signal) => early.score(samples, signal) };
    const turns = [
      "Well, I think that the boat was old, so it did not start.",
      "",
      "Yes.",
      "And then we went home again.",
    ];
    const rollout = async (reward: Reward) => {
      const slow = speaker(turns);
      const generate = slow.model.generate.bind(slow.model);
      // Generation on the engine's thread takes many turns of the event loop.
      slow.model.generate = async (options) => {
        await nextEvents(10);
        return generate(options);
      };
      const exchange = new Exchange(slow, slow, { maxNewTokens: 20 });
      const cursor = new PromptCursor(prompts, 0);
      return collectRollout({ exchange, reward, cursor, batchSize: 8, seed: 1, failurePolicy: "drop" }, 1);
    };
    const [one, other] = [await rollout(early), await rollout(late)];
    expect(one.samples).toEqual(other.samples);
    expect(new Set(one.samples.map(({ reward }) => reward)).size).toBeGreaterThan(3);
  });
});
