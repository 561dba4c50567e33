import { readFileSync } from "node:fs";
import { DialoguePpoError } from "../errors.ts";

/** An object of a JSON file. */
export type Json = Record<string, unknown>;

/**
 * Reads a JSON file that contains an object.
 * @throws DialoguePpoError ERR_TOKENIZER when the file cannot be read or contains something else
 */
export function readJson(file: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new DialoguePpoError("ERR_TOKENIZER", `${file} is not valid JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw new DialoguePpoError("ERR_TOKENIZER", `${file}: expected an object`);
}
