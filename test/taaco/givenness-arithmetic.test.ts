import { describe, expect, it } from "vitest";
import { annotate, indicesOf, MODES } from "./annotated.ts";

const NAMES = [
  "pronoun_density",
  "pronoun_noun_ratio",
  "repeated_content_lemmas",
  "repeated_content_and_pronoun_lemmas",
] as const;

async function givenness(mode: (typeof MODES)[number], ...text: string[]): Promise<(number | null)[]> {
  const values = await indicesOf(annotate(...text), mode);
  return NAMES.map((name) => values[name] ?? null);
}

describe("givenness", () => {
  // 12 words: I saw him he saw my dog | this that this dogs mine. Nouns dog, dog.
  // Lemmas: him and he keep lemma he (both in the list of 13); I, my, mine are not in it.
  // G = he he. D = this that this (DT, alone).
  const text = [
    "I/i/PRP saw/see/VBD him/he/PRP he/he/PRP saw/see/VBD my/my/PRP$ dog/dog/NN",
    "this/this/DT that/that/DT this/this/DT dogs/dog/NNS mine/mine/JJ",
  ];

  it.each(["corrected", "faithful"] as const)(
    "%s: third-person forms and lone demonstratives",
    async (mode) => {
      // Content: see see dog dog mine: 4 repeated. Pronouns: he he 2; this this 2 (that once).
      expect(await givenness(mode, ...text)).toEqual([5 / 12, 5 / 2, 4 / 12, (4 + 2 + 2) / 12]);
    },
  );

  it("experiment: counts all pronouns, and demonstratives that stand alone twice", async () => {
    // Class: I he he my this that this = 7, again this that this: 10. Repeated lemmas in the class: he he this this 4;
    // again the forms this this 2; content 4.
    expect(await givenness("experiment", ...text)).toEqual([10 / 12, 10 / 2, 4 / 12, (4 + 4 + 2) / 12]);
  });

  it("counts the 13 lemmas and no other", async () => {
    const inside = "he she her him his they them their himself herself themselves it its".split(" ");
    const outside = "itself hers theirs i you we us my your our one".split(" ");
    const token = (word: string): string => `${word}/${word}/PRP`;
    const values = await indicesOf(annotate([...inside, ...outside].map(token).join(" ")));
    expect(values.pronoun_density).toBeCloseTo(13 / 24, 12);
  });

  it("uses the lemma, not the form", async () => {
    // her/she counts by she; its/it by it; them/zzz does not.
    expect((await givenness("faithful", "her/she/PRP its/it/PRP$ them/zzz/PRP x/x/NN"))[0]).toBe(2 / 4);
  });

  it.each(MODES)("%s: every occurrence of a repeated content lemma counts, over all words", async (mode) => {
    // dog x3, cat x1, the x2 (function): 3 of 6; across sentences and paragraphs.
    const values = await givenness(
      mode,
      "the/the/DT dog/dog/NN|dog/dog/NN",
      "the/the/DT dog/dog/NNS cat/cat/NN",
    );
    expect(values).toEqual([0, 0, 3 / 6, 3 / 6]);
  });

  it("ignores attended demonstratives", async () => {
    expect(await givenness("faithful", "this/this/DT/D dog/dog/NN this/this/DT/D cat/cat/NN")).toEqual([
      0, 0, 0, 0,
    ]);
  });
});
