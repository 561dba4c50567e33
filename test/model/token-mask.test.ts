import path from "node:path";
import { describe, expect, it } from "vitest";
import { LanguageModel } from "../../lib/model/language-model.ts";
import { PpoTrainer } from "../../lib/model/ppo-trainer.ts";
import { within } from "../golden/compare.ts";
import { policyFolder } from "./ppo-case.ts";

const golden = path.resolve(import.meta.dirname, "../golden/models");
const row = Int32Array.of(2, 9, 14, 11, 3);

/** Returns the ids below `size` without a hole at 7 and without the last five, as for a padded embedding. */
const usedIds = (size: number): number[] =>
  Array.from({ length: size - 5 }, (_, id) => id).filter((id) => id !== 7);

/** Returns the log-probabilities and the entropy of a distribution over `ids` alone, from logits of all ids. */
function distribution(logits: Float32Array, ids: readonly number[]) {
  const top = Math.max(...ids.map((id) => logits[id] as number));
  const total = ids.reduce((sum, id) => sum + Math.exp((logits[id] as number) - top), 0);
  const logProb = (id: number): number => (logits[id] as number) - top - Math.log(total);
  return { logProb, entropy: -ids.reduce((sum, id) => sum + Math.exp(logProb(id)) * logProb(id), 0) };
}

describe("a model with ids that have no token", () => {
  it.each(["opt_base", "llama_grouped_llama3"])(
    "%s: log-probabilities are those over the others",
    async (name) => {
      const folder = path.join(golden, name);
      await using plain = await LanguageModel.load(folder);
      const { vocabSize } = plain.config;
      const ids = usedIds(vocabSize);
      await using masked = await LanguageModel.load(folder, { tokenIds: ids });
      const [logits] = await plain.logits([row]);
      const [logProbs] = await masked.logProbs([row]);
      const expected = [...row.subarray(1)].map((id, t) =>
        distribution(logits?.subarray(t * vocabSize, (t + 1) * vocabSize) ?? new Float32Array(), ids).logProb(
          id,
        ),
      );
      const worst = Math.max(...expected.map((value, t) => Math.abs(value - (logProbs?.[t] ?? Number.NaN))));
      within(`${name}: log-probabilities over the ids with a token`, worst, 1e-5);
    },
  );

  it.each([
    { doSample: true, temperature: 1000 },
    { doSample: true, temperature: 1000, topK: 60, topP: 0.99 },
  ])("never draws such an id at %o", async (options) => {
    await using model = await LanguageModel.load(path.join(golden, "opt_base"));
    const ids = new Set(usedIds(model.config.vocabSize));
    const draw = async (chosen: LanguageModel): Promise<number[]> => {
      const prompts = Array.from({ length: 40 }, () => row);
      const { sequences } = await chosen.generate({ prompts, maxNewTokens: 20, eosTokenIds: [], ...options });
      return sequences.flatMap((sequence) => [...sequence]);
    };
    expect((await draw(model)).some((id) => !ids.has(id))).toBe(true);
    await using masked = await LanguageModel.load(path.join(golden, "opt_base"), { tokenIds: [...ids] });
    expect((await draw(masked)).filter((id) => !ids.has(id))).toEqual([]);
  });

  it.each(["kl", "full"] as const)(
    "starts PPO with ratio 1, KL 0 and its own entropy (%s)",
    async (klPenalty) => {
      const folder = policyFolder("opt");
      await using plain = await LanguageModel.load(folder);
      const { vocabSize } = plain.config;
      const tokenIds = usedIds(vocabSize);
      const child = await LanguageModel.load(folder, { trainable: true, valueHead: true, tokenIds });
      const options = { batchSize: 2, miniBatchSize: 2, ppoEpochs: 1, klPenalty };
      const trainer = await PpoTrainer.create(child, options);
      const queries = [Int32Array.of(4, 5, 6), Int32Array.of(8, 9, 10)];
      const responses = [Int32Array.of(11, 12), Int32Array.of(13, 14)];
      const { stats, arrays } = await trainer.step({
        queries,
        responses,
        scores: Float32Array.of(1, -1),
        permutations: [[0, 1]],
      });
      const ratios = [...(arrays["ppo/policy/ratio"] ?? [])].filter((ratio) => ratio !== 0);
      expect(ratios).toEqual([1, 1, 1, 1]);
      expect(stats["objective/kl"]).toBe(0);
      let entropy = 0;
      for (const [i, query] of queries.entries()) {
        const [logits] = await plain.logits([Int32Array.of(...query, ...(responses[i] ?? []))]);
        for (const t of [2, 3]) {
          entropy +=
            distribution(logits?.subarray(t * vocabSize, (t + 1) * vocabSize) ?? new Float32Array(), tokenIds)
              .entropy / 4;
        }
      }
      within(
        `entropy over the ids with a token, ${klPenalty}`,
        Math.abs((stats["ppo/policy/entropy"] ?? 0) - entropy),
        1e-5,
      );
      await trainer.dispose();
      await child.dispose();
    },
  );
});
