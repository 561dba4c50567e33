import path from "node:path";
import { z } from "zod";
import { type JsonFormat, readJson } from "../checked-json.ts";
import { DialoguePpoError } from "../errors.ts";
import { SPACE_KINDS } from "../taaco/types.ts";

/** File name of the description in a folder of spaces. */
export const SPACES_FILE = "spaces.json";

const fileName = z.string().regex(/^[\w-]+\.[\w-]+$/);

const entrySchema = z.strictObject({
  kind: z.enum(SPACE_KINDS),
  dimensions: z.int().min(1),
  words: z.int().min(1),
  /**
   * `int8` stores whole numbers from -127 to 127 and one factor per word, in about a quarter of the memory of float32.
   */
  dtype: z.enum(["float32", "int8"]),
  vectors: fileName,
  vocabulary: fileName,
});

const metaSchema = z.strictObject({
  format: z.literal("dialogue-ppo spaces"),
  version: z.literal(1),
  /** How the spaces were made, such as seed, corpus hash and options. Its fields depend on the writer. */
  origin: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  spaces: z.array(entrySchema),
});

/** Content of `spaces.json`, the description of a folder of spaces. */
export type SpacesMeta = z.infer<typeof metaSchema>;
/** Description of one space: its size and its files. */
export type SpaceEntry = z.infer<typeof entrySchema>;
/** How the spaces of a folder were made. */
export type SpaceOrigin = SpacesMeta["origin"];

const FORMAT: JsonFormat<SpacesMeta> = {
  schema: metaSchema,
  expected: "a description of spaces, written by the command spaces",
  code: "ERR_DATA",
};

/** Returns the error for a file that is missing or has unexpected content. */
export function fileError(file: string, expected: string): DialoguePpoError {
  return new DialoguePpoError("ERR_DATA", `${file}: expected ${expected}`);
}

/**
 * Reads the description of a folder of spaces.
 * @throws DialoguePpoError ERR_DATA when the file is missing or invalid; the message names the problem
 */
export const readSpacesMeta = (dir: string): SpacesMeta => readJson(path.join(dir, SPACES_FILE), FORMAT);
