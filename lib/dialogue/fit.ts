import { DialoguePpoError } from "../errors.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { type Prompt, withoutOldestTurns } from "./prompt.ts";

/** How to treat a prompt that exceeds the model's positions: remove its oldest turns, leave it out, or report an error. */
export type LongPrompts = "truncate" | "skip" | "error";

/** Result of {@link fitPrompts}. */
export interface FittedPrompts {
  /** Prompts that fit, in the same order. */
  readonly prompts: Prompt[];
  /** Number of prompts that lost turns. */
  readonly truncated: number;
  /** Number of prompts that were left out. */
  readonly skipped: number;
}

/**
 * Returns the smallest number of items to drop, 0 to `max`, so that the rest fits. Returns undefined when dropping `max`
 * items is not enough. It uses a binary search, because each test encodes the whole text.
 */
export function itemsToDrop(max: number, fits: (dropped: number) => boolean): number | undefined {
  if (fits(0)) return 0;
  if (max < 1 || !fits(max)) return undefined;
  let [tooFew, enough] = [0, max];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (fits(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/**
 * Makes every prompt fit in `limit` tokens. The limit is the model's positions minus the new tokens.
 *
 * @throws DialoguePpoError ERR_DATA when a prompt is too long and `longPrompts` is "error", when not even the last turn
 *   of a prompt fits, or when no prompt is left
 */
export function fitPrompts(
  prompts: readonly Prompt[],
  tokenizer: Tokenizer,
  limit: number,
  longPrompts: LongPrompts,
): FittedPrompts {
  const kept: Prompt[] = [];
  let truncated = 0;
  let skipped = 0;
  for (const prompt of prompts) {
    const fitted = shortenPrompt(prompt, tokenizer, limit);
    if (fitted === undefined) {
      throw new DialoguePpoError(
        "ERR_DATA",
        `dialogue ${prompt.id}: not even its last turn fits in the ${limit} tokens that positions less new tokens leave; ` +
          "lower --max-new-tokens or --max-words",
      );
    }
    if (fitted === prompt) {
      kept.push(prompt);
    } else if (longPrompts === "error") {
      const length = tokenizer.encodePrompt(prompt.text).length;
      throw new DialoguePpoError(
        "ERR_DATA",
        `dialogue ${prompt.id}: its prompt has ${length} tokens, ${limit} fit; pass --long-prompts truncate or skip`,
      );
    } else if (longPrompts === "skip") {
      skipped += 1;
    } else {
      truncated += 1;
      kept.push(fitted);
    }
  }
  if (kept.length === 0) throw new DialoguePpoError("ERR_DATA", `all ${prompts.length} prompts are too long`);
  return { prompts: kept, truncated, skipped };
}

/**
 * Drops as few of the oldest turns as possible, so that the prompt fits. Returns the prompt itself when it fits, and
 * undefined when not even its last turn fits.
 */
function shortenPrompt(prompt: Prompt, tokenizer: Tokenizer, limit: number): Prompt | undefined {
  const dropTurns = (turns: number): Prompt | undefined =>
    turns === 0 ? prompt : withoutOldestTurns(prompt, turns);
  const fits = (turns: number): boolean => {
    const text = dropTurns(turns)?.text;
    return text !== undefined && tokenizer.encodePrompt(text).length <= limit;
  };
  const dropped = itemsToDrop(prompt.turns.length - 1, fits);
  return dropped === undefined ? undefined : dropTurns(dropped);
}
