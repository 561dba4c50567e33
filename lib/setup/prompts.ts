import type { Dialogue } from "../data/dialogue.ts";
import { type List, MappedList } from "../data/list.ts";
import { fitPrompts } from "../dialogue/fit.ts";
import { buildPrompt, type Prompt } from "../dialogue/prompt.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import type { Logger } from "../log.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import type { TrainConfig } from "../options/train-config.ts";

/** Prompts that fit the child's positions. */
export interface PreparedPrompts {
  readonly prompts: List<Prompt>;
  /** Number of dialogues left out because they have too few turns. */
  readonly tooFewTurns: number;
  /** Number of prompts shortened by their oldest turns. */
  readonly truncated: number;
  /** Number of prompts left out because they are too long. */
  readonly skipped: number;
}

/** Says how many turns a dialogue needs. */
export const wantedTurns = (promptTurns: TrainConfig["promptTurns"]): string =>
  promptTurns === -1 ? "two turns" : `enough turns for --prompt-turns ${promptTurns}`;

/**
 * Checks that there is a batch to train on.
 *
 * @param noun what is counted: "dialogue" or "prompt"
 * @throws DialoguePpoError ERR_DATA
 */
export function checkBatch(file: string, count: number, noun: string, batchSize: number): void {
  if (count >= batchSize) return;
  throw new DialoguePpoError(
    "ERR_DATA",
    `${file} leaves ${formatCount(count, noun)} for training; expected at least a batch of ${batchSize} (--batch-size)`,
  );
}

/** Returns the prompts of the dialogues that have enough turns. A prompt is made whenever it is read. */
export function promptsOf(dialogues: List<Dialogue>, promptTurns: TrainConfig["promptTurns"]): List<Prompt> {
  const indices: number[] = [];
  let index = 0;
  for (const dialogue of dialogues) {
    if (buildPrompt(dialogue, promptTurns) !== undefined) indices.push(index);
    index += 1;
  }
  return new MappedList(dialogues, indices, (dialogue) => buildPrompt(dialogue, promptTurns) as Prompt);
}

/**
 * Splits dialogues into prompts and the turns that follow. Dialogues with too few turns are left out.
 *
 * @throws DialoguePpoError ERR_DATA when no dialogue has enough turns
 */
export function buildPrompts(
  dialogues: List<Dialogue>,
  promptTurns: TrainConfig["promptTurns"],
): List<Prompt> {
  const prompts = promptsOf(dialogues, promptTurns);
  if (prompts.length > 0) return prompts;
  throw new DialoguePpoError(
    "ERR_DATA",
    `no dialogue has ${wantedTurns(promptTurns)}; expected each turn on a line that begins with its speaker's label, as in "A:: Hello.", ` +
      "and all turns of a dialogue in one row",
  );
}

/**
 * Splits dialogues into prompts and the turns that follow, and makes the prompts fit the child's positions.
 *
 * @param positions number of positions of the child, which a prompt and the new tokens together must not exceed
 * @throws DialoguePpoError ERR_CONFIG when the new tokens leave no room for a prompt; ERR_DATA; ERR_ABORTED
 */
export async function preparePrompts(
  dialogues: List<Dialogue>,
  config: Pick<TrainConfig, "promptTurns" | "longPrompts" | "maxNewTokens">,
  tokenizer: Tokenizer,
  positions: number,
  signal?: AbortSignal,
): Promise<PreparedPrompts> {
  const limit = positions - config.maxNewTokens;
  if (limit < 1) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `--max-new-tokens ${config.maxNewTokens} leaves no room for a prompt in the child's ${positions} positions`,
    );
  }
  const built = buildPrompts(dialogues, config.promptTurns);
  const fitted = await fitPrompts(built, tokenizer, limit, config.longPrompts, signal);
  return { ...fitted, tooFewTurns: dialogues.length - built.length };
}

/** Logs how many dialogues and prompts were left out or shortened. */
export function logPromptCounts(prepared: PreparedPrompts, log: Logger): void {
  const { tooFewTurns, truncated, skipped } = prepared;
  if (tooFewTurns > 0) log.info(`left out for having too few turns: ${formatCount(tooFewTurns, "dialogue")}`);
  if (truncated > 0)
    log.info(
      `shortened by their oldest turns to fit the child's positions: ${formatCount(truncated, "prompt")}`,
    );
  if (skipped > 0) log.info(`left out for being too long: ${formatCount(skipped, "prompt")}`);
}
