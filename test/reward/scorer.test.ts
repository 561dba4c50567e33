import { describe, expect, it } from "vitest";
import { type Calibration, identifySpaces } from "../../lib/reward/calibration.ts";
import { measureCalibration } from "../../lib/reward/measure-calibration.ts";
import type { ScorePreset } from "../../lib/reward/preset.ts";
import { requiredSpaceKinds, resolvePreset } from "../../lib/reward/presets.ts";
import { Scorer } from "../../lib/reward/scorer.ts";
import { scoreTurns } from "../../lib/reward/taaco-reward.ts";
import type { VectorSpace } from "../../lib/taaco/types.ts";
import { fakeAnalyser, fakeCalibration } from "./fake-analyser.ts";

const meanLength = (forms: string[]): number =>
  forms.reduce((sum, { length }) => sum + length, 0) / forms.length;

const ownPreset = (scope: "text" | "turn", index: string): ScorePreset => ({
  name: "own",
  scope,
  raw: false,
  experiment: false,
  terms: [{ index, weight: 1, sign: 1, clip: [-3, 3] }],
  guards: [{ name: "copied", free: 0, cost: 2 }],
});

const table = (index: string, mean: number, sd: number) => {
  const indices = { [index]: { mean, sd, count: 100 } };
  return { texts: 100, all: indices, bands: [{ from: 1, to: 99, words: 10, texts: 100, indices }] };
};

const calibration = fakeCalibration(table("length", 4, 0.5), table("dppo_turn_new", 0.5, 0.25));

const taaco = () =>
  fakeAnalyser({
    text: (forms) => ({ length: meanLength(forms) }),
    turn: (turn, context) => ({
      dppo_turn_new: turn.filter((word) => !context.includes(word)).length / turn.length,
    }),
  });

const prompt = {
  turns: [
    { speaker: "A", text: "four word turn here" },
    { speaker: "B", text: "yeah sure" },
  ],
  speaker: "A",
};

/** A calibration that knows every index of a preset. */
const withTerms = ({ terms }: ScorePreset): Calibration => {
  const all = Object.fromEntries(terms.map(({ index }) => [index, { mean: 0.5, sd: 0.1, count: 100 }]));
  const length = { texts: 100, all, bands: [] };
  return { ...calibration, text: length, turn: length };
};

const create = (
  preset: ScorePreset,
  analyser = taaco(),
  scoredText: "dialogue" | "continuation" = "dialogue",
  statistics = calibration,
) =>
  Scorer.create({
    preset,
    indexMode: "corrected",
    scoredText,
    calibration: { ...statistics, scoredText },
    taaco: analyser,
  });

