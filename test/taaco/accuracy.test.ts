import { describe, expect, it } from "vitest";
import { PerceptronTagger } from "../../lib/taaco/analysis/tagger.ts";
import { OWN_LISTS } from "../../lib/taaco/lists/load.ts";
import { measure, readGold } from "./accuracy.ts";

const tagger = new PerceptronTagger(OWN_LISTS);

// These are the figures in docs/taaco-analysis.md. SHOW_ACCURACY=1 prints them with every error.
describe.each([
  ["annotated", 320],
  ["annotated-unseen", 50],
] as const)("the language analysis on hand-annotated speech: %s", (name, sentences) => {
  const { errors, ...figures } = measure(tagger, readGold(name));
  if (process.env.SHOW_ACCURACY)
    console.log(`${errors.join("\n")}\n${name} ${JSON.stringify(figures, null, 1)}`);

  it("is large enough, and the tagger finds the same tokens", () => {
    expect(figures.sentences).toBeGreaterThanOrEqual(sentences);
    expect(figures.splitDifferently).toEqual([]);
  });

  it("finds word classes as well as a trained tagger (97 %)", () => {
    expect(figures.classes).toBeGreaterThan(name === "annotated" ? 0.97 : 0.93);
  });

  it("finds markers, auxiliaries and the use of demonstratives", () => {
    expect(figures.markers.f1).toBeGreaterThan(0.85);
    expect(figures.auxiliaries.f1).toBeGreaterThan(0.95);
    expect(figures.demonstratives).toBeGreaterThan(0.9);
  });
});

it("an analysis without rules is much less accurate", () => {
  const plain = {
    name: "plain",
    tag: (text: string) =>
      tagger
        .tag(text)
        .map((sentence) =>
          sentence.map(([form, lemma, tag]) => [form, lemma, tag === "MD" ? "VB" : tag, ""] as const),
        ),
  };
  const figures = measure(
    { ...plain, tag: (text) => plain.tag(text).map((sentence) => [...sentence]) },
    readGold("annotated"),
  );
  expect(figures.classes).toBeLessThan(0.95);
  expect(figures.markers.recall).toBe(0);
});
