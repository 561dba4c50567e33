import { DialoguePpoError } from "../errors.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { type Prompt, withoutOldestTurns } from "./prompt.ts";

/** What happens to a prompt that, with the new tokens, exceeds the model's positions. */
export type LongPrompts = "truncate" | "skip" | "error";

/** Prompts that fit, and how many did not. */
export interface FittedPrompts {
  readonly prompts: Prompt[];
  readonly truncated: number;
  readonly skipped: number;
}

/**
 * Returns the smallest number of oldest items to drop, 0 to `most`, so that the rest fits; undefined when even `most` are
 * too few. Binary search, because every try encodes the whole text.
 */
export function itemsToDrop(most: number, fits: (dropped: number) => boolean): number | undefined {
  if (fits(0)) return 0;
  if (most < 1 || !fits(most)) return undefined;
  let [tooFew, enough] = [0, most];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (fits(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/**
 * Makes every prompt fit in `limit` tokens: the model's positions minus the new tokens.
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
      const length = tokenizer.encode(prompt.text).length;
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

/** Returns the prompt without as many of its oldest turns as needed; the prompt itself when it fits. */
function shortenPrompt(prompt: Prompt, tokenizer: Tokenizer, limit: number): Prompt | undefined {
  const without = (turns: number): Prompt | undefined =>
    turns === 0 ? prompt : withoutOldestTurns(prompt, turns);
  const fits = (turns: number): boolean => {
    const text = without(turns)?.text;
    return text !== undefined && tokenizer.encode(text).length <= limit;
  };
  const dropped = itemsToDrop(prompt.turns.length - 1, fits);
  return dropped === undefined ? undefined : without(dropped);
}
