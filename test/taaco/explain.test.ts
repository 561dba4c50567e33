import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findIndex, TEXT_FAMILIES, TEXT_NAMES } from "../../lib/taaco/catalogue.ts";
import type { Evidence } from "../../lib/taaco/families/evidence.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { SPACE_KINDS, type VectorSpace } from "../../lib/taaco/types.ts";
import { EXAMPLE } from "./worked-example.ts";

const words = ["dog", "cat", "hungry"];
const lsa: VectorSpace = {
  kind: "lsa",
  dimensions: 2,
  values: Float32Array.of(1, 0, 0, 1, 1, 1),
  row: (word) => words.indexOf(word),
};

let taaco: Taaco;
beforeAll(async () => {
  taaco = await Taaco.create({ mode: "faithful", spaces: [lsa] });
});

const explain = (index: string) => taaco.explain({ paragraphs: EXAMPLE }, index);

describe("explain", () => {
  it("has the value of indices for a text that is too short to have one", () => {
    const input = { turns: [{ speaker: "A", text: "don't" }] };
    const values = taaco.indices(input);
    for (const name of TEXT_NAMES.slice(0, 60)) {
      expect([name, taaco.explain(input, name).value]).toEqual([name, values[name]]);
    }
  });
});

describe("options and names", () => {
  it("that are misspelt are refused with the nearest name", async () => {
    const one = { turns: [{ speaker: "A", text: "a dog and a cat" }] };
    expect(() => taaco.indices(one, { only: ["lemma_tr"] })).toThrow(/lemma_tr is no index .*lemma_ttr/);
    expect(() => taaco.explain(one, "lemma_tr")).toThrow(/did you mean lemma_ttr/);
    expect(() => taaco.indices(one, { sorce: one } as never)).toThrow(/"sorce"; did you mean "source"/);
    await expect(Taaco.create({ mod: "faithful" } as never)).rejects.toThrow(/did you mean "mode"/);
    await expect(Taaco.create({ mode: "wrong" as never })).rejects.toThrow(
      /mode: expected one of corrected, faithful, experiment, got wrong/,
    );
  });
});

describe("the evidence of an index", () => {
  it("overlap: the words that two segments share", () => {
    expect(explain("adjacent_overlap_all_sent").evidence).toEqual([
      { segment: 1, with: [2], words: ["the", "cat"], value: 2 },
      { segment: 2, with: [3], words: [], value: 0 },
    ]);
    const [first] = explain("adjacent_overlap_2_all_sent").evidence;
    expect(first?.with).toEqual([2, 3]);
    expect(first?.words.toSorted()).toEqual(["be", "cat", "dog", "it", "the"]);
  });

  it("semantic: the similarity of each pair", () => {
    const { value, evidence } = explain("lsa_1_all_sent");
    expect(evidence.map(({ value: similarity }) => similarity)).toEqual([
      expect.closeTo(Math.SQRT1_2, 12),
      0,
    ]);
    expect(value).toBeCloseTo(Math.SQRT1_2 / 2, 12);
    expect(evidence[0]?.words).toEqual(["dog", "cat", "hungry"]);
    // The evidence holds both sides of a pair. The second sentence is also the first side of the next pair.
    expect(evidence[0]?.withWords).toEqual(evidence[1]?.words);
  });

  it("connectives: the matching words with their sentence", () => {
    expect(explain("sentence_linking").evidence).toEqual([
      { segment: 1, words: ["because"], value: 1 },
      { segment: 3, words: ["but"], value: 1 },
    ]);
    expect(explain("attended_demonstratives").evidence).toEqual([{ segment: 3, words: ["this"], value: 1 }]);
  });

  it("synonyms, givenness, diversity", () => {
    expect(explain("syn_overlap_para_noun").evidence).toEqual([
      { segment: 1, with: [2], words: ["dog"], value: 1 },
    ]);
    expect(
      explain("repeated_content_lemmas").evidence.map(({ words: [word], value }) => [word, value]),
    ).toEqual([
      ["dog", 2],
      ["cat", 2],
    ]);
    expect(explain("noun_ttr").evidence).toEqual([
      { words: ["dog"], value: 2 },
      { words: ["cat"], value: 2 },
    ]);
  });

  it("counts sum to the index", () => {
    for (const index of ["all_connective", "determiners", "all_demonstratives", "lexical_subordinators"]) {
      const { value, evidence } = explain(index);
      expect(evidence.length / 23, index).toBeCloseTo(value as number, 12);
    }
    for (const index of TEXT_NAMES) expect(explain(index).index).toBe(index);
  });

  it("an unknown name and a source index without a source are errors", () => {
    expect(() => explain("noun_tt")).toThrow("noun_tt is no index of TAACO");
    expect(() => explain("source_similarity_lsa")).toThrow("source_similarity_lsa needs a source text");
  });
});

