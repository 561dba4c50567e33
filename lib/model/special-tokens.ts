import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { readTextFile } from "../files/text-file.ts";
import { type Json, readTokenizerFile } from "./json-file.ts";

/**
 * Names under which the files of a tokenizer give the texts of special tokens. New tokens get their ids in this order,
 * which is that of transformers.
 */
const SPECIAL_TOKEN_NAMES = [
  "bos_token",
  "eos_token",
  "unk_token",
  "sep_token",
  "pad_token",
  "cls_token",
  "mask_token",
] as const;

/** Texts of the special tokens by the names that chat templates use. A name that no file gives is absent. */
export type SpecialTokens = Readonly<Partial<Record<(typeof SPECIAL_TOKEN_NAMES)[number], string>>>;

/** Returns the text of a special token, which the files give as a string or as an object with `content`. */
function tokenText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const content = (value as Json | null | undefined)?.content;
  return typeof content === "string" ? content : undefined;
}

/**
 * Returns the files that name special tokens, the one that counts more first. As in transformers,
 * special_tokens_map.json comes before tokenizer_config.json when the latter is of the older form without
 * `added_tokens_decoder`; otherwise it only completes it.
 */
function sourcesOf(folder: string, config: Json): readonly Json[] {
  const file = path.join(folder, "special_tokens_map.json");
  const map = existsSync(file) ? readTokenizerFile(file) : {};
  return config.added_tokens_decoder === undefined ? [map, config] : [config, map];
}

/**
 * Returns the texts of the special tokens of a folder that have no name of their own. As in transformers, both files
 * count for a tokenizer_config.json of the older form, and only that file for the newer one.
 */
export function readAdditionalSpecialTokens(folder: string, config: Json): string[] {
  const sources =
    config.added_tokens_decoder === undefined ? [config, ...sourcesOf(folder, config)] : [config];
  const lists = sources.map(({ additional_special_tokens: tokens }) => tokens).filter(Array.isArray);
  const texts = lists.flatMap((list: unknown[]) => list.map(tokenText)).filter((text) => text !== undefined);
  return [...new Set(texts)];
}

/**
 * Returns the texts of the special tokens of a folder.
 * @param defaults tokens of the tokenizer's class, for names that no file gives
 */
export function readSpecialTokens(folder: string, config: Json, defaults: SpecialTokens): SpecialTokens {
  const sources = sourcesOf(folder, config);
  const found: Partial<Record<(typeof SPECIAL_TOKEN_NAMES)[number], string>> = {};
  for (const name of SPECIAL_TOKEN_NAMES) {
    const given = sources.map((source) => tokenText(source[name])).find((value) => value !== undefined);
    // An explicit null says that the tokenizer has no such token, which the class's default must not undo.
    const text = given ?? (config[name] === null ? undefined : defaults[name]);
    if (text !== undefined) found[name] = text;
  }
  return found;
}

/** Returns the template named "default" of a list of named templates, or the only one. */
function defaultTemplate(file: string, templates: readonly unknown[]): string {
  const named = templates as readonly Json[];
  const chosen =
    named.find((entry) => entry?.name === "default") ?? (named.length === 1 ? named[0] : undefined);
  if (typeof chosen?.template === "string") return chosen.template;
  const names = named.map((entry) => JSON.stringify(entry?.name)).join(", ");
  throw new DialoguePpoError(
    "ERR_TOKENIZER",
    `${file}: chat_template has no template named "default" (it has ${names})`,
  );
}

/**
 * Returns the chat template of a folder: chat_template.jinja, else the entry `chat_template` of tokenizer_config.json,
 * as in AutoTokenizer of transformers, else chat_template.json, which belongs to processors of images. Undefined when
 * the folder has none.
 * @throws DialoguePpoError ERR_TOKENIZER for a list of named templates without a default one, and for an unreadable
 *   file
 */
export function readChatTemplate(folder: string, config: Json): string | undefined {
  const jinja = path.join(folder, "chat_template.jinja");
  if (existsSync(jinja)) return readTextFile(jinja, "ERR_TOKENIZER", "a chat template");
  const json = path.join(folder, "chat_template.json");
  const inConfig = path.join(folder, "tokenizer_config.json");
  const isInJson = (config.chat_template ?? undefined) === undefined && existsSync(json);
  const [file, value] = isInJson
    ? [json, readTokenizerFile(json).chat_template]
    : [inConfig, config.chat_template];
  if (value === undefined || value === null || typeof value === "string") return value ?? undefined;
  if (Array.isArray(value)) return defaultTemplate(file, value);
  throw new DialoguePpoError(
    "ERR_TOKENIZER",
    `${file}: chat_template must be a text or a list of named templates`,
  );
}
