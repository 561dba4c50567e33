import { describe, expect, it } from "vitest";
import { neighbours, topicWords } from "../../lib/spaces/nearest.ts";
import { learnSpaces } from "../../lib/spaces/spaces.ts";
import { encodeCorpus, hashDocuments } from "../../lib/spaces/vocabulary.ts";
import { topicDocuments } from "./made.ts";

describe("encodeCorpus and hashDocuments", () => {
  it("orders the vocabulary by frequency, and leaves out words that are rare or occur in too many documents", () => {
    const documents = [["b", "a", "a", "c"], [], ["a", "b", "d", "d"]];
    const corpus = encodeCorpus(documents, { minCount: 2, maxDocuments: 1 });
    expect(corpus.words).toEqual(["d"]);
    const all = encodeCorpus(documents, { minCount: 2, maxDocuments: 2 });
    expect(all.words).toEqual(["a", "b", "d"]);
    expect([...all.tokens]).toEqual([1, 0, 0, 0, 1, 2, 2]);
    expect([...all.offsets]).toEqual([0, 3, 3, 7]);
    expect(() => encodeCorpus([["x"]], { minCount: 2, maxDocuments: 9 })).toThrow(/no word occurs 2 times/);
  });

  it("gives documents with different boundaries different hashes", () => {
    expect(hashDocuments([["a", "b"]])).not.toBe(hashDocuments([["a"], ["b"]]));
  });
});

describe("learnSpaces", () => {
  it("places words of a topic close together in every kind, for any number of threads", async () => {
    const options = { dimensions: 8, topics: 2, seed: 3 };
    const spaces = await learnSpaces(topicDocuments(), { ...options, threads: 1 });
    expect(spaces.map(({ kind }) => kind)).toEqual(["lsa", "lda", "word2vec"]);
    const tea = ["kettle", "tea", "cup", "milk", "sugar", "spoon"];
    for (const space of spaces) {
      const near = neighbours(space, "tea", 5).map(({ word }) => word);
      expect(near.filter((word) => tea.includes(word)).length, space.kind).toBeGreaterThanOrEqual(4);
    }
    const again = await learnSpaces(topicDocuments(), { ...options, threads: 2 });
    expect(again.map(({ values }) => values)).toEqual(spaces.map(({ values }) => values));
    const lda = spaces[1];
    expect(lda?.row("and")).toBe(-1);
    const topics = lda ? topicWords(lda, 6).map((words) => words.toSorted()) : [];
    expect(topics).toContainEqual(tea.toSorted());
  });

  it("reports progress and can be cancelled", async () => {
    const seen: number[] = [];
    await learnSpaces(topicDocuments(), {
      kinds: ["lda"],
      topics: 2,
      seed: 0,
      onProgress: ({ fraction }) => seen.push(fraction),
    });
    expect(seen.at(-1)).toBe(1);
    const controller = new AbortController();
    const learning = learnSpaces(topicDocuments(), {
      kinds: ["word2vec"],
      dimensions: 300,
      seed: 0,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    controller.abort();
    await expect(learning).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });

  it("refuses options out of range", async () => {
    await expect(learnSpaces([["a"]], { seed: 0, dimensions: 0 })).rejects.toMatchObject({
      code: "ERR_CONFIG",
    });
    await expect(learnSpaces([["a"]], { seed: -1 })).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });
});
