import { describe, expect, it } from "vitest";
import { Taaco } from "../../lib/taaco/taaco.ts";
import type { AnnotatedText, ArithmeticMode, IndexValues, VectorSpace } from "../../lib/taaco/types.ts";
import { NO_TAGGER, spaceOf, tagged } from "./annotated.ts";
import { EXAMPLE } from "./worked-example.ts";

async function measured(
  mode: ArithmeticMode,
  paragraphs: AnnotatedText,
  ...spaces: VectorSpace[]
): Promise<IndexValues> {
  return (await Taaco.create({ mode, spaces, tagger: NO_TAGGER })).indices({ paragraphs });
}

/** Returns sentences of one paragraph. */
const sentences = (...texts: string[]): AnnotatedText => [texts.map((words) => tagged("NN", words))];

/** Returns the four values of a kind: sent 1, sent 2, para 1, para 2. */
const four = (values: IndexValues, kind: string): (number | null | undefined)[] =>
  ["1_all_sent", "2_all_sent", "1_all_para", "2_all_para"].map((name) => values[`${kind}_${name}`]);

/** Compares values, null included, to 12 decimal places. */
function expectValues(
  found: readonly (number | null | undefined)[],
  expected: readonly (number | null)[],
): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, index) => {
    if (value === null) expect(found[index], `value ${index}`).toBeNull();
    else expect(found[index], `value ${index}`).toBeCloseTo(value, 9);
  });
}

const TOY = { dog: [1, 0], cat: [0, 1], hungry: [1, 1] };
const HALF = Math.SQRT1_2; // cos of 45 degrees
const TENTH = 3 / Math.sqrt(10); // cos((2, 1), (1, 1)) = 3 / sqrt(5 * 2)

describe("the published toy space", () => {
  // Sums: s1 (dog, cat, hungry) = (2, 2), s2 (0, 1), s3 (1, 0); paragraphs (2, 3), (1, 0).
  const paragraphs = 2 / Math.sqrt(13);

  it("corrected: all spaces compare the same segments", async () => {
    const spaces = [spaceOf("lsa", TOY), spaceOf("word2vec", TOY)];
    const values = await measured("corrected", EXAMPLE, ...spaces);
    // sent 1: mean(cos45, 0); sent 2: s1 with s2 + s3 = (1, 1): 1; para 2 needs three paragraphs.
    expectValues(four(values, "lsa"), [HALF / 2, 1, paragraphs, null]);
    expectValues(four(values, "word2vec"), [HALF / 2, 1, paragraphs, null]);
    expectValues(four(values, "lda"), [null, null, null, null]);
  });

  it("faithful (Q2): for the next space, s2 contains s3", async () => {
    const spaces = [spaceOf("lsa", TOY), spaceOf("word2vec", TOY)];
    const values = await measured("faithful", EXAMPLE, ...spaces);
    expectValues(four(values, "lsa"), [HALF / 2, 1, paragraphs, 0]);
    // s1, s2 + s3, s3: mean(cos((2, 2), (1, 1)), cos((1, 1), (1, 0))). Span 2: s1 with (s2 + s3) + s3 = (2, 1):
    // 6 / sqrt(8 * 5). Two paragraphs have no middle one that could grow.
    expectValues(four(values, "word2vec"), [(1 + HALF) / 2, TENTH, paragraphs, 0]);
  });

  it("experiment: the lists are copied, so nothing grows", async () => {
    const spaces = [spaceOf("lsa", TOY), spaceOf("word2vec", TOY)];
    const values = await measured("experiment", EXAMPLE, ...spaces);
    expectValues(four(values, "word2vec"), [HALF / 2, 1, paragraphs, 0]);
  });
});

describe("growing segments (Q2)", () => {
  // Four sentences, each a paragraph of its own, so that sentences and paragraphs grow alike.
  // A (1, 0), B (0, 1), C (1, 0), D (0, 1).
  const alternating: AnnotatedText = ["dog", "cat", "dog", "cat"].map((word) => [tagged("NN", word)]);

  it("for the next two segments, the left segment is enlarged from the second pair on", async () => {
    // Corrected: A with B+C (1, 1): cos45; B with C+D (1, 1): cos45.
    const corrected = await measured("corrected", alternating, spaceOf("lsa", TOY));
    expectValues(four(corrected, "lsa"), [0, HALF, 0, HALF]);
    // Faithful: the second pair's left side is B+C (1, 1) already: 1.
    const faithful = await measured("faithful", alternating, spaceOf("lsa", TOY));
    expectValues(four(faithful, "lsa"), [0, (HALF + 1) / 2, 0, (HALF + 1) / 2]);
  });

  it("sentences and paragraphs grow once for each earlier space", async () => {
    const spaces = (["lsa", "lda", "word2vec"] as const).map((kind) => spaceOf(kind, TOY));
    const values = await measured("faithful", alternating, ...spaces);
    // After LSA: A, BC, CD, D = (1, 0), (1, 1), (1, 1), (0, 1). After LDA: A, BC+CD, CD+D, D = (1,0), (2,2), (1,2),
    // (0,1).
    // word2vec 1: cos45; cos((2,2),(1,2)) = 6 / sqrt(40) = 3/sqrt(10); cos((1,2),(0,1)) = 2/sqrt(5).
    const one = (HALF + TENTH + 2 / Math.sqrt(5)) / 3;
    // word2vec 2: A with (2,2) + (1,2) = (3,4): 3/5; left (3,4) with (1,2) + (0,1) = (1,3): 15 / (5 sqrt(10)).
    const two = (3 / 5 + TENTH) / 2;
    expectValues(four(values, "word2vec"), [one, two, one, two]);
  });

  it("an absent space does not make segments grow", async () => {
    const alone = await measured("faithful", alternating, spaceOf("word2vec", TOY));
    expectValues(four(alone, "word2vec"), [0, (HALF + 1) / 2, 0, (HALF + 1) / 2]);
  });
});

describe("cosine spaces", () => {
  it("sums have one term per token, and unknown words are ignored", async () => {
    // dog dog cat zzz = (2, 1) with hungry (1, 1).
    const values = await measured("corrected", sentences("dog dog cat zzz", "hungry"), spaceOf("lsa", TOY));
    expect(values.lsa_1_all_sent).toBeCloseTo(TENTH, 12);
    expect(values.lsa_2_all_sent).toBeNull();
  });

  it.each(["corrected", "faithful"] as const)("%s: a pair with an unknown side is left out", async (mode) => {
    // dog, zzz, dog, hungry: pairs (none), (none), cos45.
    const text = sentences("dog", "zzz", "dog", "hungry");
    expect((await measured(mode, text, spaceOf("lsa", TOY))).lsa_1_all_sent).toBeCloseTo(HALF, 12);
  });

  it("negative cosines count", async () => {
    const space = spaceOf("word2vec", { up: [1, 0], down: [-1, 0] });
    const values = await measured("corrected", sentences("up", "down", "up up"), space);
    expect(values.word2vec_1_all_sent).toBeCloseTo(-1, 12);
    // up with down + up up = (1, 0): 1.
    expect(values.word2vec_2_all_sent).toBeCloseTo(1, 12);
  });

  it("no known word or one segment: null, or 0 in faithful mode", async () => {
    for (const text of [sentences("zzz yyy", "xxx"), sentences("dog cat")]) {
      expectValues(four(await measured("corrected", text, spaceOf("lsa", TOY)), "lsa"), [
        null,
        null,
        null,
        null,
      ]);
      expectValues(four(await measured("faithful", text, spaceOf("lsa", TOY)), "lsa"), [0, 0, 0, 0]);
    }
  });
});
