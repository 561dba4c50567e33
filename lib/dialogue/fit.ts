import { type List, MappedList } from "../data/list.ts";
import { DialoguePpoError } from "../errors.ts";
import { createPauses } from "../event-loop.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import { type Prompt, withoutOldestTurns } from "./prompt.ts";

/**
 * How to treat a prompt that exceeds the model's positions: remove its oldest turns, leave it out, or report an error.
 */
export type LongPrompts = "truncate" | "skip" | "error";

/** Result of {@link fitPrompts}. */
export interface FittedPrompts {
  /** Prompts that fit, in the same order. */
  readonly prompts: List<Prompt>;
  /** Number of prompts that lost turns. */
  readonly truncated: number;
  /** Number of prompts that were left out. */
  readonly skipped: number;
}

/** Normalizers, which could make a text longer, leave ASCII characters as they are: each is one token at most. */
const ASCII = /^[\x20-\x7e\n]*$/;
/** Largest number of tokens that a tokenizer adds to a text. */
const SPECIAL_TOKENS = 8;

/**
 * Returns whether a prompt fits in `limit` tokens whatever the tokenizer of the model. The test is cheap. A prompt that
 * does not pass it can fit, too.
 */
export const surelyFits = (text: string, limit: number): boolean =>
  text.length <= limit - SPECIAL_TOKENS && ASCII.test(text);

/** Factor by which the number of kept items grows from one test to the next. */
const GROWTH = 4;

/**
 * Returns the smallest number of items to drop, 0 to `max`, so that the rest fits. Returns undefined when dropping
 * `max` items is not enough. Each test encodes the whole rest. The search therefore keeps few items at first and ends
 * at the first number that does not fit, so that its time depends on what fits and not on the length of the whole.
 */
export function itemsToDrop(max: number, fits: (dropped: number) => boolean): number | undefined {
  if (max < 1) return fits(0) ? 0 : undefined;
  if (!fits(max)) return undefined;
  let enough = max;
  let tooFew = -1;
  for (let kept = GROWTH; enough > 0 && tooFew < 0; kept *= GROWTH) {
    const dropped = Math.max(0, max - kept);
    if (fits(dropped)) enough = dropped;
    else tooFew = dropped;
  }
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
 *   of a prompt fits, or when no prompt is left; ERR_ABORTED
 */
export async function fitPrompts(
  prompts: List<Prompt>,
  tokenizer: Tokenizer,
  limit: number,
  longPrompts: LongPrompts,
  signal?: AbortSignal,
): Promise<FittedPrompts> {
  const pause = createPauses(signal);
  const kept: number[] = [];
  const droppedTurns: number[] = [];
  let truncated = 0;
  let skipped = 0;
  let index = -1;
  for (const prompt of prompts) {
    index += 1;
    await pause();
    const turns = turnsToDrop(prompt, tokenizer, limit);
    if (turns === undefined) {
      throw new DialoguePpoError(
        "ERR_DATA",
        `dialogue ${prompt.id}: not even its last turn fits in the ${limit} tokens that positions less new tokens leave; ` +
          "lower --max-new-tokens or --max-words",
      );
    }
    if (turns > 0 && longPrompts === "error") {
      const length = tokenizer.encodePrompt(prompt.text).length;
      throw new DialoguePpoError(
        "ERR_DATA",
        `dialogue ${prompt.id}: its prompt has ${length} tokens, ${limit} fit; pass --long-prompts truncate or skip`,
      );
    }
    if (turns > 0 && longPrompts === "skip") {
      skipped += 1;
      continue;
    }
    if (turns > 0) truncated += 1;
    kept.push(index);
    droppedTurns.push(turns);
  }
  if (kept.length === 0) throw new DialoguePpoError("ERR_DATA", `all ${prompts.length} prompts are too long`);
  const turnsAt = Int32Array.from(droppedTurns);
  const fitted = new MappedList(
    prompts,
    kept,
    (prompt: Prompt, at) => dropTurns(prompt, turnsAt[at] as number) as Prompt,
  );
  return { prompts: fitted, truncated, skipped };
}

/** Returns the prompt without its oldest turns; undefined when no turn would remain. */
const dropTurns = (prompt: Prompt, turns: number): Prompt | undefined =>
  turns === 0 ? prompt : withoutOldestTurns(prompt, turns);

/**
 * Returns the smallest number of oldest turns to drop, so that the prompt fits; undefined when not even its last turn
 * fits.
 */
function turnsToDrop(prompt: Prompt, tokenizer: Tokenizer, limit: number): number | undefined {
  return itemsToDrop(prompt.turns.length - 1, (turns) => {
    const text = dropTurns(prompt, turns)?.text;
    if (text === undefined) return false;
    return surelyFits(text, limit) || tokenizer.encodePrompt(text).length <= limit;
  });
}
