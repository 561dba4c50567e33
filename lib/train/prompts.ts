import type { Dialogue } from "../data/dialogue.ts";
import { fitPrompts } from "../dialogue/measure.ts";
import { buildPrompt, type Prompt } from "../dialogue/prompt.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import type { Logger } from "../log.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import type { TrainConfig } from "../options/train-config.ts";

/** Prompts that fit, and how many dialogues gave none. */
export interface PreparedPrompts {
  readonly prompts: Prompt[];
  readonly tooFewTurns: number;
  readonly truncated: number;
  readonly skipped: number;
}

/**
 * Cuts dialogues into prompt and held-back turn; those with too few turns give none.
 * @throws DialoguePpoError ERR_DATA when not one has enough
 */
export function cutDialogues(
  dialogues: readonly Dialogue[],
  promptTurns: TrainConfig["promptTurns"],
): Prompt[] {
  const prompts = dialogues.flatMap((dialogue) => buildPrompt(dialogue, promptTurns) ?? []);
  if (prompts.length > 0) return prompts;
  const wanted = promptTurns === -1 ? "two turns" : `enough turns for --prompt-turns ${promptTurns}`;
  throw new DialoguePpoError(
    "ERR_DATA",
    `no dialogue has ${wanted}; expected each turn on a line that begins with its speaker's label, as in "A:: Hello."`,
  );
}

/**
 * Cuts every dialogue into prompt and held-back turn and makes the prompts fit, before a run writes anything.
 *
 * @param positions of the child: prompt and new tokens together may not exceed it
 * @throws DialoguePpoError ERR_DATA
 */
export function preparePrompts(
  dialogues: readonly Dialogue[],
  config: Pick<TrainConfig, "promptTurns" | "longPrompts" | "maxNewTokens">,
  tokenizer: Tokenizer,
  positions: number,
): PreparedPrompts {
  const limit = positions - config.maxNewTokens;
  if (limit < 1) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `--max-new-tokens ${config.maxNewTokens} leaves no room for a prompt in the child's ${positions} positions`,
    );
  }
  const built = cutDialogues(dialogues, config.promptTurns);
  const fitted = fitPrompts(built, tokenizer, limit, config.longPrompts);
  return { ...fitted, tooFewTurns: dialogues.length - built.length };
}

/** Says what preparing left out or cut. */
export function tellPrompts(prepared: PreparedPrompts, log: Logger): void {
  const { tooFewTurns, truncated, skipped } = prepared;
  if (tooFewTurns > 0) log.info(`left out for having too few turns: ${formatCount(tooFewTurns, "dialogue")}`);
  if (truncated > 0)
    log.info(
      `shortened by their oldest turns to fit the child's positions: ${formatCount(truncated, "prompt")}`,
    );
  if (skipped > 0) log.info(`left out for being too long: ${formatCount(skipped, "prompt")}`);
}
