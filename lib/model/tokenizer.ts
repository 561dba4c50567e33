import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { DialoguePpoError } from "../errors.ts";
import { fromByteChars } from "./byte-alphabet.ts";
import { readTokenizerFiles, type TokenizerFiles } from "./tokenizer-json.ts";

/** How a text becomes ids. */
export interface EncodeOptions {
  /** Put the first token in front, as the tokenizer's template says. Default true. */
  readonly addSpecialTokens?: boolean;
  /** Whether special tokens spelt out in the text become those tokens. Default false: they stay text. */
  readonly allowSpecial?: boolean;
  /** Keep at most this many ids. */
  readonly maxLength?: number;
  /** Which side is cut beyond maxLength. Default "right". */
  readonly truncationSide?: "left" | "right";
}

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

const FILES = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "vocab.json",
  "merges.txt",
  "added_tokens.json",
];

// A long conversation repeats its words; the bound keeps a hostile corpus from filling memory.
const CACHE_LIMIT = 100_000;

function contentOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const content = (value as { content?: unknown } | null | undefined)?.content;
  return typeof content === "string" ? content : undefined;
}

/** A byte-level BPE tokenizer of the OPT or Llama-3 kind, equal to Python's `tokenizers`. */
export class Tokenizer {
  readonly directory: string;
  readonly #inner: HubTokenizer;
  readonly #files: TokenizerFiles;
  #withoutSpecials: HubTokenizer | undefined;
  #prefixIds: readonly number[] | undefined;
  readonly #bytes: (Uint8Array | undefined)[] = [];
  readonly #specialIds = new Set<number>();
  readonly #added: readonly AddedToken[];
  readonly #ids = new Map<string, number>();
  readonly #config: Record<string, unknown>;
  readonly #specialPattern: RegExp | undefined;
  readonly #cache = new Map<string, readonly number[]>();

  private constructor(directory: string, files: TokenizerFiles) {
    this.directory = directory;
    this.#config = files.config;
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
   * Reads tokenizer.json, or vocab.json and merges.txt, of a folder.
   * @throws DialoguePpoError ERR_TOKENIZER
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

  /** Number of ids: one more than the largest. */
  get vocabSize(): number {
    return this.#bytes.length;
  }

  /** Id of the first token, as tokenizer_config.json or special_tokens_map.json names it. */
  get bosId(): number | undefined {
    return this.#named("bos_token");
  }

  /** Id of the end token, likewise. */
  get eosId(): number | undefined {
    return this.#named("eos_token");
  }

  /** Id of the padding token, likewise. */
  get padId(): number | undefined {
    return this.#named("pad_token");
  }

  /** The id of a token by its text in the vocabulary; undefined when there is none. */
  tokenToId(token: string): number | undefined {
    return this.#ids.get(token);
  }

  /** Every id whose bytes contain those of `text`, for example all that hold a line feed. */
  idsContaining(text: string): number[] {
    const wanted = Buffer.from(text, "utf8");
    const found: number[] = [];
    this.#bytes.forEach((bytes, id) => {
      if (bytes && !this.#specialIds.has(id) && Buffer.from(bytes).includes(wanted)) found.push(id);
    });
    return found;
  }

  /** Token ids of a text. Special tokens spelt out in it stay text unless `allowSpecial` is set. */
  encode(text: string, options: EncodeOptions = {}): Int32Array {
    const { addSpecialTokens = true, allowSpecial = false, maxLength, truncationSide = "right" } = options;
    const ids = allowSpecial ? this.#encodeWhole(text) : this.#encodeAsText(text);
    const all = addSpecialTokens ? [...this.#prefix(), ...ids] : ids;
    if (maxLength === undefined || all.length <= maxLength) return Int32Array.from(all);
    if (truncationSide === "right") return Int32Array.from(all.slice(0, maxLength));
    // The first token stays in front when the left is cut.
    const prefix = addSpecialTokens ? this.#prefix().slice(0, maxLength) : [];
    return Int32Array.from([...prefix, ...all.slice(all.length - (maxLength - prefix.length))]);
  }

  /**
   * Text of ids; nothing is cleaned up, invalid UTF-8 becomes U+FFFD.
   * @throws DialoguePpoError ERR_TOKENIZER for an id outside the vocabulary
   */
  decode(ids: ArrayLike<number>, options: { skipSpecialTokens?: boolean } = {}): string {
    const decoder = this.streamDecoder(options);
    let text = "";
    for (let index = 0; index < ids.length; index++) text += decoder.push(ids[index] as number);
    return text + decoder.flush();
  }

  /** A decoder that gives text as soon as its characters are complete. */
  streamDecoder(options: { skipSpecialTokens?: boolean } = {}): {
    /** The text that is complete with this id; may be empty. */
    push(id: number): string;
    /** What was left incomplete, as U+FFFD. */
    flush(): string;
  } {
    const { skipSpecialTokens = true } = options;
    const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
    return {
      push: (id) => {
        const bytes = this.#bytes[id];
        if (bytes === undefined) {
          throw new DialoguePpoError(
            "ERR_TOKENIZER",
            `id ${id} is not in the vocabulary of ${this.vocabSize}`,
          );
        }
        return skipSpecialTokens && this.#specialIds.has(id) ? "" : utf8.decode(bytes, { stream: true });
      },
      flush: () => utf8.decode(),
    };
  }

  /** Rows padded to the longest with `padId`. */
  pad(rows: readonly Int32Array[], options: { side: "left" | "right"; padId: number }): Int32Array[] {
    const width = Math.max(0, ...rows.map((row) => row.length));
    return rows.map((row) => {
      const padded = new Int32Array(width).fill(options.padId);
      padded.set(row, options.side === "left" ? width - row.length : 0);
      return padded;
    });
  }

  /** Copies the tokenizer's files, so that a saved model can be used by itself. */
  copyTo(directory: string): void {
    mkdirSync(directory, { recursive: true });
    for (const file of FILES) {
      const source = path.join(this.directory, file);
      if (existsSync(source)) copyFileSync(source, path.join(directory, file));
    }
  }

  #named(name: string): number | undefined {
    const content = contentOf(this.#config[name]);
    return content === undefined ? undefined : this.#ids.get(content);
  }

  /** Ids the template puts in front of a text. */
  #prefix(): readonly number[] {
    const ids = this.#prefixIds ?? this.#inner.encode("", { add_special_tokens: true }).ids;
    this.#prefixIds = ids;
    return ids;
  }

  #encodeWhole(text: string): readonly number[] {
    return this.#inner.encode(text, { add_special_tokens: false }).ids;
  }

  /**
   * Encodes with the special tokens unknown to the splitter, so that their texts are text. That second tokenizer is made
   * only when a text calls for it: a large vocabulary takes a second to load.
   */
  #encodeAsText(text: string): readonly number[] {
    if (!this.#specialPattern?.test(text)) return this.#cached(text);
    const { tokenizer, config } = this.#files;
    const plain = this.#added.filter(({ special }) => !special);
    this.#withoutSpecials ??= new HubTokenizer(
      { ...tokenizer, added_tokens: plain, post_processor: null },
      config,
    );
    return this.#withoutSpecials.encode(text, { add_special_tokens: false }).ids;
  }

  /** Short texts repeat (labels, backchannels); their ids are kept. */
  #cached(text: string): readonly number[] {
    const known = this.#cache.get(text);
    if (known) return known;
    const ids = text === "" ? [] : this.#encodeWhole(text);
    if (text.length <= 64) {
      if (this.#cache.size >= CACHE_LIMIT) this.#cache.clear();
      this.#cache.set(text, ids);
    }
    return ids;
  }
}
