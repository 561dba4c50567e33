import { DialoguePpoError } from "../errors.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";

/** Token ids on which tokenizer and model agree. */
export interface TokenIds {
  /** Ids that end a turn. */
  readonly endIds: readonly number[];
  /** Id that pads the rows of a batch. */
  readonly padId: number;
}

/** Explicit token ids, which take precedence over the model's configuration. */
export interface IdOverrides {
  /** Id of the token that ends a turn. */
  readonly endId?: number | undefined;
  /** Id of the padding token. */
  readonly padId?: number | undefined;
}

function throwMismatch(role: string, problem: string, remedy: string): never {
  throw new DialoguePpoError("ERR_TOKENIZER", `${role}: tokenizer and model disagree: ${problem}; ${remedy}`);
}

/**
 * Checks that a tokenizer belongs to a model and returns the end and padding ids. Every id of the tokenizer must have an
 * embedding, and the tokenizer's end token must be one of the model's end ids. Explicit ids take precedence over the
 * model's configuration.
 *
 * @param role role of the model, for the error message
 * @throws DialoguePpoError ERR_TOKENIZER when they disagree; the message names both sides and the option that helps
 */
export function resolveTokenIds(
  role: "child" | "teacher",
  model: LanguageModel,
  tokenizer: Tokenizer,
  overrides: IdOverrides = {},
): TokenIds {
  const { vocabSize, eosTokenIds, padTokenId } = model.config;
  if (tokenizer.vocabSize > vocabSize) {
    throwMismatch(
      role,
      `the tokenizer has ${tokenizer.vocabSize} ids, the model ${vocabSize} embeddings`,
      `pass the tokenizer the model was trained with (--${role}-tokenizer)`,
    );
  }
  const endIds = overrides.endId === undefined ? eosTokenIds : [overrides.endId];
  const tokenizerEndId = tokenizer.eosId;
  if (overrides.endId === undefined && tokenizerEndId !== undefined && !endIds.includes(tokenizerEndId)) {
    const shown = endIds.map(
      (id) => `${id} (${JSON.stringify(tokenizer.decode([id], { skipSpecialTokens: false }))})`,
    );
    throwMismatch(
      role,
      `the model ends at ${shown.join(", ") || "no id"}, the tokenizer's end token is ${tokenizerEndId}`,
      `pass --${role}-eos-token-id`,
    );
  }
  for (const id of endIds) {
    if (id < 0 || id >= vocabSize)
      throwMismatch(role, `the end id ${id} lies outside the vocabulary`, `pass --${role}-eos-token-id`);
  }
  const padId = overrides.padId ?? padTokenId ?? tokenizer.padId ?? endIds[0] ?? 0;
  if (padId < 0 || padId >= vocabSize)
    throwMismatch(role, `the pad id ${padId} lies outside the vocabulary`, `pass --${role}-pad-token-id`);
  return { endIds, padId };
}
