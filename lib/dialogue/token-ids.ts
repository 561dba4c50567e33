import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { ADAPTER_FILE } from "../model/adapter.ts";
import { ignoredGenerationSettings } from "../model/generation-settings.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Tokenizer } from "../model/tokenizer.ts";
import type { Role } from "../sample.ts";

/** Token ids on which tokenizer and model agree. */
export interface TokenIds {
  /** Ids that end a turn. */
  readonly endIds: readonly number[];
  /** Id that pads the rows of a batch. */
  readonly padId: number;
  /**
   * Sentences about end ids on which model and tokenizer differ, and about settings of the model's files that are not
   * followed.
   */
  readonly notes: readonly string[];
}

/** Explicit token ids, which take precedence over the model's configuration. */
export interface IdOverrides {
  /** Id of the token that ends a turn. */
  readonly endId?: number | undefined;
  /** Id of the padding token. */
  readonly padId?: number | undefined;
}

function throwMismatch(role: Role, problem: string, remedy: string): never {
  throw new DialoguePpoError("ERR_TOKENIZER", `${role}: tokenizer and model disagree: ${problem}; ${remedy}`);
}

function tokenOf(tokenizer: Tokenizer, id: number): string | undefined {
  return tokenizer.hasToken(id) ? tokenizer.decode([id], { skipSpecialTokens: false }) : undefined;
}

/** Returns a test for whether an id is given and has an embedding. */
const vocabularyTest =
  (vocabSize: number) =>
  (id: number | undefined): id is number =>
    id !== undefined && id >= 0 && id < vocabSize;

/** Returns ids with the texts of their tokens, for messages. */
export function showIds(tokenizer: Tokenizer, ids: readonly number[]): string {
  const shown = ids.map((id) => {
    const token = tokenOf(tokenizer, id);
    return token === undefined ? `${id} (no token)` : `${id} (${JSON.stringify(token)})`;
  });
  return shown.join(", ") || "none";
}

/** Returns whether an id stands for a marker: a special token, or one whose text is written as markers are. */
const isMarker = (tokenizer: Tokenizer, id: number): boolean =>
  tokenizer.specialIds.has(id) || /^(<.+>|\[.+\])$/.test(tokenOf(tokenizer, id) ?? "");

// Texts of end tokens, such as <|endoftext|>, </s>, <eos>, <|eot_id|>, <|im_end|> and [SEP].
const END_TEXT = /end|eo[mst]|^<\/s>$|^\[SEP\]$/i;

/**
 * Returns the ids that end a turn: the model's end ids, the end token of the tokenizer and the token after a message of
 * the chat form. An end id of the configuration that is ordinary text is left out, because it would cut turns at that
 * text.
 *
 * @throws DialoguePpoError ERR_TOKENIZER when no end id of the model is an end token in the tokenizer, which names
 *   another one: such a tokenizer most often belongs to another model
 */
function chooseEndIds(
  role: Role,
  { config }: LanguageModel,
  tokenizer: Tokenizer,
  turnEndId: number | undefined,
): Pick<TokenIds, "endIds" | "notes"> {
  const inVocabulary = vocabularyTest(config.vocabSize);
  const named = [...new Set([tokenizer.eosId, turnEndId])].filter(inVocabulary);
  const sound = config.eosTokenIds.filter(
    (id) => inVocabulary(id) && (named.length === 0 || named.includes(id) || isMarker(tokenizer, id)),
  );
  const ends = (id: number): boolean =>
    named.includes(id) || (isMarker(tokenizer, id) && END_TEXT.test(tokenOf(tokenizer, id) ?? ""));
  if (config.eosTokenIds.length > 0 && named.length > 0 && !sound.some(ends)) {
    throwMismatch(
      role,
      `the model ends at ${showIds(tokenizer, config.eosTokenIds)}, the tokenizer's end token is ${showIds(tokenizer, named)}`,
      `pass the tokenizer of the model (--${role}-tokenizer), or the id that ends a turn (--${role}-eos-token-id)`,
    );
  }
  const added = named.filter((id) => !sound.includes(id));
  const ignored = config.eosTokenIds.filter((id) => !sound.includes(id));
  const notes = [
    ...(ignored.length > 0
      ? [`ends no turn at ${showIds(tokenizer, ignored)}, which its configuration names`]
      : []),
    ...(added.length > 0
      ? [`ends turns also at ${showIds(tokenizer, added)}, which its configuration does not name`]
      : []),
  ];
  return { endIds: [...sound, ...added], notes };
}

