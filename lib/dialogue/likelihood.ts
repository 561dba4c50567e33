import { abortError } from "../errors.ts";
import { createPauses } from "../event-loop.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import type { Prompt } from "./prompt.ts";

/** The part of a model that computes log-probabilities. */
export type LogProbModel = Pick<LanguageModel, "logProbs" | "config">;

/** Likelihood of a text, from which perplexity is computed. */
export interface Likelihood {
  /** Negative log-probability of the text. */
  readonly nats: number;
  /** Number of tokens. */
  readonly tokens: number;
}

/** A text whose likelihood is computed from a position on, given the tokens before it. */
export interface Continuation {
  /** Token ids of the whole text. */
  readonly ids: Int32Array;
  /** Position of the first token that counts. */
  readonly start: number;
}

/** Joins a prompt and what follows it to one text, of which the prompt does not count. */
export const joinIds = (prompt: Int32Array, rest: Int32Array): Continuation => ({
  ids: Int32Array.from([...prompt, ...rest]),
  start: prompt.length,
});

/**
 * Most tokens of a batch of several rows, if all were as long as the longest: on a GPU, attention needs the memory for
 * that.
 */
const BATCH_TOKENS = 4096;
/** Memory for the logits of a batch, which take 4 bytes for each token that counts and each id of the vocabulary. */
const LOGIT_BYTES = 64 * 2 ** 20;

/** Groups rows of similar length into batches that fit the memory, at least one row each; returns row numbers. */
function* batchByLength(rows: readonly Continuation[], vocabSize: number): Generator<number[]> {
  const mostCounted = LOGIT_BYTES / (4 * vocabSize);
  const row = (number: number): Continuation => rows[number] as Continuation;
  const order = [...rows.keys()].sort((a, b) => row(a).ids.length - row(b).ids.length);
  let batch: number[] = [];
  let counted = 0;
  for (const number of order) {
    const { ids, start } = row(number);
    // Rows are sorted by length, so the next row is the longest of its batch.
    const isFull =
      (batch.length + 1) * ids.length > BATCH_TOKENS || counted + ids.length - start > mostCounted;
    if (batch.length > 0 && isFull) {
      yield batch;
      batch = [];
      counted = 0;
    }
    batch.push(number);
    counted += ids.length - start;
  }
  if (batch.length > 0) yield batch;
}

/**
 * Computes the summed log-probability of each continuation given the tokens before it, in nats, and its number of
 * tokens.
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
    const members = batch.map((number) => rows[number] as Continuation);
    const starts = members.map(({ start }) => start);
    const logProbs = await model.logProbs(
      members.map(({ ids }) => ids),
      { starts },
    );
    logProbs.forEach((row, index) => {
      const logProb = row.reduce((sum, value) => sum + value, 0);
      result[batch[index] as number] = { logProb, tokens: row.length };
    });
  }
  return result;
}

/**
 * Returns the prompt with the human turn as the model would generate it: after the label's space and with a line feed
 * at its end.
 *
 * @returns undefined when there is no human turn or it is empty
 */
function humanContinuation(prompt: Prompt, tokenizer: Tokenizer): Continuation | undefined {
  if (prompt.human === null || prompt.human.trim() === "") return undefined;
  const head = tokenizer.encodePrompt(prompt.text);
  const line = ` ${prompt.human.replace(/\s+/g, " ").trim()}\n`;
  // Encoded together, because a SentencePiece tokenizer puts a space before every text.
  const whole = tokenizer.encodePrompt(prompt.text + line);
  if (head.every((id, index) => id === whole[index])) return { ids: whole, start: head.length };
  // The end of the prompt and the beginning of the turn would be one token, which the model never generates.
  return joinIds(head, tokenizer.encode(line, { addSpecialTokens: false }));
}

/** A model with its tokenizer, of which only the number of positions matters. */
interface Reader {
  readonly model: Pick<LanguageModel, "config">;
  readonly tokenizer: Tokenizer;
}

/**
 * Returns the human turns of the prompts as rows for each of the models. A prompt without a human turn, or with one
 * that is too long for one of the models, is left out for all of them.
 *
 * @returns for each model, one row per human turn
 * @throws DialoguePpoError ERR_ABORTED
 */
export async function humanTurnRows(
  prompts: Iterable<Prompt>,
  readers: readonly Reader[],
  signal?: AbortSignal,
): Promise<Continuation[][]> {
  const pause = createPauses(signal);
  const turns: Continuation[][] = [];
  for (const prompt of prompts) {
    await pause();
    const rows = readers.flatMap(({ model, tokenizer }) => {
      const row = humanContinuation(prompt, tokenizer);
      return row !== undefined && row.ids.length <= model.config.maxPositions ? [row] : [];
    });
    if (rows.length === readers.length) turns.push(rows);
  }
  return readers.map((_, index) => turns.map((rows) => rows[index] as Continuation));
}

/** Computes the likelihoods of human turns under a model. */
export async function computeLikelihoods(
  model: LogProbModel,
  rows: readonly Continuation[],
  signal?: AbortSignal,
): Promise<Likelihood[]> {
  const scored = await continuationLogProbs(model, rows, signal);
  return scored.map(({ logProb, tokens }) => ({ nats: -logProb, tokens }));
}

/**
 * Returns the perplexity of texts: exp(all nats / all tokens), so that every token has the same weight.
 * @param chosen indices of the texts that count, any number of times. Default: each once.
 */
export function perplexityOf(texts: readonly Likelihood[], chosen: Iterable<number> = texts.keys()): number {
  let [nats, tokens] = [0, 0];
  for (const index of chosen) {
    nats += texts[index]?.nats ?? 0;
    tokens += texts[index]?.tokens ?? 0;
  }
  return Math.exp(nats / tokens);
}

/**
 * Estimates the KL divergence of the policy from the reference on turns that the policy generated: the mean over turns
 * of log p(turn) - log q(turn), with p the policy and q the reference.
 *
 * @returns one value per turn, in nats
 */
export async function estimateTurnKl(
  policy: LogProbModel,
  reference: LogProbModel,
  rows: readonly Continuation[],
  signal?: AbortSignal,
): Promise<number[]> {
  const policyRows = await continuationLogProbs(policy, rows, signal);
  const referenceRows = await continuationLogProbs(reference, rows, signal);
  return policyRows.map(({ logProb }, index) => logProb - (referenceRows[index]?.logProb ?? Number.NaN));
}
