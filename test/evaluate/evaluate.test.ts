import { describe, expect, it } from "vitest";
import { promptOf } from "../../lib/dialogue/prompt.ts";
import { evaluateChildren } from "../../lib/evaluate/children.ts";
import { comparePerplexity } from "../../lib/evaluate/compare.ts";
import type { TurnIndexer, TurnScorer } from "../../lib/evaluate/measured-turn.ts";
import { speaker } from "../dialogue/fake-speaker.ts";

const prompts = ["one", "two", "three", "four"].map((id) =>
  promptOf(id, [{ speaker: "A", text: `so about ${id}` }], "B", "well yes it is"),
);

/** A text is one paragraph of one sentence. The score is a tenth of the turn's length, and the indices count words. */
const indexer: TurnIndexer = {
  analyse: ({ turns }) =>
    turns.map(({ text }) => [text.split(" ").map((word) => [word, word, "NN", ""] as const)]),
  indices: ({ paragraphs }) => ({ words: paragraphs.flat(2).length, never: null }),
  extras: () => ({ dppo_words: 1 }),
  turnExtras: (turn, context) => ({
    dppo_turn_words: turn.flat(2).length,
    dppo_context: context.flat(2).length,
  }),
};
const scorer: TurnScorer = {
  prepare: () => ({}),
  score: (_, turn) => {
    if (turn === "bad") throw new Error("cannot be analysed");
    // A guard acts on turns of one word.
    const guard = { value: 1, z: turn.includes(" ") ? 0 : -2, weight: 1 };
    const index = { value: 1, z: -1, weight: 1 };
    return { value: turn.length / 10, parts: { index, guard_terse: guard } };
  },
};

const base = { scorer, indexer, scoredText: "dialogue", prompts, exchange: { maxNewTokens: 20 } } as const;

