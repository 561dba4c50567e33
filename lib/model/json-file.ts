import { DialoguePpoError } from "../errors.ts";
import { parseJson, readTextFile } from "../input.ts";
import { isRecord } from "../values.ts";

/** An object of a JSON file. */
export type Json = Record<string, unknown>;

/**
 * Reads a JSON file that contains an object.
 * @throws DialoguePpoError ERR_TOKENIZER when the file cannot be read or contains something else
 */
export function readTokenizerFile(file: string): Json {
  const expected = "a JSON object";
  const value = parseJson(readTextFile(file, "ERR_TOKENIZER", expected), file, "ERR_TOKENIZER", expected);
  if (isRecord(value)) return value;
  throw new DialoguePpoError("ERR_TOKENIZER", `${file}: expected ${expected}`);
}