describe("the scorer", () => {
  it("scores the partial dialogue once with the new turn", () => {
    const scorer = create(ownPreset("text", "length"));
    const score = scorer.score(scorer.prepare(prompt), "mmmmmmmm mmmmmmmm");
    // 4 + 4 + 4 + 4 + 4 + 4 + 8 + 8 letters in 8 words: 5, two deviations above 4
    expect(score.parts.length).toEqual({ value: 5, z: 2, weight: 1 });
    expect(score.value).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
  });

  it("scores the turn alone on request", () => {
    const scorer = create(ownPreset("text", "length"), taaco(), "continuation");
    expect(scorer.score(scorer.prepare(prompt), "mmmmm mmm").parts.length?.value).toBe(4);
  });

  it("scores a turn against its context in scope turn", () => {
    const scorer = create(ownPreset("turn", "dppo_turn_new"));
    const score = scorer.score(scorer.prepare(prompt), "yeah but why not");
    expect(score.parts.dppo_turn_new).toEqual({ value: 0.75, z: 1, weight: 1 });
  });

  it("analyses the context once for child, teachers and human turn", () => {
    const analyser = taaco();
    const scorer = create(ownPreset("turn", "dppo_turn_new"), analyser);
    const sample = {
      id: "d1",
      ...prompt,
      child: "one two",
      teachers: ["three four", "five six"],
      human: "7 8",
    };
    scoreTurns(scorer, sample);
    expect(analyser.analysed).toEqual([
      "four word turn here",
      "yeah sure",
      "one two",
      "three four",
      "five six",
      "7 8",
    ]);
  });

  it("gives empty and one-word turns the lowest score, in every preset", () => {
    for (const name of ["taaco", "turn"] as const) {
      const scorer = create(resolvePreset(name), taaco(), "dialogue", withTerms(resolvePreset(name)));
      const context = scorer.prepare(prompt);
      for (const turn of ["", "  ", "...", "Yeah.", "I'm"]) {
        expect(scorer.score(context, turn)).toEqual(scorer.lowest);
      }
    }
    const preset = resolvePreset("taaco");
    expect(create(preset, taaco(), "dialogue", withTerms(preset)).lowest.value).toBeCloseTo(
      1 / (1 + Math.exp(3)),
      12,
    );
  });

  it("subtracts a penalty for words copied from the context", () => {
    const scorer = create(ownPreset("text", "length"));
    const copy = scorer.score(scorer.prepare(prompt), "four word turn here");
    expect(copy.parts.guard_copied).toEqual({ value: 1, z: -2, weight: 1 });
    expect(copy.value).toBeCloseTo(1 / (1 + Math.exp(2)), 12);
  });

  it("scores a whole text without guards", () => {
    const analyser = taaco();
    const scorer = create(ownPreset("text", "length"), analyser);
    const text = analyser.analyse("mmmmm mmmm\nmmmmm mmmm");
    expect(scorer.scoreText(text).parts).toEqual({ length: { value: 4.5, z: 1, weight: 1 } });
    expect(scorer.scoreText(text, { length: 4 }).value).toBe(0.5);
    const turnScorer = create(ownPreset("turn", "dppo_turn_new"), analyser);
    expect(() => turnScorer.scoreText(text)).toThrow(/scores a turn in its context/);
  });

  it("refuses a calibration that does not fit", () => {
    const options = {
      preset: "taaco",
      indexMode: "corrected",
      scoredText: "dialogue",
      taaco: taaco(),
    } as const;
    expect(() => Scorer.create(options)).toThrow(/needs a calibration/);
    const faithful = { ...options, calibration: { ...calibration, indexMode: "faithful" as const } };
    expect(() => Scorer.create(faithful)).toThrow(/holds faithful indices, expected corrected/);
    const continuation = { ...options, calibration, scoredText: "continuation" as const };
    expect(() => Scorer.create(continuation)).toThrow(/scored text "dialogue"/);
    expect(() => Scorer.create({ ...options, calibration, indexMode: "faithful" })).toThrow(
      /needs indices in mode faithful, got corrected/,
    );
  });
});

describe("semantic spaces", () => {
  const space = (kind: VectorSpace["kind"], first: number): VectorSpace => ({
    kind,
    dimensions: 2,
    values: Float32Array.of(first, 1),
    row: () => 0,
  });
  const preset = ownPreset("text", "lsa_1_all_sent");
  const known = withTerms(preset);
  const create = (measured: VectorSpace[], used: VectorSpace[], name: string | ScorePreset = preset) =>
    Scorer.create({
      preset: name as ScorePreset,
      indexMode: "corrected",
      scoredText: "dialogue",
      calibration: { ...known, spaces: identifySpaces(measured) },
      taaco: { ...taaco(), spaces: used },
    });

  it("must be those of the calibration, if the preset needs them", () => {
    expect(() => create([space("lsa", 1)], [space("lsa", 2)])).toThrow(/another lsa space/);
    const scorer = create([space("lsa", 1), space("lda", 1)], [space("lsa", 1), space("lda", 2)]);
    expect(scorer.missing).toEqual([]);
  });

  it("leave their indices missing when they are absent", () => {
    const both = { ...preset, terms: [...preset.terms, ...ownPreset("text", "length").terms] };
    const options = { preset: both, indexMode: "corrected", scoredText: "dialogue", taaco: taaco() } as const;
    const scorer = Scorer.create({ ...options, calibration: withTerms(both) });
    expect(scorer.missing).toEqual(["lsa_1_all_sent"]);
  });

  it("are required by kind", () => {
    expect(requiredSpaceKinds(resolvePreset("taaco"))).toEqual(["lsa", "lda", "word2vec"]);
    expect(requiredSpaceKinds(resolvePreset("turn"))).toEqual(["lsa"]);
    expect(requiredSpaceKinds(resolvePreset("original"))).toEqual([]);
  });
});