describe("evaluate", () => {
  it("measures reward, KL, perplexity, length and indices as computed by hand", async () => {
    const options = {
      ...base,
      before: speaker(["oh no"], -2),
      after: speaker(["oh no oh no"], -1),
      teacher: speaker(["yes"], 0),
    };
    const { record } = await evaluateChildren({ ...options, samplesPerPrompt: 2 });
    expect(record.dialogues).toBe(4);
    expect(record.reward.before).toBeCloseTo(0.5 - 0.3, 12);
    expect(record.reward.difference).toBeCloseTo(0.6, 12);
    expect(record.childScore).toMatchObject({ teacher: expect.closeTo(0.3), human: expect.closeTo(1.4) });
    expect(record.margins).toMatchObject({
      overHumanBefore: { difference: expect.closeTo(0.5 - 1.4) },
      overHumanAfter: { difference: expect.closeTo(1.1 - 1.4) },
      overTeacherBefore: { difference: expect.closeTo(0.5 - 0.3), low: expect.closeTo(0.2) },
    });
    // The turn has twelve tokens with the line feed, each one nat more likely than under the child before training.
    expect(record.kl).toMatchObject({ before: 0, after: expect.closeTo(12), difference: expect.closeTo(12) });
    expect(record.perplexity.before).toBeCloseTo(Math.exp(2), 5);
    expect(record.perplexity.after).toBeCloseTo(Math.exp(1), 5);
    expect(record.length).toMatchObject({ before: 2, after: 4, teacher: 1, human: 4 });
    expect(record.repetition).toMatchObject({ before: 0, after: expect.closeTo(1 / 3), teacher: null });
    expect(record.indices.words).toMatchObject({ before: 5, after: 7, teacher: 4, human: 7 });
    expect(record.indices.dppo_context).toMatchObject({ before: 3, after: 3 });
    expect(record.indices).not.toHaveProperty("never");
  });

  it("measures the turn alone for scored text continuation", async () => {
    const child = speaker(["oh no"], -1);
    const { record } = await evaluateChildren({
      ...base,
      before: child,
      after: child,
      scoredText: "continuation",
    });
    expect(record.indices.words).toMatchObject({ before: 2, difference: 0, low: 0, high: 0 });
    expect(record.reward).toMatchObject({ before: expect.closeTo(0.5), difference: 0 });
  });

  it("gives both children the same seeds, whatever the batch size, and every sample another seed", async () => {
    const recordings = Array.from({ length: 4 }, () => ({ seeds: [] as number[], prompts: [] as string[] }));
    const run = (rows: number, before = recordings[0], after = recordings[1]) =>
      evaluateChildren({
        ...base,
        before: speaker(["a"], -1, before),
        after: speaker(["b"], -1, after),
        rows,
      });
    await run(64);
    await run(3, recordings[2], recordings[3]);
    const [first, ...others] = recordings.map(({ seeds }) => seeds);
    for (const other of others) expect(other).toEqual(first);
    expect(new Set(first).size).toBe(16);
  });

  it("shows at most one best and one worst sample per dialogue", async () => {
    const child = speaker(["a", "a b c d", "a b"], -1);
    const { record } = await evaluateChildren({ ...base, before: child, after: child, samplesPerPrompt: 8 });
    expect(record.best?.map(({ id }) => id).sort()).toEqual(["four", "one", "three", "two"]);
    expect(record.best?.[0]).toMatchObject({ after: "a b c d", scores: { after: 0.7, human: 1.4 } });
    expect(record.worst?.[0]).toMatchObject({ after: "a", teacher: null });
    expect(record.best?.[0]?.guards).toMatchObject({ after: [], teacher: [] });
    expect(record.worst?.[0]?.guards).toMatchObject({ before: ["terse"], after: ["terse"], teacher: [] });
  });

  it("counts turns that could not be scored and leaves them out", async () => {
    const options = { ...base, before: speaker(["ok"], -1), after: speaker(["bad"], -1) };
    const { record, failures } = await evaluateChildren(options);
    expect(failures).toEqual({ "cannot be analysed": 4 });
    expect(record.reward).toEqual({ before: null, after: null, difference: null, low: null, high: null });
    expect(record.length.after).toBe(1);
  });

  it("gives an empty turn of the teacher no score, as training does", async () => {
    const options = { ...base, before: speaker(["oh no"], -1), after: speaker(["oh no"], -1) };
    const exchange = { ...base.exchange, teacherSamples: 8 };
    const { record, failures } = await evaluateChildren({
      ...options,
      teacher: speaker(["yes", " "]),
      exchange,
    });
    expect(record.childScore).toMatchObject({ before: expect.closeTo(0.5), teacher: expect.closeTo(0.3) });
    expect(record.reward).toMatchObject({ before: expect.closeTo(0.5 - 0.3), difference: 0 });
    expect(Object.keys(failures)).toEqual(["the teacher's turn is empty"]);
    const silent = await evaluateChildren({ ...options, teacher: speaker([" "]) });
    expect(silent.record.reward).toMatchObject({ before: null, after: null });
  });

  it("refuses to evaluate without a dialogue", async () => {
    const child = speaker(["ok"], -1);
    await expect(evaluateChildren({ ...base, prompts: [], before: child, after: child })).rejects.toThrow(
      /no dialogue/,
    );
  });
});

describe("comparePerplexity", () => {
  it("gives every token the same weight", () => {
    const before = [
      { nats: 10, tokens: 10 },
      { nats: 0, tokens: 90 },
    ];
    const after = before.map(({ nats, tokens }) => ({ nats: nats + tokens, tokens }));
    const result = comparePerplexity(before, after);
    expect(result.before).toBeCloseTo(Math.exp(0.1), 12);
    expect(result.after).toBeCloseTo(Math.exp(1.1), 12);
    // The bounds are those of resamples that hold only one of the texts.
    expect(result.low).toBeCloseTo(Math.E - 1, 9);
    expect(result.high).toBeCloseTo(Math.exp(2) - Math.E, 9);
  });
});
