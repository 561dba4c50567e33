import { DialoguePpoError, type ErrorCode } from "../errors.ts";
import { parseJson, readTextFile } from "../files/text-file.ts";
import { isRecord } from "../values.ts";

/** An object of a JSON file. */
export type Json = Record<string, unknown>;

/**
 * Reads a JSON file that contains an object.
 * @throws DialoguePpoError with the given code when the file cannot be read or contains something else
 */
export function readJsonObject(file: string, code: ErrorCode): Json {
  const expected = "a JSON object";
  const value = parseJson(readTextFile(file, code, expected), file, code, expected);
  if (isRecord(value)) return value;
  throw new DialoguePpoError(code, `${file}: expected ${expected}`);
}

/** Reads a JSON file of a tokenizer. @throws DialoguePpoError ERR_TOKENIZER as {@link readJsonObject} */
export const readTokenizerFile = (file: string): Json => readJsonObject(file, "ERR_TOKENIZER");
