import { z } from "zod";
import { type JsonFormat, readJson } from "../checked-json.ts";
import { DialoguePpoError } from "../errors.ts";
import { writeFileAtomic } from "../files/atomic-file.ts";
import { SPACE_KINDS } from "../taaco/types.ts";
import type { Calibration } from "./calibration.ts";

const moments = z.object({ mean: z.number(), sd: z.number().min(0), count: z.number().int().min(1) });
const indices = z.record(z.string(), moments);
const band = z.object({
  from: z.number().min(0),
  to: z.number().min(0),
  words: z.number().positive(),
  texts: z.number().int().min(1),
  indices,
});
const table = z.object({
  texts: z.number().int().min(0),
  all: indices,
  bands: z
    .array(band)
    .refine((bands) => bands.every(({ words }, at) => at === 0 || words > (bands[at - 1]?.words ?? 0)), {
      message: "expected longer texts from band to band",
    }),
});
const schema = z.object({
  format: z.literal("dialogue-ppo calibration"),
  version: z.literal(1),
  corpus: z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/), dialogues: z.number().int().min(1) }),
  indexMode: z.enum(["corrected", "faithful"]),
  scoredText: z.enum(["dialogue", "continuation"]),
  lists: z.string(),
  spaces: z.array(
    z.object({
      kind: z.enum(SPACE_KINDS),
      dimensions: z.number().int().min(1),
      hash: z.string(),
    }),
  ),
  text: table,
  turn: table,
});

const FORMAT: JsonFormat<Calibration> = {
  schema,
  expected: "a file of the command calibrate",
  code: "ERR_CONFIG",
};

/**
 * Reads and checks a calibration file.
 *
 * @param expected `corpusHash` is the hash of the samples that the calibration must have been measured on
 * @throws DialoguePpoError ERR_CONFIG naming the file and the field; ERR_DATA when it was measured on another corpus
 */
export function readCalibration(file: string, expected: { corpusHash?: string } = {}): Calibration {
  const calibration = readJson(file, FORMAT, `calibration ${file}`);
  const { corpusHash } = expected;
  const { hash } = calibration.corpus;
  if (corpusHash !== undefined && corpusHash !== hash) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `calibration ${file} was measured on other dialogues (${hash.slice(0, 12)}), expected ${corpusHash.slice(0, 12)}`,
    );
  }
  return calibration;
}

/** Writes a calibration to a file, which appears only when it is complete. */
export function writeCalibration(file: string, calibration: Calibration): void {
  writeFileAtomic(file, calibrationText(calibration), { shared: true });
}

/** Returns the content of the file of a calibration. */
export const calibrationText = (calibration: Calibration): string =>
  `${JSON.stringify(calibration, null, 1)}\n`;