/**
 * Returns a sentence about an adapter beside the weights of a whole model. transformers loads the adapter when PEFT is
 * installed, and leaves it out otherwise.
 */
function noteAdapter({ directory }: LanguageModel): string[] {
  if (directory === undefined || !existsSync(path.join(directory, ADAPTER_FILE))) return [];
  return [
    `is loaded without the PEFT adapter that ${ADAPTER_FILE} in its folder describes; merge it with ` +
      "merge_and_unload() unless the weights have its changes already",
  ];
}

/** Returns a sentence about the settings for generation that a model's files have and that are not followed. */
function noteSettings(role: Role, { directory }: LanguageModel): string[] {
  if (directory === undefined) return [];
  const { file, settings } = ignoredGenerationSettings(directory);
  if (settings.length === 0) return [];
  return [
    `generates without ${settings.join(", ")}, which its ${file} sets; only --${role}-temperature, ` +
      `--${role}-top-k and --${role}-top-p change how it samples`,
  ];
}

/**
 * Checks that a tokenizer belongs to a model and returns the end and padding ids. Every id of the tokenizer must have
 * an embedding; there may be more embeddings than ids. Explicit ids take precedence over the model's configuration.
 *
 * @param role role of the model, for the error message
 * @param turnEndId id of the token that ends a message in the model's chat form
 * @throws DialoguePpoError ERR_TOKENIZER when they disagree; the message names both sides and the option that helps
 */
export function resolveTokenIds(
  role: Role,
  model: LanguageModel,
  tokenizer: Tokenizer,
  overrides: IdOverrides = {},
  turnEndId?: number,
): TokenIds {
  const { vocabSize, eosTokenIds, padTokenId } = model.config;
  if (tokenizer.vocabSize > vocabSize) {
    throwMismatch(
      role,
      `the tokenizer has ${tokenizer.vocabSize} ids, the model ${vocabSize} embeddings`,
      `pass the tokenizer the model was trained with (--${role}-tokenizer)`,
    );
  }
  const inVocabulary = vocabularyTest(vocabSize);
  const { endId, padId: givenPadId } = overrides;
  if (endId !== undefined && !inVocabulary(endId)) {
    throwMismatch(role, `the end id ${endId} lies outside the vocabulary`, `pass --${role}-eos-token-id`);
  }
  if (givenPadId !== undefined && !inVocabulary(givenPadId)) {
    throwMismatch(
      role,
      `the pad id ${givenPadId} lies outside the vocabulary`,
      `pass --${role}-pad-token-id`,
    );
  }
  const { endIds, notes } =
    endId === undefined ? chooseEndIds(role, model, tokenizer, turnEndId) : { endIds: [endId], notes: [] };
  // A line feed ends the turns of a child, so a child without an end id is usable unless its configuration is wrong.
  if (endIds.length === 0 && (role === "teacher" || eosTokenIds.length > 0)) {
    throwMismatch(
      role,
      `no token of the ${vocabSize} ends a turn; the model ends at ${showIds(tokenizer, eosTokenIds)}, the tokenizer names no end token`,
      `pass --${role}-eos-token-id`,
    );
  }
  // Padding is masked, so any id of the vocabulary does.
  const padId = [givenPadId, padTokenId, tokenizer.padId, endIds[0]].find(inVocabulary) ?? 0;
  return { endIds, padId, notes: [...notes, ...noteSettings(role, model), ...noteAdapter(model)] };
}
