import type { Tokenizer } from "../model/tokenizer.ts";
import type { Turn } from "../sample.ts";
import { promptOf } from "./prompt.ts";

/** One row of a batch for the next-token loss. */
export interface Row {
  /** Token ids. */
  readonly ids: Int32Array;
  /** 1 for each token that the loss covers, 0 for context. Without a mask, the loss covers all tokens but the first. */
  readonly mask?: Uint8Array;
}

/** Returns a dialogue as the child reads it in a prompt: one turn per line, with a line feed after each turn. */
export function dialogueText(turns: readonly Turn[]): string {
  return `${promptOf("", turns).partial}\n`;
}

/**
 * Returns the rows of one text, which consist of the first token, the text and the end token. A longer text is cut into
 * rows of at most `limit` tokens, each of which begins with the first token.
 */
export function textRows(text: string, tokenizer: Tokenizer, limit: number): Row[] {
  const all = tokenizer.encode(text, { addSpecialTokens: false });
  const body = tokenizer.eosId === undefined ? [...all] : [...all, tokenizer.eosId];
  const first = tokenizer.bosId === undefined ? [] : [tokenizer.bosId];
  const length = limit - first.length;
  const rows: Row[] = [];
  for (let at = 0; at < body.length; at += length) {
    const ids = Int32Array.from([...first, ...body.slice(at, at + length)]);
    // A row of one token has no token to predict.
    if (ids.length > 1) rows.push({ ids });
  }
  return rows;
}
