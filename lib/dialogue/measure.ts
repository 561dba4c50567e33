import { DialoguePpoError } from "../errors.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { type Prompt, withoutOldestTurn } from "./prompt.ts";

/** What happens to a prompt that, with the new tokens, exceeds the model's positions. */
export type LongPrompts = "truncate" | "skip" | "error";

export interface MeasuredPrompts {
  readonly prompts: Prompt[];
  readonly truncated: number;
  readonly skipped: number;
}

/**
 * Makes every prompt fit before a run begins: `limit` is positions less new tokens.
 *
 * @throws DialoguePpoError ERR_DATA when a prompt is too long and `longPrompts` is "error", when not even the last turn
 *   of one fits, or when none is left
 */
export function fitPrompts(
  prompts: readonly Prompt[],
  tokenizer: Tokenizer,
  limit: number,
  longPrompts: LongPrompts,
): MeasuredPrompts {
  const kept: Prompt[] = [];
  let truncated = 0;
  let skipped = 0;
  for (const prompt of prompts) {
    const fitted = shortened(prompt, tokenizer, limit);
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

/** The prompt itself when it fits, else without as many of its oldest turns as needed. */
function shortened(prompt: Prompt, tokenizer: Tokenizer, limit: number): Prompt | undefined {
  let candidate: Prompt | undefined = prompt;
  while (candidate !== undefined && tokenizer.encode(candidate.text).length > limit) {
    candidate = withoutOldestTurn(candidate);
  }
  return candidate;
}
