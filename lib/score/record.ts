import { z } from "zod";
import { DialoguePpoError } from "../errors.ts";
import { schemaError } from "../options/schema-error.ts";
import type { AnnotatedText, TaacoInput } from "../taaco/types.ts";

const token = z.tuple([z.string(), z.string(), z.string(), z.string().regex(/^[CFNVJRPGAMD]*$/)]);
const record = z
  .object({
    id: z.union([z.string(), z.number()]).optional(),
    text: z.string().optional(),
    turns: z.array(z.object({ speaker: z.string(), text: z.string() })).optional(),
    paragraphs: z.array(z.array(z.array(token))).optional(),
  })
  .refine(
    ({ text, turns, paragraphs }) =>
      [text, turns, paragraphs].filter((part) => part !== undefined).length === 1,
    {
      message: "expected exactly one of text, turns, paragraphs",
    },
  );

/**
 * Parses one line of a JSONL file: `{id?, text}`, `{id?, turns: [{speaker, text}]}` or
 * `{id?, paragraphs: [[[form, lemma, tag, flags]]]}`. Other keys are ignored.
 *
 * @param where file and line, for the error message
 * @throws DialoguePpoError ERR_DATA
 */
export function parseRecord(line: string, where: string): { id: string | undefined; input: TaacoInput } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (cause) {
    throw new DialoguePpoError("ERR_DATA", `${where}: no JSON: ${(cause as Error).message}`, { cause });
  }
  const checked = record.safeParse(parsed, { reportInput: true });
  if (!checked.success) {
    throw new DialoguePpoError("ERR_DATA", `${where}: ${schemaError(checked.error)}`);
  }
  const { id, text, turns, paragraphs } = checked.data;
  const textId = id === undefined ? undefined : String(id);
  if (text !== undefined) return { id: textId, input: text };
  return { id: textId, input: turns ? { turns } : { paragraphs: paragraphs as AnnotatedText } };
}
