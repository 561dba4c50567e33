import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { checkKind, checkNames } from "../arguments.ts";
import { DialoguePpoError } from "../errors.ts";
import { makeOutputFolder } from "../files/output-place.ts";
import { formatJson } from "../format.ts";
import { TextCache } from "../text-cache.ts";
import { describeValue } from "../values.ts";
import { checkTokenizerFolder, TOKENIZER_TEXT_FILES } from "./folder.ts";
import { PieceEncoder } from "./piece-encoder.ts";
import { readChatTemplate, type SpecialTokens } from "./special-tokens.ts";
import { readDecoder, type TokenDecoder } from "./token-decoder.ts";
import { readTokenizerFiles, type TokenizerFiles, unsupported } from "./tokenizer-json.ts";
import { readTemplate, type Template } from "./tokenizer-template.ts";

/** Options of {@link Tokenizer.encode}. */
export interface EncodeOptions {
  /** Whether to add the special tokens of the tokenizer's template, such as the first token. Default true. */
  readonly addSpecialTokens?: boolean;
  /** Whether the text of a special token is encoded as that token. Default false: it is encoded as plain text. */
  readonly allowSpecial?: boolean;
  /** Largest number of ids to return. Default: no limit. */
  readonly maxLength?: number;
  /** Side on which ids beyond `maxLength` are removed. Default "right". */
  readonly truncationSide?: "left" | "right";
}

const ENCODE_NAMES = ["addSpecialTokens", "allowSpecial", "maxLength", "truncationSide"];

/** @throws DialoguePpoError ERR_CONFIG when an option has another value than {@link EncodeOptions} allows */
function checkEncodeValues({
  addSpecialTokens,
  allowSpecial,
  maxLength,
  truncationSide,
}: EncodeOptions): void {
  const wrong = (name: string, expected: string, value: unknown): DialoguePpoError =>
    new DialoguePpoError("ERR_CONFIG", `encode: ${name}: expected ${expected}, got ${describeValue(value)}`);
  for (const [name, value] of Object.entries({ addSpecialTokens, allowSpecial })) {
    if (value !== undefined && typeof value !== "boolean") throw wrong(name, "true or false", value);
  }
  if (maxLength !== undefined && !(Number.isInteger(maxLength) && maxLength >= 0)) {
    throw wrong("maxLength", "a whole number of at least 0", maxLength);
  }
  if (truncationSide !== undefined && truncationSide !== "left" && truncationSide !== "right") {
    throw wrong("truncationSide", "left or right", truncationSide);
  }
}

/** Names of the files that a tokenizer can consist of. */
export const TOKENIZER_FILES: readonly string[] = [...TOKENIZER_TEXT_FILES, "tokenizer.model"];

/** Largest number of ids, many times that of any vocabulary. A damaged id would otherwise take all memory and time. */
const MAX_IDS = 2 ** 24;

/**
 * A tokenizer of one of the kinds that language models with a BPE or WordPiece vocabulary use: byte-level BPE (GPT-2,
 * OPT, Llama 3, Qwen), SentencePiece-style BPE (Llama 2, Mistral, Gemma), BPE with an end-of-word mark, and WordPiece.
 * It gives the same ids and texts as `AutoTokenizer` of Python's transformers, and refuses files that it could not
 * follow.
 */
