import path from "node:path";
import { readTextFile } from "../files/text-file.ts";
import { type Json, readTokenizerFile } from "./json-file.ts";
import type { SpecialTokens } from "./special-tokens.ts";
import type { TokenizerClass } from "./tokenizer-class.ts";

/** Split pattern of Qwen2, whose pair of files does not contain it. */
const QWEN2_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

const byteLevel = (prefix: boolean, useRegex: boolean): Json => ({
  type: "ByteLevel",
  add_prefix_space: prefix,
  trim_offsets: true,
  use_regex: useRegex,
});

function readMerges(file: string): string[][] {
  const lines = readTextFile(file, "ERR_TOKENIZER", "a list of merges").split("\n");
  return lines
    .slice(lines[0]?.startsWith("#version") ? 1 : 0)
    .map((line) => line.replace(/\r$/, ""))
    .filter((line) => line !== "")
    .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]);
}

/** The template that transformers gives the tokenizer: GPT-2's adds a first token, RoBERTa's a first and a last one. */
function template(
  kind: TokenizerClass,
  config: Json,
  idOf: (name: keyof SpecialTokens) => number | undefined,
): Json | null {
  if (kind.isRoberta) {
    return { type: "RobertaProcessing", cls: ["", idOf("cls_token")], sep: ["", idOf("sep_token")] };
  }
  const bos = idOf("bos_token");
  if (kind.name === "Qwen2Tokenizer" || config.add_bos_token !== true || bos === undefined) return null;
  return {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "bos", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
    special_tokens: { bos: { ids: [bos] } },
  };
}

/** Classes whose pair of vocab.json and merges.txt is a byte-level BPE. */
const BYTE_LEVEL_CLASSES = [
  "PreTrainedTokenizer",
  "GPT2Tokenizer",
  "CodeGenTokenizer",
  "GPTNeoXTokenizer",
  "Qwen2Tokenizer",
  "RobertaTokenizer",
  "BartTokenizer",
];

/**
 * Builds the content of a tokenizer.json from vocab.json and merges.txt, the older format of GPT-2 and OPT
 * repositories.
 * @throws Error for a tokenizer class whose pair of files is not a byte-level BPE
 */
export function fromVocabAndMerges(
  folder: string,
  { kind, config, tokens }: { kind: TokenizerClass; config: Json; tokens: SpecialTokens },
): Json {
  if (!BYTE_LEVEL_CLASSES.includes(kind.name)) {
    throw new Error(
      `vocab.json and merges.txt of a ${kind.name} are not supported; save the tokenizer once with transformers' fast tokenizer, which writes tokenizer.json`,
    );
  }
  const vocab = readTokenizerFile(path.join(folder, "vocab.json")) as Record<string, number>;
  const idOf = (name: keyof SpecialTokens): number | undefined => vocab[tokens[name] ?? ""];
  const split = { type: "Split", pattern: { Regex: QWEN2_PATTERN }, behavior: "Isolated", invert: false };
  const isQwen = kind.name === "Qwen2Tokenizer";
  const steps = isQwen
    ? { type: "Sequence", pretokenizers: [split, byteLevel(false, false)] }
    : byteLevel(config.add_prefix_space === true, true);
  return {
    added_tokens: [],
    normalizer: isQwen ? { type: "NFC" } : null,
    pre_tokenizer: steps,
    post_processor: template(kind, config, idOf),
    decoder: byteLevel(true, true),
    model: { type: "BPE", vocab, merges: readMerges(path.join(folder, "merges.txt")) },
  };
}
