import { escapeRegex } from "./escape-regex.ts";
import type { Json } from "./json-file.ts";
import { refuseExponentialPattern } from "./safe-pattern.ts";

/**
 * Split pattern of GPT-2. A ByteLevel pre-tokenizer with `use_regex` applies it implicitly, and its `\s` is that of
 * Rust, which differs from JavaScript's (U+FEFF, U+0085). The engine translates only explicit patterns.
 */
const GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** Members of a character class: punctuation as the `tokenizers` library defines it. */
const PUNCTUATION = "\\p{P}!-/:-@\\[-`{-~";
/** Members of a character class: word characters as in Rust's `\w`. */
const WORD = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}";
const CHINESE =
  "\\u4E00-\\u9FFF\\u3400-\\u4DBF\\x{20000}-\\x{2A6DF}\\x{2A700}-\\x{2B73F}\\x{2B740}-\\x{2B81F}\\x{2B920}-\\x{2CEAF}\\uF900-\\uFAFF\\x{2F800}-\\x{2FA1F}";

/**
 * Options of each component that are followed. Offsets do not affect ids, so that `trim_offsets` has no effect here.
 */
const BYTE_LEVEL = ["add_prefix_space", "trim_offsets", "use_regex"];
const METASPACE = ["replacement", "prepend_scheme", "add_prefix_space", "split", "str_rep"];
const OPTIONS: Record<string, Record<string, readonly string[]>> = {
  normalizer: {
    Sequence: ["normalizers"],
    NFC: [],
    NFD: [],
    NFKC: [],
    NFKD: [],
    Lowercase: [],
    StripAccents: [],
    Strip: ["strip_left", "strip_right"],
    Prepend: ["prepend"],
    Replace: ["pattern", "content"],
    BertNormalizer: ["clean_text", "handle_chinese_chars", "strip_accents", "lowercase"],
  },
  "pre-tokenizer": {
    Sequence: ["pretokenizers"],
    ByteLevel: BYTE_LEVEL,
    Metaspace: METASPACE,
    Split: ["pattern", "behavior", "invert"],
    Digits: ["individual_digits"],
    Punctuation: ["behavior"],
    Whitespace: [],
    WhitespaceSplit: [],
    BertPreTokenizer: [],
    CharDelimiterSplit: ["delimiter"],
  },
  "post-processor": {
    Sequence: ["processors"],
    TemplateProcessing: ["single", "pair", "special_tokens"],
    RobertaProcessing: ["sep", "cls", "trim_offsets", "add_prefix_space"],
    BertProcessing: ["sep", "cls"],
    ByteLevel: BYTE_LEVEL,
  },
  decoder: {
    Sequence: ["decoders"],
    ByteLevel: BYTE_LEVEL,
    Metaspace: METASPACE,
    Replace: ["pattern", "content"],
    ByteFallback: [],
    Fuse: [],
    Strip: ["content", "start", "stop"],
    WordPiece: ["prefix", "cleanup"],
    BPEDecoder: ["suffix"],
  },
  model: {
    BPE: [
      "dropout",
      "unk_token",
      "continuing_subword_prefix",
      "end_of_word_suffix",
      "fuse_unk",
      "byte_fallback",
      "ignore_merges",
      "vocab",
      "merges",
    ],
    WordPiece: ["unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab"],
    Unigram: ["unk_id", "vocab", "byte_fallback"],
  },
};

/** Returns a component of tokenizer.json after a check of its type and of the names of its options. */
export function checkedComponent(kind: keyof typeof OPTIONS, value: unknown): Json & { type: string } {
  const component = value as Json | null;
  const type = typeof component === "object" ? component?.type : undefined;
  const known =
    typeof type === "string" && Object.hasOwn(OPTIONS[kind] ?? {}, type) ? OPTIONS[kind]?.[type] : undefined;
  if (known === undefined) {
    throw new Error(`the ${kind} ${JSON.stringify(type) ?? JSON.stringify(value)} is not supported`);
  }
  const unknown = Object.keys(component as Json).find((key) => key !== "type" && !known.includes(key));
  if (unknown !== undefined) {
    throw new Error(`the option ${JSON.stringify(unknown)} of the ${kind} ${type} is not supported`);
  }
  return component as Json & { type: string };
}

