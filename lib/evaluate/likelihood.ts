import type { Prompt } from "../dialogue/prompt.ts";
import { abortError } from "../errors.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import type { Likelihood } from "./compare.ts";

/** What is needed of a model here. */
export type LogProbModel = Pick<LanguageModel, "logProbs" | "config">;

/** A text and where in it the part begins whose likelihood counts. */
export interface Continuation {
  readonly ids: Int32Array;
  readonly start: number;
}

// Logits of a batch of rows are held at once: rows * length * vocabulary * 4 bytes.
const LOGIT_BYTES = 64 * 2 ** 20;

/** Numbers of the rows in batches of like length whose logits stay within the budget; at least one row each. */
function batchByLength(rows: readonly Continuation[], vocabSize: number): number[][] {
  const length = (row: number): number => rows[row]?.ids.length ?? 0;
  const order = [...rows.keys()].sort((a, b) => length(a) - length(b));
  const result: number[][] = [];
  let batch: number[] = [];
  for (const row of order) {
    // The newest row is the longest of its batch.
    if (batch.length > 0 && (batch.length + 1) * length(row) * vocabSize * 4 > LOGIT_BYTES) {
      result.push(batch);
      batch = [];
    }
    batch.push(row);
  }
  return batch.length > 0 ? [...result, batch] : result;
}

/**
 * Summed log-probability of each continuation given what stands before it, in nats, and its number of tokens.
 * @throws DialoguePpoError ERR_ABORTED
 */
export async function continuationLogProbs(
  model: LogProbModel,
  rows: readonly Continuation[],
  signal?: AbortSignal,
): Promise<{ logProb: number; tokens: number }[]> {
  const result = new Array<{ logProb: number; tokens: number }>(rows.length);
  for (const batch of batchByLength(rows, model.config.vocabSize)) {
    if (signal?.aborted) throw abortError(signal);
    const members = batch.map((row) => rows[row] as Continuation);
    const logProbs = await model.logProbs(members.map(({ ids }) => ids));
    members.forEach(({ ids, start }, index) => {
      const row = logProbs[index] as Float32Array;
      let logProb = 0;
      // Entry t of a row is the token t + 1.
      for (let token = start; token < ids.length; token++) logProb += row[token - 1] as number;
      result[batch[index] as number] = { logProb, tokens: ids.length - start };
    });
  }
  return result;
}

/** The human turn as the model would have to write it: with the blank behind the label and the line feed at its end. */
export function humanContinuation(prompt: Prompt, tokenizer: Tokenizer): Continuation | undefined {
  if (prompt.human === null || prompt.human.trim() === "") return undefined;
  const head = tokenizer.encode(prompt.text);
  const line = ` ${prompt.human.replace(/\s+/g, " ").trim()}\n`;
  const tail = tokenizer.encode(line, { addSpecialTokens: false });
  return { ids: Int32Array.from([...head, ...tail]), start: head.length };
}

/** Likelihood of human turns under a model. */
export async function computeLikelihoods(
  model: LogProbModel,
  rows: readonly Continuation[],
  signal?: AbortSignal,
): Promise<Likelihood[]> {
  const scored = await continuationLogProbs(model, rows, signal);
  return scored.map(({ logProb, tokens }) => ({ nats: -logProb, tokens }));
}

/**
 * KL of the policy against the reference, estimated on turns the policy drew itself: the mean over turns of
 * log p(turn) - log q(turn), nats a turn.
 *
 * @returns one value a turn
 */
export async function estimateTurnKl(
  policy: LogProbModel,
  reference: LogProbModel,
  rows: readonly Continuation[],
  signal?: AbortSignal,
): Promise<number[]> {
  const own = await continuationLogProbs(policy, rows, signal);
  const other = await continuationLogProbs(reference, rows, signal);
  return own.map(({ logProb }, index) => logProb - (other[index]?.logProb ?? Number.NaN));
}
