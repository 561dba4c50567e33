import { abortError } from "../errors.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { lossMask, type Row } from "./rows.ts";

/** How well a model predicts held-out text. */
export interface HeldOutMeasure {
  /** Nats a predicted token. */
  readonly loss: number;
  /** exp(loss). */
  readonly perplexity: number;
  readonly tokens: number;
}

/** The best measurement of a run and the number of measurements since then. */
export interface BestMeasure {
  /** Optimizer steps done. */
  step: number;
  best: (HeldOutMeasure & { step: number }) | null;
  worse: number;
}

/** Returns the tokens of one pass, pads included: they bound the memory of the logits, whatever the vocabulary. */
const tokensPerPass = (vocabSize: number): number =>
  Math.min(8192, Math.max(512, Math.floor(2 ** 26 / vocabSize)));

/** Puts rows of similar length into groups of limited size. */
function passes(rows: readonly Row[], tokens: number): Row[][] {
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
 * Computes the loss over held-out rows; tokens whose mask entry is 0 do not count.
 *
 * @param rows at least one
 * @throws DialoguePpoError ERR_ABORTED
 */
export async function measureHeldOut(
  model: LanguageModel,
  rows: readonly Row[],
  signal?: AbortSignal,
): Promise<HeldOutMeasure> {
  let nats = 0;
  let tokens = 0;
  for (const group of passes(rows, tokensPerPass(model.config.vocabSize))) {
    if (signal?.aborted) throw abortError(signal);
    const masks = group.map(lossMask);
    const part = await model.negativeLogLikelihood(
      group.map(({ ids }) => ids),
      masks,
    );
    nats += part.nats;
    tokens += part.tokens;
  }
  const loss = nats / tokens;
  return { loss, perplexity: Math.exp(loss), tokens };
}

/**
 * Adds a measurement to a run's progress.
 * @returns whether it is the best so far; the untrained model's never is, because its weights are not kept
 */
export function addMeasure(progress: BestMeasure, measure: HeldOutMeasure): boolean {
  if (progress.step === 0) return false;
  const isBest = progress.best === null || measure.loss < progress.best.loss;
  if (isBest) progress.best = { ...measure, step: progress.step };
  progress.worse = isBest ? 0 : progress.worse + 1;
  return isBest;
}
