import type { Row } from "../dialogue/text-rows.ts";
import { abortError } from "../errors.ts";
import { Group } from "../group/group.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { lossMask } from "./rows.ts";

/** Loss and perplexity on held-out text. */
export interface HeldOutMeasure {
  /** Mean negative log-likelihood of a predicted token, in nats. */
  readonly loss: number;
  /** Perplexity, exp(loss). */
  readonly perplexity: number;
  /** Number of predicted tokens. */
  readonly tokens: number;
}

/** The best measurement of a run and the number of measurements since then. */
export interface BestMeasure {
  /** Number of optimizer steps that are done. */
  step: number;
  /** Best measurement and its step, or null if there is none. */
  best: (HeldOutMeasure & { step: number }) | null;
  /** Number of measurements since the best one. */
  worse: number;
}

/**
 * Returns the number of tokens in a forward pass, pads included. It bounds the memory of the logits for any vocabulary
 * size.
 */
const tokensPerPass = (vocabSize: number): number =>
  Math.min(8192, Math.max(512, Math.floor(2 ** 26 / vocabSize)));

/** Groups rows of similar length. A padded group has at most `tokens` tokens, or only one row. */
function groupRows(rows: readonly Row[], tokens: number): Row[][] {
  const sorted = rows.toSorted((a, b) => b.ids.length - a.ids.length);
  const groups: Row[][] = [];
  for (const row of sorted) {
    const group = groups.at(-1);
    const width = group?.[0]?.ids.length ?? 0;
    if (group && width * (group.length + 1) <= tokens) group.push(row);
    else groups.push([row]);
  }
  return groups;
}

/**
 * Computes loss and perplexity over held-out rows. Tokens whose mask is 0 do not count.
 *
 * @param rows at least one row
 * @param group processes that share the rows
 * @throws DialoguePpoError ERR_ABORTED when the signal is aborted
 */
export async function measureHeldOut(
  model: LanguageModel,
  rows: readonly Row[],
  signal?: AbortSignal,
  group: Group = Group.alone,
): Promise<HeldOutMeasure> {
  const passes = groupRows(rows, tokensPerPass(model.config.vocabSize));
  const parts = await group.map(passes, async (own) => {
    const results: { nats: number; tokens: number }[] = [];
    for (const pass of own) {
      if (signal?.aborted) throw abortError(signal);
      const ids = pass.map((row) => row.ids);
      results.push(await model.negativeLogLikelihood(ids, pass.map(lossMask)));
    }
    return results;
  });
  const nats = parts.reduce((sum, part) => sum + part.nats, 0);
  const tokens = parts.reduce((sum, part) => sum + part.tokens, 0);
  const loss = nats / tokens;
  return { loss, perplexity: Math.exp(loss), tokens };
}

/**
 * Adds a measurement to the progress of a run. The measurement before the first step is ignored, because the weights of
 * the untrained model are not kept.
 *
 * @returns whether the measurement is the best so far
 */
export function addMeasure(progress: BestMeasure, measure: HeldOutMeasure): boolean {
  if (progress.step === 0) return false;
  const isBest = progress.best === null || measure.loss < progress.best.loss;
  if (isBest) progress.best = { ...measure, step: progress.step };
  progress.worse = isBest ? 0 : progress.worse + 1;
  return isBest;
}

/** The held-out perplexity after a number of steps. */
export interface HeldOutPerplexity {
  readonly step: number;
  readonly perplexity: number;
}

/** A run was too short if the perplexity fell by at least this share in its last quarter. */
const STILL_FALLING = 0.1;

/**
 * Decides whether the held-out perplexity was still falling at the end of a run.
 *
 * @returns the measurement before the last quarter and the last one, or undefined if the perplexity had levelled off
 */
export function stillFalling(
  measured: readonly HeldOutPerplexity[],
): readonly [HeldOutPerplexity, HeldOutPerplexity] | undefined {
  const last = measured.at(-1);
  const before = last && measured.findLast(({ step }) => step > 0 && step <= 0.75 * last.step);
  if (!before) return undefined;
  return last.perplexity < (1 - STILL_FALLING) * before.perplexity ? [before, last] : undefined;
}