const DIALOGUE = [
  "The old dog chased this small cat because it was hungry. It ran home, and then it slept. The house was small.",
  "My cat sleeps in the house too. That is a lovely home, but the dog does not like it.",
  "So buy another house for the dogs. They would like a big garden. The cats often run there quickly.",
  "First they need food. I want a garden since the old house has no garden.",
].join("\n");
const SOURCE = "The old dog saw a dog and a small cat near the big garden of our house. ".repeat(2);

/** Returns a space with a positive vector for every word, so that it can also be a topic space. */
function everyWord(kind: VectorSpace["kind"]): VectorSpace {
  const values = Float32Array.from({ length: 200 }, (_, at) => 1.1 + Math.sin(at * 12.9898));
  const row = (lemma: string) =>
    [...lemma].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 50, 7);
  return { kind, dimensions: 4, values, row };
}

const total = (evidence: readonly Evidence[]): number =>
  evidence.reduce((sum, { value }) => sum + (value ?? 0), 0);
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Computes the value of an index from its evidence, or returns undefined if the evidence is not enough. */
const FROM_EVIDENCE: Record<
  string,
  (evidence: readonly Evidence[], name: string, words: number) => number | undefined
> = {
  "Lexical diversity and density": (evidence, name) =>
    name.endsWith("_ttr") ? evidence.length / total(evidence) : undefined,
  "Word overlap of sentences": overlapFromEvidence,
  "Word overlap of turns": overlapFromEvidence,
  "Synonym overlap": (evidence) => total(evidence) / evidence.length,
  "Semantic similarity": (evidence) => mean(evidence.flatMap(({ value }) => (value === null ? [] : [value]))),
  Connectives: (evidence, _, words) => evidence.length / words,
  Givenness: (evidence, name, words) => (name === "pronoun_noun_ratio" ? undefined : total(evidence) / words),
};

function overlapFromEvidence(evidence: readonly Evidence[], name: string): number | undefined {
  if (name.endsWith("_div_seg")) return total(evidence) / evidence.length;
  const overlapping = evidence.filter(({ value }) => value !== 0);
  return name.includes("_binary_") ? overlapping.length / evidence.length : undefined;
}

describe.each(["corrected", "faithful", "experiment"] as const)(
  "the evidence adds up to the value, %s",
  (mode) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "explain-"));
    const frequencyFile = path.join(folder, "frequencies.tsv");
    writeFileSync(frequencyFile, "# dialogue-ppo frequencies 1\nuni\tthe\t9\t60000\n");
    afterAll(() => rmSync(folder, { recursive: true }));
    let measured: Taaco;
    beforeAll(async () => {
      measured = await Taaco.create({ mode, spaces: SPACE_KINDS.map(everyWord), lists: { frequencyFile } });
    });

    it.each(TEXT_FAMILIES.map(({ title, entries }) => [title, entries] as const))("%s", (title, entries) => {
      const { words } = measured.row(DIALOGUE);
      const values = measured.indices(DIALOGUE);
      let compared = 0;
      for (const { name, meaning } of entries) {
        const explanation = measured.explain(DIALOGUE, name);
        expect(explanation.value, name).toBe(values[name]);
        expect(explanation.meaning).toBe(meaning);
        const value = FROM_EVIDENCE[title]?.(explanation.evidence, name, words);
        if (value === undefined || explanation.evidence.length === 0) continue;
        expect(explanation.value, name).toBeCloseTo(value, 10);
        compared += 1;
      }
      expect(compared).toBeGreaterThanOrEqual(3);
    });

    it("keywords of a source", () => {
      const name = "mag_news_uni_keywords_percentage";
      const { value, evidence } = measured.explain(DIALOGUE, name, { source: SOURCE });
      expect(findIndex(name)?.entry.needs.text).toBe("source");
      expect(evidence.length).toBeGreaterThan(0);
      expect(value).toBeCloseTo(total(evidence) / measured.row(DIALOGUE).words, 10);
    });
  },
);
