import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import type { AddedToken } from "./added-tokens.ts";
import { type Json, readTokenizerFile } from "./json-file.ts";
import { readAdditionalSpecialTokens, readSpecialTokens, type SpecialTokens } from "./special-tokens.ts";
import { applyClass, type TokenizerClass, tokenizerClassOf } from "./tokenizer-class.ts";
import { checkedComponent } from "./tokenizer-components.ts";
import { fromVocabAndMerges } from "./vocab-and-merges.ts";

/** A tokenizer as its files describe it together. */
export interface TokenizerFiles {
  /** Content of tokenizer.json after the changes of the tokenizer class. */
  readonly tokenizer: Json;
  /** Ids of the model's tokens, without the added tokens. */
  readonly vocab: Readonly<Record<string, number>>;
  /** Content of tokenizer_config.json. */
  readonly config: Json;
  /** Name of the tokenizer class, by which the files are read. */
  readonly className: string;
  readonly addedTokens: readonly AddedToken[];
  readonly specialTokens: SpecialTokens;
}

type Vocab = Record<string, number>;

/** Returns the ids of a model's tokens. A Unigram lists its tokens with their scores in the order of the ids. */
function vocabOf(model: Json): Vocab {
  const value = model.vocab;
  const isList = Array.isArray(value);
  if (typeof value !== "object" || value === null || isList !== (model.type === "Unigram")) {
    throw new Error("expected a model with a vocabulary");
  }
  const vocab = isList
    ? Object.fromEntries(value.map((entry, id) => [String(entry?.[0]), id]))
    : (value as Vocab);
  if (!Object.values(vocab).every((id) => Number.isInteger(id) && id >= 0)) {
    throw new Error("the ids of a vocabulary must be whole numbers from 0 on");
  }
  return vocab;
}

function addedToken(id: number, value: Json, special: boolean): AddedToken {
  const flag = (name: string): boolean => value[name] === true;
  return {
    id,
    content: String(value.content),
    special,
    single_word: flag("single_word"),
    lstrip: flag("lstrip"),
    rstrip: flag("rstrip"),
    normalized: typeof value.normalized === "boolean" ? value.normalized : !special,
  };
}

/** Returns tokens that tokenizer_config.json or added_tokens.json name, in the order of their ids. */
function furtherTokens(folder: string, config: Json, specials: ReadonlySet<string>): Json[] {
  const decoder = config.added_tokens_decoder as Record<string, Json> | undefined;
  if (typeof decoder === "object" && decoder !== null) {
    const ids = Object.keys(decoder).sort((a, b) => Number(a) - Number(b));
    return ids.map((id) => decoder[id] as Json);
  }
  const file = path.join(folder, "added_tokens.json");
  const entries = existsSync(file) ? Object.entries(readTokenizerFile(file) as Vocab) : [];
  return entries
    .sort(([, a], [, b]) => a - b)
    .map(([content]) => ({ content, special: specials.has(content), normalized: !specials.has(content) }));
}

/**
 * Returns all added tokens. As in transformers, a token that tokenizer.json does not have keeps its id if the
 * vocabulary has it, and gets the next free id otherwise.
 */
function allAddedTokens(
  listed: readonly Json[],
  vocab: Vocab,
  further: readonly Json[],
  specials: ReadonlySet<string>,
): AddedToken[] {
  const tokens = new Map<string, AddedToken>();
  for (const entry of listed) {
    if (!Number.isInteger(entry?.id) || typeof entry.content !== "string") {
      throw new Error(`an added token needs an id and a content, not ${JSON.stringify(entry)}`);
    }
    tokens.set(entry.content, addedToken(entry.id as number, entry, entry.special === true));
  }
  const size = Object.keys(vocab).length;
  let next = Math.max(size, ...[...tokens.values()].map(({ id }) => id + 1));
  for (const entry of further) {
    const content = String(entry.content);
    if (content === "") continue;
    const known = tokens.get(content)?.id ?? (Object.hasOwn(vocab, content) ? vocab[content] : undefined);
    tokens.set(content, addedToken(known ?? next, entry, entry.special === true || specials.has(content)));
    if (known === undefined) next++;
  }
  return [...tokens.values()];
}

/** Returns the content of tokenizer.json; undefined when the folder has vocab.json and merges.txt in its place. */
function readMain(folder: string): Json | undefined {
  const has = (name: string): boolean => existsSync(path.join(folder, name));
  if (has("tokenizer.json")) return readTokenizerFile(path.join(folder, "tokenizer.json"));
  if (has("vocab.json") && has("merges.txt")) return undefined;
  const other = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "vocab.txt"].find(has);
  const remedy =
    "save it once with transformers: AutoTokenizer.from_pretrained(folder).save_pretrained(folder), which writes tokenizer.json";
  throw new DialoguePpoError(
    "ERR_TOKENIZER",
    other === undefined
      ? `${folder} has no tokenizer: expected tokenizer.json, or vocab.json and merges.txt`
      : `${path.join(folder, other)} without tokenizer.json is not supported; ${remedy}`,
  );
}

