import { abortError } from "../errors.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Row } from "./rows.ts";

/** How well a model predicts text it never saw. */
export interface HeldOutMeasure {
  /** Nats a predicted token. */
  readonly loss: number;
  /** exp(loss). */
  readonly perplexity: number;
  readonly tokens: number;
}

/** Tokens of one pass, pads included: bounds the memory of the logits whatever the vocabulary. */
const tokensAPass = (vocabSize: number): number =>
  Math.min(8192, Math.max(512, Math.floor(2 ** 26 / vocabSize)));

/** Rows of like length in groups of limited size. */
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
 * Loss over held-out rows, their masks minded.
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
  for (const group of passes(rows, tokensAPass(model.config.vocabSize))) {
    if (signal?.aborted) throw abortError(signal);
    const masks = group.map(({ ids, mask }) => mask ?? new Uint8Array(ids.length).fill(1));
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
