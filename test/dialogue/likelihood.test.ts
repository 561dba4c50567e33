import { describe, expect, it } from "vitest";
import { continuationLogProbs, type LogProbModel } from "../../lib/dialogue/likelihood.ts";

/** A model in which a token's log-probability is its id; it records the sizes of the batches. */
function model(vocabSize: number, sizes: number[] = []): LogProbModel {
  return {
    config: { vocabSize },
    logProbs: async (rows: readonly Int32Array[], { starts }: { starts: readonly number[] }) => {
      sizes.push(rows.length);
      return rows.map((row, at) => Float32Array.from(row.subarray(starts[at])));
    },
  } as unknown as LogProbModel;
}

const row = (length: number, start: number) => ({
  ids: Int32Array.from({ length }, (_, index) => index),
  start,
});

describe("continuationLogProbs", () => {
  it("sums the log-probabilities from the start position on and returns the rows in their order", async () => {
    const rows = [row(9, 7), row(3, 1), row(6, 2), row(3, 2)];
    expect(await continuationLogProbs(model(10), rows)).toEqual([
      { logProb: 7 + 8, tokens: 2 },
      { logProb: 1 + 2, tokens: 2 },
      { logProb: 2 + 3 + 4 + 5, tokens: 4 },
      { logProb: 2, tokens: 1 },
    ]);
  });

  it("never holds more logits than the memory limit, except for a single row", async () => {
    const sizes: number[] = [];
    // 64 MiB hold 16,777,216 logits: four rows with 64 tokens that count over this vocabulary, and no row with 511.
    const rows = [...Array.from({ length: 6 }, () => row(65, 1)), row(512, 1)];
    await continuationLogProbs(model(65_536, sizes), rows);
    expect(sizes).toEqual([4, 2, 1]);
  });

  it("never holds more than 4,096 tokens, except for a single row", async () => {
    const sizes: number[] = [];
    const rows = [...Array.from({ length: 9 }, () => row(1024, 1020)), row(5000, 4999), row(4, 1)];
    await continuationLogProbs(model(10, sizes), rows);
    expect(sizes).toEqual([4, 4, 2, 1]);
  });
});
