import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { type Json, readJson } from "./json-file.ts";
import { tokenText } from "./special-tokens.ts";

/** Parsed tokenizer.json and tokenizer_config.json. */
export interface TokenizerFiles {
  /** Content of tokenizer.json, complete with defaults. */
  readonly tokenizer: Json;
  /** Content of tokenizer_config.json. */
  readonly config: Json;
}

/** Split pattern of GPT-2. A ByteLevel pre-tokenizer with `use_regex` applies it implicitly. */
export const GPT2_PATTERN =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/**
 * Replaces the implicit pattern of a ByteLevel step by an explicit Split step. `\s` differs between JavaScript and Rust
 * (U+FEFF, U+0085), and the library translates only explicit patterns to Rust's meaning.
 */
function withExplicitSplit(step: unknown): unknown {
  if (typeof step !== "object" || step === null) return step;
  const { type, use_regex: useRegex, add_prefix_space: prefix, pretokenizers } = step as Json;
  if (type === "Sequence" && Array.isArray(pretokenizers)) {
    return { ...step, pretokenizers: pretokenizers.map(withExplicitSplit) };
  }
  if (type !== "ByteLevel" || useRegex === false || prefix === true) return step;
  const split = { type: "Split", pattern: { Regex: GPT2_PATTERN }, behavior: "Isolated", invert: false };
  return { type: "Sequence", pretokenizers: [split, { ...step, use_regex: false }] };
}

function specialTokenEntry(content: string, id: number): Json {
  return { id, content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false };
}

/** Builds the content of a tokenizer.json from vocab.json and merges.txt, the older format of GPT-2 and OPT repositories. */
function fromVocabAndMerges(folder: string, config: Json): Json {
  const vocab = readJson(path.join(folder, "vocab.json")) as Record<string, number>;
  const lines = readFileSync(path.join(folder, "merges.txt"), "utf8").split("\n");
  const merges = lines
    .slice(lines[0]?.startsWith("#version") ? 1 : 0)
    .filter((line) => line !== "")
    .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]);
  const names = ["bos_token", "eos_token", "unk_token", "pad_token", "cls_token", "sep_token", "mask_token"];
  const map = path.join(folder, "special_tokens_map.json");
  const specials: Json = { ...config, ...(existsSync(map) ? readJson(map) : {}) };
  const contents = new Set(
    names.map((name) => tokenText(specials[name])).filter((text) => text !== undefined),
  );
  const added = [...contents].flatMap((text) =>
    vocab[text] === undefined ? [] : [specialTokenEntry(text, vocab[text])],
  );
  const bos = tokenText(specials.bos_token);
  const bosId = bos === undefined ? undefined : vocab[bos];
  const template = (parts: unknown[]): unknown[] => [{ SpecialToken: { id: bos, type_id: 0 } }, ...parts];
  const single = { Sequence: { id: "A", type_id: 0 } };
  const pair = { Sequence: { id: "B", type_id: 0 } };
  const processor = {
    type: "TemplateProcessing",
    single: template([single]),
    pair: template([single, { SpecialToken: { id: bos, type_id: 0 } }, pair]),
    special_tokens: { [bos ?? ""]: { id: bos, ids: [bosId], tokens: [bos] } },
  };
  return {
    version: "1.0",
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: bosId === undefined || config.add_bos_token === false ? null : processor,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      unk_token: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
  };
}

/**
 * Reads the tokenizer of a folder from tokenizer.json, or from vocab.json and merges.txt.
 * @throws DialoguePpoError ERR_TOKENIZER when the folder has no tokenizer or one of an unsupported kind
 */
export function readTokenizerFiles(folder: string): TokenizerFiles {
  const configFile = path.join(folder, "tokenizer_config.json");
  const config = existsSync(configFile) ? readJson(configFile) : {};
  const tokenizerFile = path.join(folder, "tokenizer.json");
  const hasVocabAndMerges =
    existsSync(path.join(folder, "vocab.json")) && existsSync(path.join(folder, "merges.txt"));
  if (!existsSync(tokenizerFile) && !hasVocabAndMerges) {
    throw new DialoguePpoError(
      "ERR_TOKENIZER",
      `${folder} has no tokenizer: expected tokenizer.json, or vocab.json and merges.txt`,
    );
  }
  const tokenizer = existsSync(tokenizerFile) ? readJson(tokenizerFile) : fromVocabAndMerges(folder, config);
  const model = tokenizer.model as Json | undefined;
  if (
    typeof model !== "object" ||
    model === null ||
    typeof model.vocab !== "object" ||
    !Array.isArray(model.merges)
  ) {
    throw new DialoguePpoError("ERR_TOKENIZER", `${folder}: expected a byte-level BPE with vocab and merges`);
  }
  const complete = {
    normalizer: null,
    decoder: null,
    post_processor: null,
    added_tokens: [],
    ...tokenizer,
    // Without the type, the library would choose another model class, which ignores the merges.
    model: { ...model, type: "BPE" },
    pre_tokenizer: withExplicitSplit(tokenizer.pre_tokenizer ?? null),
  };
  return { tokenizer: complete, config: { ...config, clean_up_tokenization_spaces: false } };
}
