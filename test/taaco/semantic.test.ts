import { describe, expect, it } from "vitest";
import { Taaco } from "../../lib/taaco/taaco.ts";
import type { VectorSpace } from "../../lib/taaco/types.ts";
import { EXAMPLE, sentence } from "./worked-example.ts";

function space(kind: VectorSpace["kind"], vectors: Record<string, number[]>): VectorSpace {
  const words = Object.keys(vectors);
  const values = Float32Array.from(Object.values(vectors).flat());
  return {
    kind,
    dimensions: values.length / words.length,
    values,
    words,
    row: (word) => words.indexOf(word),
  };
}

const TOY = { dog: [1, 0], cat: [0, 1], hungry: [1, 1] };
const cosine = (a: number, b: number, x: number, y: number): number =>
  (a * x + b * y) / Math.sqrt((a * a + b * b) * (x * x + y * y));

describe("the published toy space", () => {
  // Segment sums: s1 (2, 2), s2 (0, 1), s3 (1, 0); paragraphs (2, 3), (1, 0).
  it("corrected: all spaces compare the same segments", async () => {
    const taaco = await Taaco.create({ spaces: [space("lsa", TOY), space("word2vec", TOY)] });
    const values = taaco.indices({ paragraphs: EXAMPLE });
    for (const kind of ["lsa", "word2vec"]) {
      expect(values[`${kind}_1_all_sent`]).toBeCloseTo(Math.SQRT1_2 / 2, 12);
      expect(values[`${kind}_2_all_sent`]).toBeCloseTo(1, 12);
      expect(values[`${kind}_1_all_para`]).toBeCloseTo(cosine(2, 3, 1, 0), 12);
      expect(values[`${kind}_2_all_para`]).toBeNull();
    }
    expect(values.lda_1_all_sent).toBeNull();
  });

  it("faithful: for the second space, segments are enlarged by the pass of the first", async () => {
    const taaco = await Taaco.create({
      mode: "faithful",
      spaces: [space("lsa", TOY), space("word2vec", TOY)],
    });
    const values = taaco.indices({ paragraphs: EXAMPLE });
    expect(values.lsa_1_all_sent).toBeCloseTo(0.353553, 6);
    expect(values.lsa_2_all_sent).toBeCloseTo(1, 12);
    expect(values.lsa_2_all_para).toBe(0);
    // s1 (2, 2), s2+s3 (1, 1), s3 (1, 0)
    expect(values.word2vec_1_all_sent).toBeCloseTo((1 + Math.SQRT1_2) / 2, 12);
  });

  it("the original experiment copies the lists", async () => {
    const taaco = await Taaco.create({
      mode: "experiment",
      spaces: [space("lsa", TOY), space("word2vec", TOY)],
    });
    expect(taaco.indices({ paragraphs: EXAMPLE }).word2vec_1_all_sent).toBeCloseTo(0.353553, 6);
  });

  it("faithful: from the second pair of span 2 on, the left segment is enlarged", async () => {
    const four = [
      [
        sentence("dog/dog/NN x/x/FW"),
        sentence("cat/cat/NN"),
        sentence("dog/dog/NN"),
        sentence("hungry/hungry/JJ"),
      ],
    ];
    const spaces = [space("lsa", TOY)];
    const faithful = (await Taaco.create({ mode: "faithful", spaces })).indices({ paragraphs: four });
    const corrected = (await Taaco.create({ spaces })).indices({ paragraphs: four });
    const first = cosine(1, 0, 1, 1);
    expect(corrected.lsa_2_all_sent).toBeCloseTo((first + cosine(0, 1, 2, 1)) / 2, 12);
    expect(faithful.lsa_2_all_sent).toBeCloseTo((first + cosine(1, 1, 2, 1)) / 2, 12);
  });
});

describe("topic similarity", () => {
  const two = [[sentence("a/a/NN"), sentence("b/b/NN")]];

  it("corrected: 1 - Jensen-Shannon divergence of (0.5, 0.5) and (0.8, 0.2)", async () => {
    const taaco = await Taaco.create({ spaces: [space("lda", { a: [3, 3], b: [8, 2] })] });
    // Half of 0.5 log2(0.5/0.65) + 0.5 log2(0.5/0.35), and half of 0.8 log2(0.8/0.65) + 0.2 log2(0.2/0.35).
    const left = 0.5 * Math.log2(0.5 / 0.65) + 0.5 * Math.log2(0.5 / 0.35);
    const right = 0.8 * Math.log2(0.8 / 0.65) + 0.2 * Math.log2(0.2 / 0.35);
    const value = taaco.indices({ paragraphs: two }).lda_1_all_sent as number;
    expect(value).toBeCloseTo(1 - (left + right) / 2, 7);
    expect(value).toBeCloseTo(0.9269, 4);
  });

  it("faithful: only the norms matter, 4000 and 4400 over 300 positions", async () => {
    const flat = (norm: number): number[] => Array.from({ length: 300 }, () => norm / 300);
    const taaco = await Taaco.create({
      mode: "faithful",
      spaces: [space("lda", { a: flat(4000), b: flat(4400) })],
    });
    expect(taaco.indices({ paragraphs: two }).lda_1_all_sent).toBeCloseTo(0.9825, 4);
    const same = await Taaco.create({
      mode: "faithful",
      spaces: [space("lda", { a: flat(7), b: flat(7).toReversed() })],
    });
    expect(same.indices({ paragraphs: two }).lda_1_all_sent).toBeCloseTo(1, 9);
  });

  it("two segments without known words: 1 in faithful mode, no value in corrected mode", async () => {
    const unknown = [[sentence("c/c/NN"), sentence("d/d/NN")]];
    const spaces = [space("lda", { a: [1, 2] })];
    const faithful = await Taaco.create({ mode: "faithful", spaces });
    const corrected = await Taaco.create({ spaces });
    expect(faithful.indices({ paragraphs: unknown }).lda_1_all_sent).toBe(1);
    expect(corrected.indices({ paragraphs: unknown }).lda_1_all_sent).toBeNull();
  });
});

it("pairs without a known word are left out of the mean, which is null without pairs", async () => {
  const spaces = [space("lsa", TOY)];
  const text = [
    [sentence("dog/dog/NN"), sentence("x/x/FW y/y/FW"), sentence("dog/dog/NN"), sentence("hungry/hungry/JJ")],
  ];
  const corrected = await Taaco.create({ spaces });
  expect(corrected.indices({ paragraphs: text }).lsa_1_all_sent).toBeCloseTo(Math.SQRT1_2, 12);
  const nothing = [[sentence("x/x/FW"), sentence("y/y/FW")]];
  expect(corrected.indices({ paragraphs: nothing }).lsa_1_all_sent).toBeNull();
  const faithful = await Taaco.create({ mode: "faithful", spaces });
  expect(faithful.indices({ paragraphs: nothing }).lsa_1_all_sent).toBe(0);
});
