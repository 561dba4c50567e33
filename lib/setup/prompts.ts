import type { Dialogue } from "../data/dialogue.ts";
import { fitPrompts } from "../dialogue/fit.ts";
import { buildPrompt, type Prompt } from "../dialogue/prompt.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import type { Logger } from "../log.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import type { TrainConfig } from "../options/train-config.ts";

/** Prompts that fit, and counts of what was left out or shortened. */
export interface PreparedPrompts {
  readonly prompts: Prompt[];
  readonly tooFewTurns: number;
  readonly truncated: number;
  readonly skipped: number;
}

/**
 * Splits dialogues into prompts and the turns that follow. A dialogue with too few turns gives no prompt.
 * @throws DialoguePpoError ERR_DATA when no dialogue has enough turns
 */
export function buildPrompts(
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
 * Splits every dialogue into a prompt and the turn that follows, and makes the prompts fit the child.
 *
 * @param positions of the child; prompt and new tokens together may not exceed them
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
  const built = buildPrompts(dialogues, config.promptTurns);
  const fitted = fitPrompts(built, tokenizer, limit, config.longPrompts);
  return { ...fitted, tooFewTurns: dialogues.length - built.length };
}

/** Logs what the preparation of prompts left out or shortened. */
export function logPromptCounts(prepared: PreparedPrompts, log: Logger): void {
  const { tooFewTurns, truncated, skipped } = prepared;
  if (tooFewTurns > 0) log.info(`left out for having too few turns: ${formatCount(tooFewTurns, "dialogue")}`);
  if (truncated > 0)
    log.info(
      `shortened by their oldest turns to fit the child's positions: ${formatCount(truncated, "prompt")}`,
    );
  if (skipped > 0) log.info(`left out for being too long: ${formatCount(skipped, "prompt")}`);
}