/** Returns the components of a Sequence. */
export function componentsOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error("a Sequence needs a list of components");
  return value;
}

/** Returns the source of a pattern, which tokenizer.json gives as a text or as a regular expression. */
export function patternSource(pattern: unknown): string {
  const { String: text, Regex: regex } = (pattern ?? {}) as Json;
  if (typeof text === "string") return escapeRegex(text);
  if (typeof regex === "string") {
    refuseExponentialPattern(regex);
    return regex;
  }
  throw new Error(`a pattern needs a String or a Regex, and has ${JSON.stringify(pattern)}`);
}

const isolated = (source: string): Json => ({
  type: "Split",
  pattern: { Regex: source },
  behavior: "Isolated",
  invert: false,
});
/** Keeps the matches only. */
const matches = (source: string): Json => ({ ...isolated(source), behavior: "Removed", invert: true });
// The engine passes the text to `replaceAll`, where a dollar sign begins a reference.
const literal = (content: string): string => content.replaceAll("$", "$$$$");
const replace = (source: string, content: string): Json => ({
  type: "Replace",
  pattern: { Regex: source },
  content: literal(content),
});
/** Puts a text in front of each match. */
const insert = (source: string, content: string): Json => ({
  ...replace(source, ""),
  content: `${literal(content)}$&`,
});

/**
 * Expresses a split of any behavior by those that the engine has. `simple` says that the pattern is one text or class.
 */
function split(source: string, behavior: unknown, invert: boolean, simple: boolean): Json {
  const name = typeof behavior === "string" ? behavior.toLowerCase() : "";
  const group = `(?:${source})`;
  if (name === "isolated") return isolated(source);
  if (name === "removed" && invert) return matches(source);
  if (name === "removed" && !/\((?!\?)/.test(source)) return { ...isolated(source), behavior: "Removed" };
  const others = `(?:(?!${source})[\\s\\S])+`;
  if (simple && name === "contiguous") return isolated(`${group}+`);
  if (simple && !invert && name === "mergedwithnext") return isolated(`${group}?${others}|${group}`);
  if (simple && !invert && name === "mergedwithprevious") return isolated(`${others}${group}?|${group}`);
  const what = `behavior ${JSON.stringify(behavior)}${invert ? " with invert" : ""}`;
  throw new Error(`the pre-tokenizer Split with ${what} is not supported for this pattern`);
}

/** Returns the way in which a Metaspace component puts its replacement in front of a text. */
export function prependScheme(component: Json): "always" | "first" | "never" {
  const { prepend_scheme: scheme, add_prefix_space: prefix } = component;
  if (scheme === undefined || scheme === null) return prefix === false ? "never" : "always";
  if (scheme !== "always" && scheme !== "first" && scheme !== "never") {
    throw new Error(`Metaspace with prepend_scheme ${JSON.stringify(scheme)} is not supported`);
  }
  return scheme;
}

function metaspace(step: Json): Json[] {
  const replacement = typeof step.replacement === "string" ? step.replacement : "\u2581";
  const own = { type: "Metaspace", replacement, prepend_scheme: prependScheme(step) };
  return step.split === false ? [own] : [own, split(escapeRegex(replacement), "MergedWithNext", false, true)];
}

function byteLevel(step: Json): Json[] {
  const bytes = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: false };
  const prefix = step.add_prefix_space === false ? [] : [insert("\\A[^ ]", " ")];
  return step.use_regex === false ? [...prefix, bytes] : [...prefix, isolated(GPT2_PATTERN), bytes];
}

