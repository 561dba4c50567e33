import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { DialoguePpoError } from "../errors.ts";
import { schemaError } from "../options/schema-error.ts";

/** The file that makes a folder a folder of spaces. */
export const SPACES_FILE = "spaces.json";

const fileName = z.string().regex(/^[\w-]+\.[\w-]+$/);

const entrySchema = z.strictObject({
  kind: z.enum(["lsa", "lda", "word2vec"]),
  dimensions: z.int().min(1),
  words: z.int().min(1),
  /** `int8` takes a quarter of the room: whole numbers from -127 to 127 and one factor a word. */
  dtype: z.enum(["float32", "int8"]),
  vectors: fileName,
  vocabulary: fileName,
});

const metaSchema = z.strictObject({
  format: z.literal("dialogue-ppo spaces"),
  version: z.literal(1),
  /** Where the spaces come from: seed, corpus hash, options; whatever the writer knew. */
  origin: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  spaces: z.array(entrySchema),
});

/** The description of a folder of spaces. */
export type SpacesMeta = z.infer<typeof metaSchema>;
export type SpaceEntry = z.infer<typeof entrySchema>;
export type SpaceOrigin = SpacesMeta["origin"];

/** A file that is not what it should be. */
export function fileError(file: string, expected: string): DialoguePpoError {
  return new DialoguePpoError("ERR_DATA", `${file}: expected ${expected}`);
}

/**
 * Reads the description of a folder of spaces.
 * @throws DialoguePpoError ERR_DATA naming the file and what is wrong in it
 */
export async function readSpacesMeta(dir: string): Promise<SpacesMeta> {
  const file = path.join(dir, SPACES_FILE);
  const text = await readFile(file, "utf8").catch(() => {
    throw fileError(file, "a readable file, written by the command spaces");
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw fileError(file, "JSON");
  }
  const parsed = metaSchema.safeParse(json, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw fileError(file, `a description of spaces; ${schemaError(parsed.error)}`);
}
