import { describe, expect, it } from "vitest";
import { continuationLogProbs, type LogProbModel } from "../../lib/dialogue/likelihood.ts";

/** A model in which a token's log-probability is its id; it records the sizes of the batches. */
function model(vocabSize: number, sizes: number[] = []): LogProbModel {
  return {
    config: { vocabSize },
    logProbs: async (rows: readonly Int32Array[]) => {
      sizes.push(rows.length);
      return rows.map((row) => Float32Array.from(row.subarray(1)));
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
    // 64 MiB hold 16,777,216 logits: four rows of 64 tokens over this vocabulary, and no row of 512.
    const rows = [...Array.from({ length: 6 }, () => row(64, 1)), row(512, 1)];
    await continuationLogProbs(model(65_536, sizes), rows);
    expect(sizes).toEqual([4, 2, 1]);
  });
});
