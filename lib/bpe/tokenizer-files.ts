import { writeFileSync } from "node:fs";
import path from "node:path";
import { writeError } from "../files/file-error.ts";
import { formatJson } from "../format.ts";
import { type Bpe, learnBpe } from "./learn.ts";
import { LLAMA3_PATTERN } from "./pattern.ts";

/** Model family whose conventions a tokenizer follows. */
export type TokenizerKind = "opt" | "llama";

type Json = Record<string, unknown>;

/** Special tokens in the order of their ids. Those of OPT come before the vocabulary, those of Llama 3 after it. */
const SPECIAL_TOKENS: Record<TokenizerKind, readonly string[]> = {
  opt: ["<s>", "<pad>", "</s>", "<unk>"],
  llama: [
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|finetune_right_pad_id|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
  ],
};

/** Roles of the special tokens, as tokenizer_config.json names them. */
const SPECIAL_TOKEN_ROLES: Record<TokenizerKind, Json> = {
  opt: { bos_token: "</s>", eos_token: "</s>", pad_token: "<pad>", unk_token: "<unk>" },
  llama: {
    bos_token: "<|begin_of_text|>",
    eos_token: "<|eot_id|>",
    pad_token: "<|finetune_right_pad_id|>",
  },
};

/** Chat format of Llama 3 without a date. */
const CHAT_TEMPLATE =
  "{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'" +
  " + message['content'] | trim + '<|eot_id|>' }}{% endfor %}{% if add_generation_prompt %}" +
  "{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}";

const byteLevel = (useRegex: boolean): Json => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});

function preTokenizer(kind: TokenizerKind): Json {
  if (kind === "opt") return byteLevel(true);
  const split = { type: "Split", pattern: { Regex: LLAMA3_PATTERN }, behavior: "Isolated", invert: false };
  return { type: "Sequence", pretokenizers: [split, byteLevel(false)] };
}

/** Returns a post-processor that adds a token before a text, and before the second text of a pair. */
function postProcessor(token: string, id: number): Json {
  const first = { SpecialToken: { id: token, type_id: 0 } };
  const text = (name: string): Json => ({ Sequence: { id: name, type_id: 0 } });
  return {
    type: "TemplateProcessing",
    single: [first, text("A")],
    pair: [first, text("A"), first, text("B")],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}

function tokenizerJson(kind: TokenizerKind, { vocab, merges }: Bpe, specials: Map<string, number>): Json {
  const added = [...specials].map(([content, id]) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  const first = SPECIAL_TOKEN_ROLES[kind].bos_token as string;
  // As in the published files, the vocabulary of OPT contains the special tokens, and that of Llama 3 does not.
  const entries = kind === "opt" ? [...specials, ...vocab] : [...vocab];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: preTokenizer(kind),
    post_processor: postProcessor(first, specials.get(first) as number),
    decoder: { ...byteLevel(true), add_prefix_space: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(entries),
      merges,
    },
  };
}

/**
 * Returns the contents of tokenizer.json and tokenizer_config.json.
 *
 * @param positions number of positions of the model, which is the length of its longest input in tokens
 */
function tokenizerFiles(kind: TokenizerKind, bpe: Bpe, positions: number): { tokenizer: Json; config: Json } {
  const start = kind === "opt" ? 0 : bpe.vocab.size;
  const specials = new Map(SPECIAL_TOKENS[kind].map((token, index) => [token, start + index]));
  const config: Json = {
    ...SPECIAL_TOKEN_ROLES[kind],
    add_prefix_space: false,
    clean_up_tokenization_spaces: false,
    model_max_length: positions,
    tokenizer_class: "PreTrainedTokenizerFast",
    ...(kind === "llama" ? { chat_template: CHAT_TEMPLATE } : {}),
  };
  return { tokenizer: tokenizerJson(kind, bpe, specials), config };
}

/**
 * Learns a tokenizer and writes tokenizer.json and tokenizer_config.json, which transformers can load.
 *
 * @param folder an existing folder
 * @param options.vocabSize number of ids, including special tokens. The tokenizer has fewer if the texts do not yield
 *   enough merges.
 * @param options.positions number of positions of the model
 * @param options.minFrequency smallest frequency of a pair that is merged. Default: 2.
 * @throws DialoguePpoError ERR_CONFIG when `vocabSize` is too small for bytes and special tokens
 */
export function writeTokenizer(
  folder: string,
  kind: TokenizerKind,
  texts: Iterable<string>,
  options: { vocabSize: number; positions: number; minFrequency?: number },
): void {
  const { vocabSize, positions, minFrequency = 2 } = options;
  const count = SPECIAL_TOKENS[kind].length;
  const bpe =
    kind === "opt"
      ? learnBpe(texts, { vocabSize, reserved: count, minFrequency, pattern: "gpt2" })
      : learnBpe(texts, { vocabSize: vocabSize - count, minFrequency, pattern: "llama3" });
  const { tokenizer, config } = tokenizerFiles(kind, bpe, positions);
  try {
    writeFileSync(path.join(folder, "tokenizer.json"), `${JSON.stringify(tokenizer)}\n`);
    writeFileSync(path.join(folder, "tokenizer_config.json"), formatJson(config));
  } catch (error) {
    throw writeError(folder, error);
  }
}
