import { DialoguePpoError } from "../errors.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";

/** Ids that end a turn and pad a batch, agreed between tokenizer and model. */
export interface TokenIds {
  readonly endIds: readonly number[];
  readonly padId: number;
}

export interface IdOverrides {
  readonly endId?: number | undefined;
  readonly padId?: number | undefined;
}

function throwMismatch(who: string, what: string, remedy: string): never {
  throw new DialoguePpoError("ERR_TOKENIZER", `${who}: tokenizer and model disagree: ${what}; ${remedy}`);
}

/**
 * Checks that a tokenizer belongs to a model: every id it can give has an embedding, and the model's end ids are the
 * tokenizer's end tokens. Explicit ids override the model's configuration.
 *
 * @param who "child" or "teacher", for the message
 * @throws DialoguePpoError ERR_TOKENIZER saying what contradicts what, and which option settles it
 */
export function resolveTokenIds(
  who: "child" | "teacher",
  model: LanguageModel,
  tokenizer: Tokenizer,
  overrides: IdOverrides = {},
): TokenIds {
  const { vocabSize, eosTokenIds, padTokenId } = model.config;
  if (tokenizer.vocabSize > vocabSize) {
    throwMismatch(
      who,
      `the tokenizer has ${tokenizer.vocabSize} ids, the model ${vocabSize} embeddings`,
      `pass the tokenizer the model was trained with (--${who}-tokenizer)`,
    );
  }
  const endIds = overrides.endId === undefined ? eosTokenIds : [overrides.endId];
  const named = tokenizer.eosId;
  if (overrides.endId === undefined && named !== undefined && !endIds.includes(named)) {
    const shown = endIds.map(
      (id) => `${id} (${JSON.stringify(tokenizer.decode([id], { skipSpecialTokens: false }))})`,
    );
    throwMismatch(
      who,
      `the model ends at ${shown.join(", ") || "no id"}, the tokenizer's end token is ${named}`,
      `pass --${who}-eos-token-id`,
    );
  }
  for (const id of endIds) {
    if (id < 0 || id >= vocabSize)
      throwMismatch(who, `the end id ${id} lies outside the vocabulary`, `pass --${who}-eos-token-id`);
  }
  const padId = overrides.padId ?? padTokenId ?? tokenizer.padId ?? endIds[0] ?? 0;
  if (padId < 0 || padId >= vocabSize)
    throwMismatch(who, `the pad id ${padId} lies outside the vocabulary`, `pass --${who}-pad-token-id`);
  return { endIds, padId };
}
