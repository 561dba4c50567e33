import { beforeAll, describe, expect, it } from "vitest";
import { ALL_NAMES, TEXT_NAMES } from "../../lib/taaco/catalogue.ts";
import { OVERLAP_CLASSES } from "../../lib/taaco/families/overlap.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import type { AnnotatedText, AnnotatedToken } from "../../lib/taaco/types.ts";
import { EXAMPLE, FIRST, sentence } from "./worked-example.ts";

let corrected: Taaco;
let faithful: Taaco;

beforeAll(async () => {
  corrected = await Taaco.create();
  faithful = await Taaco.create({ mode: "faithful" });
});

describe("texts with little to measure", () => {
  it.each([
    ["no text", ""],
    ["blanks", " \n \n"],
    ["one word", "Yes."],
    ["one word of two tokens", "don't"],
  ])("%s: every value is null", (_, text) => {
    for (const taaco of [corrected, faithful]) {
      const values = taaco.indices(text);
      expect(Object.keys(values)).toEqual(TEXT_NAMES);
      expect(Object.values(values).every((value) => value === null)).toBe(true);
    }
  });

  it("a source makes 194 nulls", () => {
    const values = corrected.indices("Yes.", { source: "The dog ran. The dog sat." });
    expect(Object.keys(values)).toEqual(ALL_NAMES);
    expect(new Set(Object.values(values))).toEqual(new Set([null]));
  });

  it("one sentence has no overlap: null, or 0 in faithful mode", () => {
    const one = { paragraphs: [[FIRST]] };
    for (const name of TEXT_NAMES.filter((index) => /overlap/.test(index))) {
      expect(corrected.indices(one)[name], name).toBeNull();
      expect(faithful.indices(one)[name], name).toBe(0);
    }
    expect(corrected.indices(one).lemma_ttr).toBe(1);
  });

  it("a class without words gives null, or 0 in faithful mode; 0 of n is 0 in both modes", () => {
    const noAdjective = {
      paragraphs: [[sentence("dog/dog/NN ran/run/VBD"), sentence("cat/cat/NN sat/sit/VBD")]],
    };
    expect(corrected.indices(noAdjective).adj_ttr).toBeNull();
    expect(faithful.indices(noAdjective).adj_ttr).toBe(0);
    expect(corrected.indices(noAdjective).adjacent_overlap_noun_sent).toBe(0);
    expect(corrected.indices(noAdjective).pronoun_density).toBe(0);
  });
});

describe("empty segments", () => {
  // The middle sentence has only punctuation. It remains a segment.
  const text: AnnotatedText = [
    [sentence("a/a/DT dog/dog/NN"), sentence("?/?/."), sentence("a/a/DT dog/dog/NN")],
  ];

  it("count among the segments", () => {
    const values = corrected.indices({ paragraphs: text });
    // Pairs (a dog, nothing), (nothing, a dog): no overlap; over two, the last is reached.
    expect(values.adjacent_overlap_all_sent_div_seg).toBe(0);
    expect(values.adjacent_overlap_2_all_sent_div_seg).toBe(2);
    expect(values.adjacent_overlap_binary_2_all_sent).toBe(1);
  });

  it("a blank line at an end of a plain text is an empty paragraph", () => {
    expect(corrected.analyse(" \nI ran home.")).toHaveLength(2);
    expect(corrected.analyse("I ran home.\n\n\nShe sat.\n")).toHaveLength(2);
  });
});

describe("given flags", () => {
  const only = (token: AnnotatedToken, taaco = corrected): Record<string, number | null> =>
    taaco.indices({ paragraphs: [[[["Stone", "stone", "NN", ""], token]]] });

  it("with C or F are complete", () => {
    expect(only(["quick", "quick", "JJ", "F"]).lexical_density_tokens).toBe(1 / 2);
    expect(only(["xyz", "xyz", "FW", "CN"]).noun_ttr).toBe(1);
    expect(only(["xyz", "xyz", "FW", "CN"]).argument_ttr).toBe(1);
    // A noun without G is not an argument.
    expect(only(["stone", "stone", "FW", "CN"]).argument_ttr).toBe(1);
  });

  it("without C or F are completed from the tag", () => {
    expect(only(["was", "be", "VBD", "A"]).lexical_density_tokens).toBe(1 / 2);
    expect(only(["was", "be", "VBD", ""]).lexical_density_tokens).toBe(1);
    expect(only(["since", "since", "IN", "M"]).lexical_subordinators).toBe(1 / 2);
  });

  it("P on a demonstrative means that it stands alone", () => {
    expect(only(["that", "that", "DT", "FP"]).unattended_demonstratives).toBe(1 / 2);
    expect(only(["that", "that", "DT", "FD"]).attended_demonstratives).toBe(1 / 2);
    expect(only(["that", "that", "IN", "FP"]).unattended_demonstratives).toBe(1 / 2);
  });

  it("forms and lemmas are lower-cased, punctuation is dropped", () => {
    const values = corrected.indices({
      paragraphs: [
        [
          [
            ["DOG", "DOG", "NN", ""],
            ["dog", "dog", "NN", ""],
            [",", ",", ",", ""],
            ["ran", "run", "VBD", ""],
          ],
        ],
      ],
    });
    expect(values.noun_ttr).toBe(1 / 2);
    expect(values.lemma_ttr).toBe(2 / 3);
  });
});

