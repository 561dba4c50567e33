import { countWords } from "../data/dialogue.ts";
import { MappedList } from "../data/list.ts";
import { shuffledOrder } from "../data/order.ts";
import { repetition } from "../data/repetition.ts";
import type { Exchange, Participant } from "../dialogue/exchange.ts";
import {
  computeLikelihoods,
  estimateTurnKl,
  humanTurnRows,
  joinIds,
  perplexityOf,
} from "../dialogue/likelihood.ts";
import type { Prompt } from "../dialogue/prompt.ts";
import { DialoguePpoError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { mean } from "../mean.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { hashToInt48 } from "../random.ts";
import type { StepLog } from "../run/records.ts";
import type { Selection } from "../run/selection.ts";
import { preparePrompts } from "../setup/prompts.ts";
import type { TrainingSetup } from "../setup/training.ts";
import { BestCheckpoint, figuresOf } from "./best.ts";
import { type RolloutSample, rewardedTurns } from "./rollout.ts";

/** Most turns that are generated at once. */
const ROWS = 64;

type Parts = Pick<TrainingSetup, "config" | "data" | "exchange" | "group" | "reward"> & {
  readonly reference: LanguageModel;
  readonly log: Logger;
};

/**
 * Returns the prompts of an evaluation: those of a random part of the held-out dialogues, which depends on the seed
 * only.
 */
async function heldOutPrompts({ config, data, exchange }: Parts): Promise<Prompt[]> {
  const { evaluation } = data;
  const seed = hashToInt48(`${config.seed}/eval`);
  const chosen = [...shuffledOrder(evaluation.length, seed, 0).subarray(0, config.evalDialogues)];
  const dialogues = new MappedList(evaluation, chosen, (dialogue) => dialogue);
  const { model, tokenizer } = exchange.child;
  return [...(await preparePrompts(dialogues, config, tokenizer, model.config.maxPositions)).prompts];
}

/**
 * Evaluates the child on held-out dialogues during training and keeps track of the best checkpoint. Every evaluation
 * uses the same dialogues and random streams of its own, which depend on seed and dialogue only; training draws the
 * same with and without it.
 */
export class HeldOutEvaluation {
  readonly #parts: Parts;
  readonly #prompts: readonly Prompt[];
  readonly #interval: number;
  #best: BestCheckpoint | undefined;
  #isOutOfPatience = false;

  private constructor(parts: Parts, prompts: readonly Prompt[], interval: number) {
    this.#parts = parts;
    this.#prompts = prompts;
    this.#interval = interval;
  }

  /** Returns the evaluation of a run; undefined when the run has none. */
  static async create(parts: Parts): Promise<HeldOutEvaluation | undefined> {
    const { evalInterval } = parts.config;
    if (evalInterval === undefined) return undefined;
    return new HeldOutEvaluation(parts, await heldOutPrompts(parts), evalInterval);
  }

  /**
   * Measures the child before training, with which others are compared.
   * @param history log of the steps before a resume
   */
  async begin(history: readonly StepLog[], signal: AbortSignal | undefined): Promise<void> {
    const { config, exchange, reference, log } = this.#parts;
    const stats = await this.#measure(exchange.withChild({ ...exchange.child, model: reference }), signal);
    const before = figuresOf(stats);
    if (before === undefined || !Number.isFinite(before.reward)) {
      throw new DialoguePpoError("ERR_DATA", "--eval-interval: no held-out dialogue has a reward");
    }
    const { maxEvalKl: kl, maxEvalPerplexity: perplexity, maxEvalLength: length } = config;
    this.#best = new BestCheckpoint(before, { kl, perplexity, length }, history);
    const shown =
      before.perplexity === null ? "" : `, perplexity of human turns ${before.perplexity.toFixed(1)}`;
    log.info(
      `held out, before training: reward ${before.reward.toFixed(3)}${shown}, ${before.words.toFixed(1)} words per turn`,
    );
  }

  /** Evaluates the child after a step if the step is due; returns the statistics, none for another step. */
  async measureAfter(
    step: number,
    totalSteps: number,
    signal: AbortSignal | undefined,
  ): Promise<Record<string, number>> {
    if (step % this.#interval !== 0 && step !== totalSteps) return {};
    return this.#measure(this.#parts.exchange, signal);
  }

  /** Takes the statistics of a step into account; returns whether the step is the best so far. */
  judge(record: StepLog): boolean {
    const isBest = this.#best?.add(record) ?? false;
    const { patience = Number.POSITIVE_INFINITY } = this.#parts.config;
    const wasEvaluated = "eval/dialogues" in record.stats;
    this.#isOutOfPatience = wasEvaluated && (this.#best?.withoutBetter ?? 0) >= patience;
    return isBest;
  }

  /** Whether the last step was evaluated and ended the patience: so many evaluations in a row were no better. */
  get isOutOfPatience(): boolean {
    return this.#isOutOfPatience;
  }

  /** The best checkpoint so far. */
  get selection(): Selection | undefined {
    return this.#best?.describe();
  }

  async #measure(exchange: Exchange, signal: AbortSignal | undefined): Promise<Record<string, number>> {
    const { child } = exchange;
    const began = performance.now();
    const samples: RolloutSample[] = [];
    for (let first = 0; first < this.#prompts.length; first += ROWS) {
      samples.push(...(await this.#sample(exchange, this.#prompts.slice(first, first + ROWS), signal)));
    }
    const scores = samples.map(({ childScore }) => childScore).filter((score) => score !== null);
    const repetitions = samples.map(({ child: turn }) => repetition(turn)).filter((share) => share !== null);
    return {
      "eval/dialogues": samples.length,
      "eval/reward_mean": mean(samples.map(({ reward }) => reward)),
      ...(scores.length > 0 ? { "eval/child_score_mean": mean(scores) } : {}),
      "eval/kl": await this.#turnKl(child, samples, signal),
      ...(await this.#perplexity(child, signal)),
      "eval/words_mean": mean(samples.map(({ child: turn }) => countWords(turn))),
      ...(repetitions.length > 0 ? { "eval/repetition_mean": mean(repetitions) } : {}),
      "time/eval": (performance.now() - began) / 1000,
    };
  }

  async #sample(
    exchange: Exchange,
    prompts: readonly Prompt[],
    signal: AbortSignal | undefined,
  ): Promise<RolloutSample[]> {
    const { config, reward, group } = this.#parts;
    return rewardedTurns(
      { ...config, exchange, reward, group },
      prompts,
      (row, role, turn) => hashToInt48(["eval", config.seed, prompts[row]?.id ?? "", role, turn].join("\0")),
      signal,
    );
  }

  /** Returns the KL divergence from the child before training, in nats per turn. */
  async #turnKl(
    child: Participant,
    samples: readonly RolloutSample[],
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const { reference, group } = this.#parts;
    if (child.model === reference) return 0;
    const rows = samples.map(({ promptIds, childIds }) => joinIds(promptIds, childIds));
    return mean(await group.map(rows, (own) => estimateTurnKl(child.model, reference, own, signal)));
  }

  /** Returns the perplexity of the human turns that fit the child; an empty object when there is none. */
  async #perplexity(child: Participant, signal: AbortSignal | undefined): Promise<Record<string, number>> {
    const [rows = []] = await humanTurnRows(this.#prompts, [child], signal);
    if (rows.length === 0) return {};
    const { group } = this.#parts;
    const likelihoods = await group.map(rows, (own) => computeLikelihoods(child.model, own, signal));
    return { "eval/perplexity": perplexityOf(likelihoods) };
  }
}
