import { existsSync } from "node:fs";
import path from "node:path";
import { type Json, readTokenizerFile } from "./json-file.ts";
import type { SpecialTokens } from "./special-tokens.ts";

/** What a tokenizer class of transformers changes in the tokenizer.json that it loads. */
export interface TokenizerClass {
  readonly name: string;
  /** Special tokens that the class has when the files name none. */
  readonly tokens: SpecialTokens;
  /** Whether the class applies `add_prefix_space` (default false) to a ByteLevel pre-tokenizer. */
  readonly appliesPrefixSpace?: boolean;
  /** Defaults of `add_bos_token` and `add_eos_token` for a class that builds its template from them. */
  readonly template?: { readonly bos: boolean; readonly eos: boolean };
  /** Whether the class of transformers 5 builds its template, from these defaults alone. */
  readonly buildsTemplateIn5?: boolean;
  /** Whether `legacy` and `add_prefix_space` choose the handling of spaces. */
  readonly isLlama?: boolean;
  /** Whether the class puts a first and a last token around a text, and its mask token takes the blanks before it. */
  readonly isRoberta?: boolean;
  /** Whether the class applies `do_lower_case` and its siblings to a BertNormalizer. */
  readonly isBert?: boolean;
}

const END_OF_TEXT = "<|endoftext|>";
const GPT2_TOKENS: SpecialTokens = { bos_token: END_OF_TEXT, eos_token: END_OF_TEXT, unk_token: END_OF_TEXT };
const LLAMA_TOKENS: SpecialTokens = { bos_token: "<s>", eos_token: "</s>", unk_token: "<unk>" };
const ROBERTA_TOKENS: SpecialTokens = {
  ...LLAMA_TOKENS,
  sep_token: "</s>",
  cls_token: "<s>",
  pad_token: "<pad>",
  mask_token: "<mask>",
};
const BERT_TOKENS: SpecialTokens = {
  unk_token: "[UNK]",
  sep_token: "[SEP]",
  pad_token: "[PAD]",
  cls_token: "[CLS]",
  mask_token: "[MASK]",
};

const CLASSES: readonly TokenizerClass[] = [
  { name: "PreTrainedTokenizer", tokens: {} },
  { name: "TokenizersBackend", tokens: {} },
  { name: "GPT2Tokenizer", tokens: GPT2_TOKENS, appliesPrefixSpace: true },
  { name: "CodeGenTokenizer", tokens: GPT2_TOKENS, appliesPrefixSpace: true },
  {
    name: "GPTNeoXTokenizer",
    tokens: GPT2_TOKENS,
    appliesPrefixSpace: true,
    template: { bos: false, eos: false },
    buildsTemplateIn5: true,
  },
  {
    name: "Qwen2Tokenizer",
    tokens: { eos_token: END_OF_TEXT, unk_token: END_OF_TEXT, pad_token: END_OF_TEXT },
  },
  { name: "BloomTokenizer", tokens: { ...LLAMA_TOKENS, pad_token: "<pad>" } },
  { name: "RobertaTokenizer", tokens: ROBERTA_TOKENS, appliesPrefixSpace: true, isRoberta: true },
  { name: "BartTokenizer", tokens: ROBERTA_TOKENS, appliesPrefixSpace: true, isRoberta: true },
  { name: "LlamaTokenizer", tokens: LLAMA_TOKENS, template: { bos: true, eos: false }, isLlama: true },
  {
    name: "CodeLlamaTokenizer",
    tokens: LLAMA_TOKENS,
    template: { bos: true, eos: false },
    buildsTemplateIn5: true,
  },
  {
    name: "GemmaTokenizer",
    tokens: { bos_token: "<bos>", eos_token: "<eos>", unk_token: "<unk>", pad_token: "<pad>" },
    template: { bos: true, eos: false },
  },
  { name: "BertTokenizer", tokens: BERT_TOKENS, isBert: true },
  { name: "DistilBertTokenizer", tokens: BERT_TOKENS, isBert: true },
  { name: "OpenAIGPTTokenizer", tokens: { unk_token: "<unk>" } },
];

/** Class that transformers takes for a model when tokenizer_config.json names none. */
const CLASS_OF_MODEL: Record<string, string> = {
  gpt2: "GPT2Tokenizer",
  opt: "GPT2Tokenizer",
  gpt_neo: "GPT2Tokenizer",
  gptj: "GPT2Tokenizer",
  gpt_neox: "GPTNeoXTokenizer",
  llama: "LlamaTokenizer",
  mistral: "LlamaTokenizer",
  qwen2: "Qwen2Tokenizer",
  gemma: "GemmaTokenizer",
  "openai-gpt": "OpenAIGPTTokenizer",
};

/**
 * Returns the tokenizer class that AutoTokenizer of transformers takes for a folder: the one that tokenizer_config.json
 * or config.json names, or that of the model's type.
 * @throws Error for a class that may change the tokenizer in an unknown way
 */
