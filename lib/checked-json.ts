import type { z } from "zod";
import { DialoguePpoError, type ErrorCode } from "./errors.ts";
import { describeForeignStart } from "./files/file-kind.ts";
import { parseJson, readTextFile } from "./files/text-file.ts";
import { schemaError } from "./options/schema-error.ts";

/** What a JSON file holds. */
export interface JsonFormat<Content> {
  readonly schema: z.ZodType<Content>;
  /** What the file should be, for messages: "a file of the command calibrate". */
  readonly expected: string;
  /** Code of the error for a file that cannot be read or holds something else. */
  readonly code: ErrorCode;
  /** Optional keys that a misspelt key may stand for. */
  readonly optionalKeys?: readonly string[];
}

/**
 * Checks the content of a JSON file.
 *
 * @param where the file, for the message
 * @throws DialoguePpoError with the format's code, naming the field, what was found and what was expected
 */
export function checkJson<Content>(value: unknown, format: JsonFormat<Content>, where: string): Content {
  const result = format.schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new DialoguePpoError(format.code, `${where}: ${schemaError(result.error, format.optionalKeys)}`);
}

/**
 * Reads a JSON file and checks its content.
 *
 * @param where the file as messages name it. Default: its path.
 * @throws DialoguePpoError with the format's code, naming the file, the field, what was found and what was expected
 */
export function readJson<Content>(file: string, format: JsonFormat<Content>, where = file): Content {
  const { code, expected } = format;
  const text = readTextFile(file, code, expected);
  const foreign = describeForeignStart(Buffer.from(text.slice(0, 4096)), "text");
  if (foreign !== undefined) throw new DialoguePpoError(code, `${where} ${foreign}`);
  return checkJson(parseJson(text, where, code, expected), format, where);
}