/** Computes overlap as the specification defines it: by sets, intersections and unions. */
function naiveOverlap(
  taaco: Taaco,
  paragraphs: AnnotatedText,
  name: string,
  span: number,
): (number | null)[] {
  const model = taaco.modelOf({ paragraphs });
  const { bits } = OVERLAP_CLASSES[name as keyof typeof OVERLAP_CLASSES];
  const sets = model.sentences.map(
    ({ from, to }) =>
      new Set(
        model.tokens
          .slice(from, to)
          .filter((token) => bits === 0 || token.bits & bits)
          .map(({ lemma }) => lemma),
      ),
  );
  const starts = sets.slice(0, Math.max(0, sets.length - span));
  const common = starts.map((set, at) => {
    const later = new Set(sets.slice(at + 1, at + 1 + span).flatMap((other) => [...other]));
    return [...set].filter((lemma) => later.has(lemma)).length;
  });
  const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
  const over = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  return [
    over(sum(common), sum(starts.map(({ size }) => size))),
    over(sum(common), starts.length),
    over(common.filter((count) => count > 0).length, starts.length),
  ];
}

it("overlap in one pass equals overlap by sets, on many random texts", () => {
  let state = 7;
  const draw = (below: number): number => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
  const tags = ["NN", "VB", "JJ", "RB", "PRP", "IN", "DT"];
  for (let round = 0; round < 60; round++) {
    const sentences = Array.from({ length: 1 + draw(7) }, () =>
      Array.from(
        { length: draw(6) },
        (): AnnotatedToken => [`w${draw(9)}`, `w${draw(9)}`, tags[draw(tags.length)] as string, ""],
      ),
    );
    const paragraphs = [
      [
        ...sentences,
        [
          ["end", "end", "NN", ""],
          ["end", "end", "NN", ""],
        ] as AnnotatedToken[],
      ],
    ];
    const values = corrected.indices({ paragraphs });
    for (const name of Object.keys(OVERLAP_CLASSES)) {
      for (const span of [1, 2]) {
        const s = span === 1 ? "" : "2_";
        const found = [
          `adjacent_overlap_${s}${name}_sent`,
          `adjacent_overlap_${s}${name}_sent_div_seg`,
          `adjacent_overlap_binary_${s}${name}_sent`,
        ];
        expect(found.map((index) => values[index])).toEqual(naiveOverlap(corrected, paragraphs, name, span));
      }
    }
  }
});

describe("MATTR", () => {
  it("is the mean over windows of 50", () => {
    // Lemmas 0..9 in turn, 60 tokens: every window holds 10 types. One new word at the end: the last window holds 11.
    const tokens = Array.from(
      { length: 60 },
      (_, at): AnnotatedToken => [`w${at % 10}`, `w${at % 10}`, "NN", ""],
    );
    expect(corrected.indices({ paragraphs: [[tokens]] }).lemma_mattr).toBeCloseTo(10 / 50, 12);
    const longer = [...tokens, ["new", "new", "NN", ""] as const];
    expect(corrected.indices({ paragraphs: [[longer]] }).lemma_mattr).toBeCloseTo(
      (11 * 10 + 11) / 50 / 12,
      12,
    );
  });
});

it("the option `only` computes just the families of the named indices, with the same values", () => {
  const all = corrected.indices({ paragraphs: EXAMPLE });
  const some = corrected.indices({ paragraphs: EXAMPLE }, { only: ["lemma_ttr", "pronoun_density"] });
  expect(some.lemma_ttr).toBe(all.lemma_ttr);
  expect(some.pronoun_density).toBe(all.pronoun_density);
  expect(Object.keys(some)).toHaveLength(15 + 4);
});

it("turns become paragraphs, and speaker labels are not words", () => {
  const turns = [
    { speaker: "A", text: "I like dogs." },
    { speaker: "B", text: "So do I.\nThey bark." },
  ];
  const analysed = corrected.analyse({ turns });
  expect(analysed).toHaveLength(2);
  expect(analysed.flat(2).map(([form]) => form)).not.toContain("B");
});
