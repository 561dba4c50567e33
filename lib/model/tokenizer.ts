import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { DialoguePpoError } from "../errors.ts";
import { fromByteChars } from "./byte-alphabet.ts";
import { readChatTemplate, readSpecialTokens, type SpecialTokens } from "./special-tokens.ts";
import { readTokenizerFiles, type TokenizerFiles } from "./tokenizer-json.ts";

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

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

const TOKENIZER_FILES = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "vocab.json",
  "merges.txt",
  "added_tokens.json",
  "tokenizer.model",
  "chat_template.jinja",
  "chat_template.json",
];

// Number of cached texts. The limit bounds the memory that a large corpus can take.
const CACHE_LIMIT = 100_000;

/** A byte-level BPE tokenizer for OPT and Llama 3 models. It gives the same ids as Python's `tokenizers`. */
export class Tokenizer {
  /** Folder that the tokenizer was loaded from. */
  readonly directory: string;
  /** Texts of the special tokens by name, as chat templates use them, for example `bos_token`. */
  readonly specialTokens: SpecialTokens;
  readonly #inner: HubTokenizer;
  readonly #files: TokenizerFiles;
  #withoutSpecials: HubTokenizer | undefined;
  #prefixIds: readonly number[] | undefined;
  readonly #bytes: (Uint8Array | undefined)[] = [];
  readonly #specialIds = new Set<number>();
  readonly #added: readonly AddedToken[];
  readonly #ids = new Map<string, number>();
  readonly #specialPattern: RegExp | undefined;
  readonly #cache = new Map<string, readonly number[]>();