export class Tokenizer {
  /** Folder that the tokenizer was loaded from. */
  readonly directory: string;
  /** Texts of the special tokens by name, as chat templates use them, for example `bos_token`. */
  readonly specialTokens: SpecialTokens;
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #className: string;
  readonly #encoder: PieceEncoder;
  readonly #newDecoder: () => TokenDecoder;
  readonly #template: Template;
  readonly #tokens: (string | undefined)[] = [];
  readonly #specialIds = new Set<number>();
  readonly #ids = new Map<string, number>();
  /** Ids of labels and short turns, without those of the template and with special tokens as plain text. */
  readonly #plainIds = new TextCache<readonly number[]>((text) => this.#encodeWhole(text, false), {
    texts: 100_000,
    length: 64,
  });

  private constructor(directory: string, files: TokenizerFiles) {
    const { tokenizer, vocab, config, className, addedTokens, specialTokens } = files;
    this.directory = directory;
    this.specialTokens = specialTokens;
    this.#config = config;
    this.#className = className;
    this.#encoder = new PieceEncoder(tokenizer, addedTokens);
    this.#newDecoder = readDecoder(tokenizer.decoder);
    this.#template = readTemplate(tokenizer.post_processor);
    for (const [token, id] of Object.entries(vocab)) this.#setToken(token, id);
    for (const { id, content, special } of addedTokens) {
      this.#setToken(content, id);
      if (special) this.#specialIds.add(id);
    }
  }

  /**
   * Loads a tokenizer from the tokenizer.json, or the vocab.json and merges.txt, of a folder, together with what its
   * tokenizer_config.json, special_tokens_map.json, added_tokens.json and config.json say about it.
   * @throws DialoguePpoError ERR_CONFIG when the argument is no path, ERR_TOKENIZER when the folder has no tokenizer or
   *   one of an unsupported kind
   */
  static async load(directory: string): Promise<Tokenizer> {
    checkKind("Tokenizer.load", "directory", directory, "path");
    checkTokenizerFolder(directory);
    const files = readTokenizerFiles(directory);
    try {
      return new Tokenizer(directory, files);
    } catch (cause) {
      throw unsupported(directory, cause);
    }
  }

  /** Size of the vocabulary: the largest id plus one. */
  get vocabSize(): number {
    return this.#tokens.length;
  }

  /** Ids that have a token, in ascending order. A vocabulary can have holes. */
  get ids(): number[] {
    return this.#tokens.flatMap((token, id) => (token === undefined ? [] : [id]));
  }

  /** Ids of the special tokens. */
  get specialIds(): ReadonlySet<number> {
    return this.#specialIds;
  }

  /**
   * The Jinja template that renders messages as a prompt; undefined when the folder has none.
   * @throws DialoguePpoError ERR_TOKENIZER when the folder names several templates and none of them is the default
   */
  get chatTemplate(): string | undefined {
    return readChatTemplate(this.directory, this.#config);
  }

  /** Id of the token that starts a text (`bos_token`); undefined when the files name none. */
  get bosId(): number | undefined {
    return this.#specialTokenId("bos_token");
  }

  /** Id of the end token (`eos_token`); undefined when the files name none. */
  get eosId(): number | undefined {
    return this.#specialTokenId("eos_token");
  }

  /** Id of the padding token (`pad_token`); undefined when the files name none. */
  get padId(): number | undefined {
    return this.#specialTokenId("pad_token");
  }

  /** Returns the id of a token by its text in the vocabulary; undefined when the vocabulary does not have it. */
  tokenToId(token: string): number | undefined {
    return this.#ids.get(token);
  }

  /** Returns whether an id has a token. */
  hasToken(id: number): boolean {
    return this.#tokens[id] !== undefined;
  }

  /** Returns the ids from 0 to `vocabSize` - 1 that have no token, for example the added rows of a padded embedding. */
  unusedIds(vocabSize: number): Int32Array {
    const ids = Array.from({ length: vocabSize }, (_, id) => id);
    return Int32Array.from(ids.filter((id) => !this.hasToken(id)));
  }

  /** Returns all ids whose text contains `text`, for example a line feed. Special tokens are left out. */
  idsContaining(text: string): number[] {
    const found: number[] = [];
    const decoder = this.#newDecoder();
    this.#tokens.forEach((token, id) => {
      if (token === undefined || this.#specialIds.has(id)) return;
      // A text begins and ends differently from its middle in some decoders, so that the token stands between two
      // others.
      const decoded = decoder.push("x") + decoder.push(token) + decoder.push("x") + decoder.flush();
      if (decoded.slice(1, -1).includes(text)) found.push(id);
    });
    return found;
  }

  /**
   * Returns the token ids of a text. The text of a special token stays plain text unless `allowSpecial` is set.
   * Truncation keeps the ids that the template adds before and after the text, as transformers does.
   */
  encode(text: string, options: EncodeOptions = {}): Int32Array {
    checkNames(options, ENCODE_NAMES, "encode");
    checkKind("encode", "text", text, "text");
    checkEncodeValues(options);
    const { addSpecialTokens = true, allowSpecial = false, maxLength, truncationSide = "right" } = options;
    const ids = allowSpecial ? this.#encodeWhole(text, true) : this.#plainIds.get(text);
    const { before, after } = addSpecialTokens ? this.#template : { before: [], after: [] };
    const room = Math.max(0, (maxLength ?? Number.POSITIVE_INFINITY) - before.length - after.length);
    const from = truncationSide === "right" ? 0 : Math.max(0, ids.length - room);
    const all = [...before, ...ids.slice(from, from + room), ...after];
    return Int32Array.from(maxLength === undefined ? all : all.slice(0, maxLength));
  }

  /**
   * Returns the ids of a text that a model is to continue: those of {@link Tokenizer.encode} without the ids that the
   * template adds after the text, because a model does not continue a text that has ended.
   */
  encodePrompt(text: string): Int32Array {
    checkKind("encodePrompt", "text", text, "text");
    return Int32Array.from([...this.#template.before, ...this.#plainIds.get(text)]);
  }

  /**
   * Returns the text of ids, without any clean-up of spaces. Invalid UTF-8 becomes U+FFFD. An id without a token, such
   * as that of an added row of a padded embedding, gives no text.
   * @throws DialoguePpoError ERR_TOKENIZER for a negative or fractional id
   */
  decode(ids: ArrayLike<number>, options: { skipSpecialTokens?: boolean } = {}): string {
    if (!Array.isArray(ids) && !ArrayBuffer.isView(ids)) {
      throw new DialoguePpoError("ERR_CONFIG", `decode: expected a list of ids, got ${typeof ids}`);
    }
    const decoder = this.streamDecoder(options);
    let text = "";
    for (let index = 0; index < ids.length; index++) text += decoder.push(ids[index] as number);
    return text + decoder.flush();
  }

  /** Returns a decoder for ids that arrive one by one. It returns text as soon as the characters are complete. */
  streamDecoder(options: { skipSpecialTokens?: boolean } = {}): {
    /**
     * Returns the text that this id completes, which can be empty.
     * @throws DialoguePpoError ERR_TOKENIZER for a negative or fractional id
     */
    push(id: number): string;
    /** Returns U+FFFD for a character that is still incomplete, otherwise an empty string. */
    flush(): string;
  } {
    checkNames(options, ["skipSpecialTokens"], "decode");
    const { skipSpecialTokens = true } = options;
    const decoder = this.#newDecoder();
    return {
      push: (id) => {
        if (!Number.isInteger(id) || id < 0) {
          throw new DialoguePpoError(
            "ERR_TOKENIZER",
            `${id} is not a token id: expected a whole number from 0 on`,
          );
        }
        const token = this.#tokens[id];
        const isLeftOut = token === undefined || (skipSpecialTokens && this.#specialIds.has(id));
        return isLeftOut ? "" : decoder.push(token);
      },
      flush: () => decoder.flush(),
    };
  }

  /** Pads rows with `padId` to the length of the longest row. */
  pad(rows: readonly Int32Array[], options: { side: "left" | "right"; padId: number }): Int32Array[] {
    const width = Math.max(0, ...rows.map((row) => row.length));
    return rows.map((row) => {
      const padded = new Int32Array(width).fill(options.padId);
      padded.set(row, options.side === "left" ? width - row.length : 0);
      return padded;
    });
  }

  /**
   * Copies the tokenizer's files into a folder, so that a model saved there can be used without the original folder.
   * The copy of tokenizer.json names its class, which could otherwise be taken from the type of that model.
   * @throws DialoguePpoError ERR_CONFIG when the folder cannot be written to
   */
  copyTo(directory: string): void {
    makeOutputFolder(directory);
    for (const file of TOKENIZER_FILES) {
      const source = path.join(this.directory, file);
      // Only the contents: the files of a model can be read-only, and the copy is written to.
      if (existsSync(source)) writeFileSync(path.join(directory, file), readFileSync(source));
    }
    if (typeof this.#config.tokenizer_class === "string") return;
    if (!existsSync(path.join(directory, "tokenizer.json"))) return;
    const plain = this.#className === "PreTrainedTokenizer";
    const config = { ...this.#config, tokenizer_class: plain ? "PreTrainedTokenizerFast" : this.#className };
    writeFileSync(path.join(directory, "tokenizer_config.json"), formatJson(config));
  }

  #specialTokenId(name: keyof SpecialTokens): number | undefined {
    const content = this.specialTokens[name];
    return content === undefined ? undefined : this.#ids.get(content);
  }

  #setToken(token: string, id: number): void {
    if (!Number.isInteger(id) || id < 0 || id >= MAX_IDS) {
      const expected = `expected a whole number from 0 to ${MAX_IDS - 1}`;
      throw new Error(`the token ${JSON.stringify(token)} has the id ${JSON.stringify(id)}; ${expected}`);
    }
    this.#ids.set(token, id);
    this.#tokens[id] = token;
  }

  /** @throws DialoguePpoError ERR_TOKENIZER when the parts of the tokenizer do not fit together */
  #encodeWhole(text: string, allowSpecial: boolean): number[] {
    try {
      return this.#encoder.encode(text, allowSpecial);
    } catch (cause) {
      const problem = `cannot encode a text of ${text.length} characters; its tokenizer.json is damaged or of an unsupported kind`;
      throw new DialoguePpoError("ERR_TOKENIZER", `the tokenizer in ${this.directory} ${problem}`, { cause });
    }
  }
}
