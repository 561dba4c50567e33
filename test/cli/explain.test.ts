import { describe, expect, it } from "vitest";
import { compositeText } from "../../lib/cli/score/explain-composite.ts";
import { computeComposite } from "../../lib/reward/composite.ts";
import type { ScorePreset } from "../../lib/reward/preset.ts";
import type { IndexValues } from "../../lib/taaco/types.ts";

const preset: ScorePreset = {
  name: "own",
  scope: "text",
  raw: false,
  experiment: false,
  terms: ["lemma_ttr", "pronoun_density"].map((index) => ({ index, weight: 1, sign: 1, clip: [-3, 3] })),
  guards: [],
};

const moments = { mean: 0, sd: 1, count: 2 };
const table = { texts: 2, all: { lemma_ttr: moments, pronoun_density: moments }, bands: [] };

const explain = (values: IndexValues): string =>
  compositeText("a.txt", computeComposite(values, 10, preset, table), preset, 200);

describe("the explanation of a composite", () => {
  it("names the sum of the parts with a value", () => {
    expect(explain({ lemma_ttr: 1, pronoun_density: null })).toMatch(
      /^a\.txt {2}composite = 0\.731: the logistic function of \+1\.000, which 1 part of preset own adds up to\n/,
    );
  });

  it("says that a text without values gets the lowest score, which no sum explains", () => {
    const text = explain({ lemma_ttr: null, pronoun_density: null });
    // The logistic function of -3, the lowest limit of every part.
    expect(text).toMatch(
      /^a\.txt {2}composite = 0\.047: the lowest score of preset own, because no part has a value\n/,
    );
    expect(text).not.toContain("logistic");
  });
});
