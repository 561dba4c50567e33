import { describe, expect, it } from "vitest";
import { ALL_NAMES, TEXT_NAMES } from "../../lib/taaco/catalogue.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { CORRECTED, EXAMPLE, EXAMPLE_TEXT, FAITHFUL } from "./worked-example.ts";

function differences(
  found: Record<string, number | null>,
  expected: Record<string, number | null>,
): string[] {
  return Object.entries(expected)
    .filter(([name, value]) => {
      const other = found[name];
      if (value === null || other === null || other === undefined) return other !== value;
      return Math.abs(other - value) > 1e-9;
    })
    .map(([name, value]) => `${name}: ${found[name]} instead of ${value}`);
}

describe("the published worked example", () => {
  it("faithful, from annotated tokens, to 1e-9", async () => {
    const taaco = await Taaco.create({ mode: "faithful" });
    expect(differences(taaco.indices({ paragraphs: EXAMPLE }), FAITHFUL)).toEqual([]);
  });

  it("corrected, from annotated tokens, to 1e-9", async () => {
    const taaco = await Taaco.create();
    expect(differences(taaco.indices({ paragraphs: EXAMPLE }), CORRECTED)).toEqual([]);
  });

  it("fails with a changed lemma", async () => {
    const taaco = await Taaco.create({ mode: "faithful" });
    const changed = EXAMPLE.map((paragraph) =>
      paragraph.map((sentence) =>
        sentence.map(([form, lemma, tag, flags]) =>
          lemma === "cat" && form === "cat" && tag === "NN"
            ? ([form, "dog", tag, flags] as const)
            : ([form, lemma, tag, flags] as const),
        ),
      ),
    );
    expect(differences(taaco.indices({ paragraphs: changed }), FAITHFUL).length).toBeGreaterThan(10);
  });

  it("the original experiment counts all pronouns, and demonstratives that stand alone twice", async () => {
    const taaco = await Taaco.create({ mode: "experiment" });
    const values = taaco.indices({ paragraphs: EXAMPLE });
    expect(values.pronoun_density).toBeCloseTo(4 / 23, 12);
    expect(values.pronoun_noun_ratio).toBeCloseTo(1, 12);
    expect(values.repeated_content_and_pronoun_lemmas).toBeCloseTo(6 / 23, 12);
  });

  it("the plain text has the same values after the language analysis", async () => {
    const taaco = await Taaco.create({ mode: "faithful" });
    expect(differences(taaco.indices(EXAMPLE_TEXT), FAITHFUL)).toEqual([]);
  });

  it("has exactly the official names in the official order", async () => {
    const taaco = await Taaco.create();
    expect(Object.keys(taaco.indices({ paragraphs: EXAMPLE }))).toEqual(TEXT_NAMES);
    expect(Object.keys(taaco.indices({ paragraphs: EXAMPLE }, { source: { paragraphs: EXAMPLE } }))).toEqual(
      ALL_NAMES,
    );
    expect([TEXT_NAMES.length, ALL_NAMES.length]).toEqual([168, 194]);
  });
});