export function tokenizerClassOf(folder: string, config: Json): TokenizerClass {
  const file = path.join(folder, "config.json");
  let name = config.tokenizer_class;
  if (typeof name !== "string" && existsSync(file)) {
    const model = readTokenizerFile(file);
    name = model.tokenizer_class ?? CLASS_OF_MODEL[String(model.model_type)];
  }
  const plain = String(name ?? "PreTrainedTokenizer").replace(/Fast$/, "");
  const found = CLASSES.find((entry) => entry.name === plain);
  if (found === undefined) throw new Error(`the tokenizer class ${JSON.stringify(name)} is not supported`);
  return found;
}

/** Whether the model falls back to bytes, as that of a SentencePiece vocabulary does. */
const hasByteFallback = (tokenizer: Json): boolean => (tokenizer.model as Json).byte_fallback === true;

/**
 * Returns whether transformers 5 wrote the files. It saves neither `legacy` nor `add_bos_token` and `add_eos_token`.
 * When it loads them, LlamaTokenizer builds the components for spaces as without `legacy`, and the template is that of
 * tokenizer.json.
 */
const isWrittenBy5 = (config: Json): boolean => config.backend === "tokenizers";

/** How LlamaTokenizer handles spaces; undefined if it keeps the components of tokenizer.json. */
function llamaSpaces(config: Json): Json | undefined {
  if (isWrittenBy5(config)) return spaceComponents(config.add_prefix_space !== false, false);
  if (typeof config.add_prefix_space !== "boolean") return undefined;
  return spaceComponents(config.add_prefix_space, config.legacy !== false);
}

/** The components for spaces that LlamaTokenizer builds. `isPrefixed` says whether a text begins with a space. */
function spaceComponents(isPrefixed: boolean, isLegacy: boolean): Json {
  const pattern = { String: " " };
  const replace = { type: "Replace", pattern, content: "\u2581" };
  const prepend = { type: "Prepend", prepend: "\u2581" };
  const scheme = isPrefixed ? "first" : "never";
  const metaspace = { type: "Metaspace", replacement: "\u2581", prepend_scheme: scheme, split: false };
  const decoders = [
    { type: "Replace", pattern: { String: "\u2581" }, content: " " },
    { type: "ByteFallback" },
    { type: "Fuse" },
    ...(isPrefixed ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
  ];
  return {
    normalizer: isLegacy
      ? { type: "Sequence", normalizers: isPrefixed ? [prepend, replace] : [replace] }
      : null,
    pre_tokenizer: isLegacy ? null : metaspace,
    decoder: { type: "Sequence", decoders },
  };
}

/**
 * The template that a class builds from `add_bos_token` and `add_eos_token`; undefined without the ids that it needs.
 */
function builtTemplate(
  defaults: { readonly bos: boolean; readonly eos: boolean },
  config: Json,
  idOf: (name: "bos_token" | "eos_token") => number | undefined,
): Json | undefined {
  const addBos = typeof config.add_bos_token === "boolean" ? config.add_bos_token : defaults.bos;
  const addEos = typeof config.add_eos_token === "boolean" ? config.add_eos_token : defaults.eos;
  const [bos, eos] = [idOf("bos_token"), idOf("eos_token")];
  if ((addBos && bos === undefined) || (addEos && eos === undefined)) return undefined;
  const special = (name: string): Json => ({ SpecialToken: { id: name, type_id: 0 } });
  const text = { Sequence: { id: "A", type_id: 0 } };
  return {
    type: "TemplateProcessing",
    single: [...(addBos ? [special("bos")] : []), text, ...(addEos ? [special("eos")] : [])],
    special_tokens: { bos: { ids: [bos] }, eos: { ids: [eos] } },
  };
}

const bertNormalizer = (normalizer: Json, config: Json): Json => ({
  ...normalizer,
  lowercase: config.do_lower_case ?? true,
  strip_accents: config.strip_accents ?? null,
  handle_chinese_chars: config.tokenize_chinese_chars ?? true,
});

/** Applies what a tokenizer class changes in the content of tokenizer.json. `idOf` returns ids of special tokens. */
export function applyClass(
  tokenizer: Json,
  { kind, config }: { kind: TokenizerClass; config: Json },
  idOf: (name: "bos_token" | "eos_token") => number | undefined,
): Json {
  const changed: Json = { ...tokenizer };
  const preTokenizer = tokenizer.pre_tokenizer as Json | null;
  const normalizer = tokenizer.normalizer as Json | null;
  if (kind.appliesPrefixSpace && typeof preTokenizer?.add_prefix_space === "boolean") {
    changed.pre_tokenizer = { ...preTokenizer, add_prefix_space: config.add_prefix_space ?? false };
  }
  if (kind.isBert && normalizer?.type === "BertNormalizer")
    changed.normalizer = bertNormalizer(normalizer, config);
  if (kind.isLlama && hasByteFallback(tokenizer)) Object.assign(changed, llamaSpaces(config));
  if (kind.template && (!isWrittenBy5(config) || kind.buildsTemplateIn5)) {
    const options = isWrittenBy5(config) ? {} : config;
    changed.post_processor = builtTemplate(kind.template, options, idOf) ?? tokenizer.post_processor;
  }
  return changed;
}