describe("missing indices", () => {
  const preset = resolvePreset("taaco");
  const known = withTerms(preset);
  const { lsa_1_all_sent: _, ...rest } = known.text.all;
  const create = (all: typeof rest, warnings: string[], kinds = requiredSpaceKinds(preset)) =>
    Scorer.create({
      preset,
      indexMode: "corrected",
      scoredText: "dialogue",
      calibration: { ...known, text: { ...known.text, all } },
      taaco: {
        ...taaco(),
        spaces: kinds.map((kind) => ({
          kind,
          dimensions: 1,
          values: Float32Array.of(1),
          row: () => 0,
        })),
      },
      log: { info: () => {}, warn: (message) => warnings.push(message) },
    });

  it("are named in one warning", () => {
    const warnings: string[] = [];
    const scorer = create(rest, warnings);
    expect(scorer.missing).toEqual(["lsa_1_all_sent"]);
    scorer.score(scorer.prepare(prompt), "and you");
    scorer.score(scorer.prepare(prompt), "and we");
    expect(warnings).toEqual([expect.stringMatching(/does without lsa_1_all_sent/)]);
    const none: string[] = [];
    create(known.text.all as typeof rest, none);
    expect(none).toEqual([]);
  });

  it("are named with the reason and the remedy", () => {
    const flat = { ...rest, lemma_ttr: { mean: 1, sd: 0, count: 9 } };
    const warnings: string[] = [];
    create(flat, warnings, ["lsa", "word2vec"]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/lemma_ttr \(each has one value in all texts of the calibration;/);
    expect(warnings[0]).toMatch(
      /lsa_1_all_sent \(each has no statistics in the calibration; calibrate again/,
    );
    expect(warnings[0]).toMatch(
      /without lda_1_all_sent \(each needs a semantic space that is not there; --spaces/,
    );
  });

  it("must not be all indices of the preset", () => {
    expect(() => create({} as typeof rest, [])).toThrow(/holds no index of score preset taaco/);
  });
});

describe("preset original", () => {
  const nine = resolvePreset("original").terms.map(({ index }) => index);
  const create = (text: (forms: string[]) => Record<string, number>) => {
    const analyser = fakeAnalyser({ text }, "experiment");
    return Scorer.create({
      preset: "original",
      indexMode: "corrected",
      scoredText: "dialogue",
      taaco: analyser,
    });
  };

  it("keeps the speaker labels in the text", () => {
    let seen: string[] = [];
    const scorer = create((forms) => {
      seen = forms;
      return Object.fromEntries(nine.map((name) => [name, 1]));
    });
    const score = scorer.score(scorer.prepare(prompt), "and you");
    expect(seen.join(" ")).toBe("A:: four word turn here B:: yeah sure A:: and you");
    expect(score.value).toBeCloseTo(0.7310585786, 9);
  });

  it("gives 0 for fewer than two words and 0.5 for a text on which the analysis fails", () => {
    const scorer = create(() => {
      throw new Error("no parse");
    });
    const context = scorer.prepare(prompt);
    expect(scorer.score(context, "").value).toBe(0);
    expect(scorer.score(context, "one two").value).toBe(0.5);
  });

  it("needs index mode experiment", () => {
    const options = { preset: "original", indexMode: "corrected", scoredText: "dialogue" } as const;
    expect(() => Scorer.create({ ...options, taaco: fakeAnalyser() })).toThrow(/mode experiment/);
  });
});

describe("calibration and scorer together", () => {
  it("give human turns a mean z-score of 0", async () => {
    const analyser = taaco();
    const samples = Array.from({ length: 200 }, (_, index) => ({
      ...prompt,
      human: `turn ${"m".repeat((index % 7) + 1)} yeah`,
    }));
    const measured = await measureCalibration(analyser, samples, {
      scoredText: "dialogue",
      presets: [ownPreset("text", "length"), ownPreset("turn", "dppo_turn_new")],
    });
    const scorer = Scorer.create({
      preset: ownPreset("text", "length"),
      indexMode: "corrected",
      scoredText: "dialogue",
      calibration: measured,
      taaco: analyser,
    });
    const zs = samples.map(
      ({ human }) => scorer.score(scorer.prepare(prompt), human).parts.length?.z ?? Number.NaN,
    );
    expect(zs.reduce((sum, z) => sum + z, 0) / zs.length).toBeCloseTo(0, 6);
    expect(zs.reduce((sum, z) => sum + z * z, 0) / zs.length).toBeCloseTo(1, 6);
  });
});