/** What the added tokens of a tokenizer depend on. */
interface TokenSources {
  readonly folder: string;
  /** Content of tokenizer_config.json. */
  readonly config: Json;
  readonly kind: TokenizerClass;
  /** Special tokens that the files name, and those that the class names where the files name none. */
  readonly tokensWithClassDefaults: SpecialTokens;
  /** Content of tokenizer.json. */
  readonly main: Json;
  readonly vocab: Vocab;
}

/** Returns the added tokens of all files, and an entry for each special token that has none. */
function collectAddedTokens(sources: TokenSources): AddedToken[] {
  const { folder, config, kind, tokensWithClassDefaults, main, vocab } = sources;
  const additional = readAdditionalSpecialTokens(folder, config);
  const tokensOfFiles = new Set([...Object.values(readSpecialTokens(folder, config, {})), ...additional]);
  const tokensOfTokenizerJson = Array.isArray(main.added_tokens) ? (main.added_tokens as Json[]) : [];
  const tokensOfOtherFiles = furtherTokens(folder, config, tokensOfFiles);
  const withEntry = new Set([...tokensOfTokenizerJson, ...tokensOfOtherFiles].map((entry) => entry?.content));
  // A token that only the class names counts if the vocabulary has it.
  const inVocabulary = Object.values(tokensWithClassDefaults).filter((text) => Object.hasOwn(vocab, text));
  const maskToken = kind.isRoberta ? tokensWithClassDefaults.mask_token : undefined;
  const specialsWithoutEntry = [...new Set([...tokensOfFiles, ...inVocabulary])]
    .filter((text) => !withEntry.has(text))
    .map((content) => ({ content, special: true, lstrip: content === maskToken }));
  return allAddedTokens(
    tokensOfTokenizerJson,
    vocab,
    [...tokensOfOtherFiles, ...specialsWithoutEntry],
    new Set([...Object.values(tokensWithClassDefaults), ...additional]),
  );
}

function read(folder: string): TokenizerFiles {
  const configFile = path.join(folder, "tokenizer_config.json");
  const config = existsSync(configFile) ? readTokenizerFile(configFile) : {};
  const stored = readMain(folder);
  const kind = tokenizerClassOf(folder, config);
  const tokensWithClassDefaults = readSpecialTokens(folder, config, kind.tokens);
  const main = stored ?? fromVocabAndMerges(folder, { kind, config, tokens: tokensWithClassDefaults });
  const model = checkedComponent("model", { type: "BPE", ...(main.model as Json | null) });
  const vocab = vocabOf(model);
  const addedTokens = collectAddedTokens({ folder, config, kind, tokensWithClassDefaults, main, vocab });
  const ids = new Map(addedTokens.map(({ content, id }) => [content, id]));
  const specialTokens = Object.fromEntries(
    Object.entries(tokensWithClassDefaults).filter(([, text]) => ids.has(text) || Object.hasOwn(vocab, text)),
  );
  const tokenizer = applyClass({ ...main, model }, { kind, config }, (name) =>
    ids.get(specialTokens[name] ?? ""),
  );
  return { tokenizer, vocab, config, className: kind.name, addedTokens, specialTokens };
}

/** Returns the error for a tokenizer of a kind that is not followed. */
export function unsupported(folder: string, cause: unknown): DialoguePpoError {
  // Our own checks throw plain errors. Any other comes from a part that has another form than the code that reads it
  // expects.
  const isOwn = (cause as Error).constructor === Error;
  const reason = isOwn
    ? (cause as Error).message
    : "a part of its tokenizer.json does not have the expected form";
  const message = `${folder}: unsupported tokenizer: ${reason}`;
  return new DialoguePpoError("ERR_TOKENIZER", message, { cause });
}

/**
 * Reads the tokenizer of a folder from tokenizer.json, or from vocab.json and merges.txt, and applies what the other
 * files and the tokenizer class of transformers change.
 * @throws DialoguePpoError ERR_TOKENIZER when the folder has no tokenizer or one of an unsupported kind
 */
export function readTokenizerFiles(folder: string): TokenizerFiles {
  try {
    return read(folder);
  } catch (cause) {
    if (cause instanceof DialoguePpoError) throw cause;
    throw unsupported(folder, cause);
  }
}