/** Expresses a pre-tokenizer by steps of the engine that give the pieces of the `tokenizers` library. */
function preTokenizerSteps(value: unknown): Json[] {
  const step = checkedComponent("pre-tokenizer", value);
  const behavior = step.behavior ?? "Isolated";
  switch (step.type) {
    case "Sequence":
      return componentsOf(step.pretokenizers).flatMap(preTokenizerSteps);
    case "ByteLevel":
      return byteLevel(step);
    case "Metaspace":
      return metaspace(step);
    case "Digits":
      return [isolated(step.individual_digits === true ? "\\p{N}" : "\\p{N}+")];
    case "Punctuation":
      return [split(`[${PUNCTUATION}]`, behavior, false, true)];
    case "Whitespace":
      return [matches(`[${WORD}]+|[^${WORD}\\s]+`)];
    case "WhitespaceSplit":
      return [matches("\\S+")];
    case "BertPreTokenizer":
      return [matches(`[^\\s${PUNCTUATION}]+|[${PUNCTUATION}]`)];
    case "CharDelimiterSplit":
      return [split(patternSource({ String: step.delimiter }), "Removed", false, true)];
    default: {
      const simple = typeof (step.pattern as Json | undefined)?.String === "string";
      return [split(patternSource(step.pattern), behavior, step.invert === true, simple)];
    }
  }
}

/** A pre-tokenizer. */
export interface PreTokenizerSteps {
  /** The steps of the engine that split a text into pieces; null when there are none. */
  readonly splits: Json | null;
  /** Whether the pieces are then written in the byte alphabet. */
  readonly bytes: boolean;
}

/**
 * Expresses a pre-tokenizer by steps of the engine. The byte alphabet, with which most pre-tokenizers end, is kept
 * apart, because it changes each piece alone.
 * @throws Error for a component, an option or a combination that is not supported
 */
export function enginePreTokenizer(value: unknown): PreTokenizerSteps {
  if (value === null || value === undefined) return { splits: null, bytes: false };
  const steps = preTokenizerSteps(value);
  const first = steps.findIndex((step) => step.prepend_scheme === "first");
  if (first > 0)
    throw new Error('Metaspace with prepend_scheme "first" after another pre-tokenizer is not supported');
  const bytes = steps.at(-1)?.type === "ByteLevel";
  const splits = bytes ? steps.slice(0, -1) : steps;
  // The engine joins the lists of pieces of a Sequence, which for a single step takes longer than the step.
  const [only, ...others] = splits;
  return { splits: others.length > 0 ? { type: "Sequence", pretokenizers: splits } : (only ?? null), bytes };
}

function bertSteps(step: Json): Json[] {
  const strip = step.strip_accents ?? step.lowercase ?? true;
  const clean = [
    replace("[\\x{0}\\x{FFFD}]|(?![\\t\\n\\r])[\\p{Cc}\\p{Cf}\\p{Co}]", ""),
    replace("\\s", " "),
  ];
  const chinese = { type: "Replace", pattern: { Regex: `[${CHINESE}]` }, content: " $& " };
  return [
    ...(step.clean_text === false ? [] : clean),
    ...(step.handle_chinese_chars === false ? [] : [chinese]),
    ...(strip === true ? [{ type: "NFD" }, replace("\\p{Mn}", "")] : []),
    ...(step.lowercase === false ? [] : lowercase()),
  ];
}

/** Python's library lowers letter by letter, while JavaScript writes a sigma at the end of a word in another form. */
const lowercase = (): Json[] => [replace("\u03a3", "\u03c3"), { type: "Lowercase" }];

function normalizerSteps(value: unknown): Json[] {
  const step = checkedComponent("normalizer", value);
  switch (step.type) {
    case "Sequence":
      return componentsOf(step.normalizers).flatMap(normalizerSteps);
    case "Strip":
      return [
        ...(step.strip_left === false ? [] : [replace("\\A\\s+", "")]),
        ...(step.strip_right === false ? [] : [replace("(?<!\\s)\\s+\\z", "")]),
      ];
    case "Prepend":
      return [insert("\\A[\\s\\S]", String(step.prepend ?? ""))];
    case "Replace":
      return [replace(patternSource(step.pattern), String(step.content ?? ""))];
    case "Lowercase":
      return lowercase();
    case "BertNormalizer":
      return bertSteps(step);
    default:
      return [{ type: step.type }];
  }
}

/**
 * Expresses a normalizer by steps of the engine.
 * @throws Error for a component or an option that is not supported
 */
export function engineNormalizer(value: unknown): Json | null {
  if (value === null || value === undefined) return null;
  return { type: "Sequence", normalizers: normalizerSteps(value) };
}