  private constructor(directory: string, files: TokenizerFiles) {
    this.directory = directory;
    this.specialTokens = readSpecialTokens(directory, files.config);
    this.#files = files;
    this.#inner = new HubTokenizer(files.tokenizer, files.config);
    this.#added = (files.tokenizer.added_tokens ?? []) as AddedToken[];
    const vocab = (files.tokenizer.model as { vocab: Record<string, number> }).vocab;
    for (const [token, id] of Object.entries(vocab)) {
      this.#ids.set(token, id);
      this.#bytes[id] = fromByteChars(token);
    }
    for (const { id, content, special } of this.#added) {
      this.#ids.set(content, id);
      this.#bytes[id] = Buffer.from(content, "utf8");
      if (special) this.#specialIds.add(id);
    }
    const specials = this.#added.filter(({ special }) => special);
    const escaped = specials.map(({ content }) => content.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    if (escaped.length > 0) this.#specialPattern = new RegExp(`(${escaped.join("|")})`);
  }

  /**
   * Loads a tokenizer from the tokenizer.json, or the vocab.json and merges.txt, of a folder.
   * @throws DialoguePpoError ERR_TOKENIZER when the folder has no tokenizer or one of an unsupported kind
   */
  static async load(directory: string): Promise<Tokenizer> {
    const files = readTokenizerFiles(directory);
    try {
      return new Tokenizer(directory, files);
    } catch (cause) {
      throw new DialoguePpoError(
        "ERR_TOKENIZER",
        `${directory}: unsupported tokenizer: ${(cause as Error).message}`,
        {
          cause,
        },
      );
    }
  }

  /** Size of the vocabulary: the largest id plus one. */
  get vocabSize(): number {
    return this.#bytes.length;
  }

  /** Ids that have a token, in ascending order. A vocabulary can have holes. */
  get ids(): number[] {
    return this.#bytes.flatMap((bytes, id) => (bytes ? [id] : []));
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
    return readChatTemplate(this.directory, this.#files.config);
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

  /** Returns the ids from 0 to `vocabSize` - 1 that have no token, for example the added rows of a padded embedding. */
  unusedIds(vocabSize: number): Int32Array {
    const ids = Array.from({ length: vocabSize }, (_, id) => id);
    return Int32Array.from(ids.filter((id) => this.#bytes[id] === undefined));
  }

  /** Returns all ids whose bytes contain those of `text`, for example a line feed. Special tokens are left out. */
  idsContaining(text: string): number[] {
    const wanted = Buffer.from(text, "utf8");
    const found: number[] = [];
    this.#bytes.forEach((bytes, id) => {
      if (bytes && !this.#specialIds.has(id) && Buffer.from(bytes).includes(wanted)) found.push(id);
    });
    return found;
  }

  /** Returns the token ids of a text. The text of a special token stays plain text unless `allowSpecial` is set. */
  encode(text: string, options: EncodeOptions = {}): Int32Array {
    const { addSpecialTokens = true, allowSpecial = false, maxLength, truncationSide = "right" } = options;
    const ids = allowSpecial ? this.#encodeUncached(text) : this.#encodePlain(text);
    const all = addSpecialTokens ? [...this.#prefix(), ...ids] : ids;
    if (maxLength === undefined || all.length <= maxLength) return Int32Array.from(all);
    if (truncationSide === "right") return Int32Array.from(all.slice(0, maxLength));
    // Truncation on the left keeps the first token.
    const prefix = addSpecialTokens ? this.#prefix().slice(0, maxLength) : [];
    return Int32Array.from([...prefix, ...all.slice(all.length - (maxLength - prefix.length))]);
  }

  /**
   * Returns the text of ids, without any clean-up of spaces. Invalid UTF-8 becomes U+FFFD. An id without a token, such as
   * that of an added row of a padded embedding, gives no text.
   * @throws DialoguePpoError ERR_TOKENIZER for a negative or fractional id
   */
  decode(ids: ArrayLike<number>, options: { skipSpecialTokens?: boolean } = {}): string {
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
    const { skipSpecialTokens = true } = options;
    const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
    return {
      push: (id) => {
        if (!Number.isInteger(id) || id < 0) {
          throw new DialoguePpoError(
            "ERR_TOKENIZER",
            `${id} is not a token id: expected a whole number from 0 on`,
          );
        }
        const bytes = this.#bytes[id];
        if (bytes === undefined) return "";
        return skipSpecialTokens && this.#specialIds.has(id) ? "" : utf8.decode(bytes, { stream: true });
      },
      flush: () => utf8.decode(),
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

  /** Copies the tokenizer's files into a folder, so that a model saved there can be used without the original folder. */
  copyTo(directory: string): void {
    mkdirSync(directory, { recursive: true });
    for (const file of TOKENIZER_FILES) {
      const source = path.join(this.directory, file);
      if (existsSync(source)) copyFileSync(source, path.join(directory, file));
    }
  }

  #specialTokenId(name: keyof SpecialTokens): number | undefined {
    const content = this.specialTokens[name];
    return content === undefined ? undefined : this.#ids.get(content);
  }

  /** Returns the ids that the template puts in front of a text. */
  #prefix(): readonly number[] {
    const ids = this.#prefixIds ?? this.#inner.encode("", { add_special_tokens: true }).ids;
    this.#prefixIds = ids;
    return ids;
  }

  #encodeUncached(text: string): readonly number[] {
    return this.#inner.encode(text, { add_special_tokens: false }).ids;
  }

  /**
   * Encodes a text in which special tokens count as plain text. A text that contains one needs a second tokenizer without
   * special tokens. It is created only on demand, because a large vocabulary takes a second to load.
   */
  #encodePlain(text: string): readonly number[] {
    if (!this.#specialPattern?.test(text)) return this.#encodeCached(text);
    const { tokenizer, config } = this.#files;
    const plain = this.#added.filter(({ special }) => !special);
    this.#withoutSpecials ??= new HubTokenizer(
      { ...tokenizer, added_tokens: plain, post_processor: null },
      config,
    );
    return this.#withoutSpecials.encode(text, { add_special_tokens: false }).ids;
  }

  /** Encodes a text and caches the ids of short texts, because labels and short turns repeat often. */
  #encodeCached(text: string): readonly number[] {
    const known = this.#cache.get(text);
    if (known) return known;
    const ids = text === "" ? [] : this.#encodeUncached(text);
    if (text.length <= 64) {
      if (this.#cache.size >= CACHE_LIMIT) this.#cache.clear();
      this.#cache.set(text, ids);
    }
    return ids;
  }
}
