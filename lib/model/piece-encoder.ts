import { Tokenizer as Engine } from "@huggingface/tokenizers";
import { TextCache } from "../text-cache.ts";
import { type AddedToken, AddedTokenSplitter } from "./added-tokens.ts";
import { toByteChars } from "./byte-alphabet.ts";
import type { Json } from "./json-file.ts";
import { engineNormalizer, enginePreTokenizer } from "./tokenizer-components.ts";

const BYTE_TOKENS = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`,
);

/** Whether an option of a model is given: the files write null or an empty text for one that is not. */
const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== "";

function checkMerges(merges: unknown, vocab: Json): void {
  if (!Array.isArray(merges)) throw new Error("a BPE needs a list of merges");
  for (const merge of merges) {
    const parts: unknown = typeof merge === "string" ? merge.split(" ") : merge;
    const isPair =
      Array.isArray(parts) && parts.length === 2 && parts.every((part) => typeof part === "string");
    if (!isPair) throw new Error(`a merge must have two parts, and one is ${JSON.stringify(merge)}`);
    if (![...parts, parts.join("")].every((part) => Object.hasOwn(vocab, part))) {
      throw new Error(`the merge ${JSON.stringify(merge)} is out of the vocabulary`);
    }
  }
}

function unigramModel(model: Json): Json {
  const vocab = model.vocab as readonly unknown[];
  const isScored = vocab.every((entry) => Array.isArray(entry) && typeof entry[1] === "number");
  if (!isScored) throw new Error("a Unigram needs a list of tokens with scores");
  if (model.byte_fallback === true) throw new Error("a Unigram with byte_fallback is not supported");
  if (!Object.hasOwn(vocab, String(model.unk_id)))
    throw new Error("a Unigram without unk_id is not supported");
  return model;
}

/** Returns the model for the engine after a check of all options that the engine does not follow. */
function engineModel(model: Json): Json {
  const vocab = model.vocab as Json;
  if (model.type === "Unigram") return unigramModel(model);
  if (model.type === "WordPiece") {
    return {
      ...model,
      unk_token: model.unk_token ?? "[UNK]",
      continuing_subword_prefix: model.continuing_subword_prefix ?? "##",
    };
  }
  checkMerges(model.merges, vocab);
  if (typeof model.dropout === "number" && model.dropout > 0)
    throw new Error("a BPE with dropout is not supported");
  if (isSet(model.continuing_subword_prefix))
    throw new Error("a BPE with continuing_subword_prefix is not supported");
  if (isSet(model.end_of_word_suffix) && !isSet(model.unk_token)) {
    throw new Error("a BPE with end_of_word_suffix and without unk_token is not supported");
  }
  const present =
    model.byte_fallback === true ? BYTE_TOKENS.filter((token) => Object.hasOwn(vocab, token)) : [];
  return { ...model, byte_fallback: present.length > 0 };
}

/** Encodes a text as the `tokenizers` library does: added tokens, normalizer, pre-tokenizer, model. */
export class PieceEncoder {
  readonly #engine: Engine;
  readonly #raw: AddedTokenSplitter;
  readonly #normalized: AddedTokenSplitter;
  /** Whether the model reads pieces in the byte alphabet. */
  readonly #bytes: boolean;
  /** Ids of pieces, which do not depend on what is around a piece. */
  readonly #pieceIds = new TextCache((piece) => this.#encodePiece(piece), { texts: 50_000, length: 64 });
  /** Whether a character that the vocabulary lacks is left out before the merges. */
  readonly #dropsUnknown: boolean;

  /** @throws Error for a component or an option that is not supported */
  constructor(tokenizer: Json, addedTokens: readonly AddedToken[]) {
    const model = engineModel(tokenizer.model as Json);
    const { splits, bytes } = enginePreTokenizer(tokenizer.pre_tokenizer);
    this.#bytes = bytes;
    const content = {
      added_tokens: [],
      normalizer: engineNormalizer(tokenizer.normalizer),
      pre_tokenizer: splits,
      post_processor: null,
      decoder: null,
      model,
    };
    this.#engine = new Engine(content, {});
    const unknown = isSet(model.unk_token) ? (model.vocab as Json)[String(model.unk_token)] : undefined;
    if (isSet(model.unk_token) && unknown === undefined) {
      throw new Error(`the unknown token ${JSON.stringify(model.unk_token)} is not in the vocabulary`);
    }
    this.#dropsUnknown = model.type === "BPE" && unknown === undefined && model.byte_fallback !== true;
    const entries = (normalized: boolean): Map<string, AddedToken> =>
      new Map(
        addedTokens
          .filter((token) => token.normalized === normalized)
          .map((token) => [normalized ? this.#normalize(token.content) : token.content, token]),
      );
    this.#raw = new AddedTokenSplitter(entries(false));
    this.#normalized = new AddedTokenSplitter(entries(true));
  }

  /** Returns the ids of a text without the ids of the template. */
  encode(text: string, allowSpecial: boolean): number[] {
    const ids: number[] = [];
    for (const part of this.#raw.split(text, allowSpecial)) {
      if ("id" in part) ids.push(part.id);
      else this.#addPart(ids, part.text, part.start, allowSpecial);
    }
    return ids;
  }

  #normalize(text: string): string {
    return this.#engine.normalizer?.normalize(text) ?? text;
  }

  #addPart(ids: number[], text: string, start: number, allowSpecial: boolean): void {
    for (const part of this.#normalized.split(this.#normalize(text), allowSpecial)) {
      if ("id" in part) ids.push(part.id);
      else this.#addPieces(ids, part.text, start + part.start);
    }
  }

  #addPieces(ids: number[], text: string, start: number): void {
    const options = { section_index: start === 0 ? 0 : 1 };
    const pieces: string[] = this.#engine.pre_tokenizer?.pre_tokenize_text(text, options) ?? [text];
    for (const piece of pieces) {
      for (const id of this.#pieceIds.get(piece)) ids.push(id);
    }
  }

  /** Encodes one piece. Each is passed to the model alone, because unknown tokens are joined within a piece only. */
  #encodePiece(piece: string): readonly number[] {
    const model = this.#engine.model;
    if (model === null || piece === "") return [];
    const text = this.#bytes ? toByteChars(piece) : piece;
    const ids = model.tokens_to_ids;
    const known =
      this.#dropsUnknown && !ids.has(text) ? [...text].filter((char) => ids.has(char)).join("") : text;
    return model._call([known]).map((token: string) => ids.get(token) ?? (model.unk_token_id as number));
  }
}
