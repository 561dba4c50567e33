import { createHash } from "node:crypto";
import path from "node:path";
import { z } from "zod";
import { checkJson, type JsonFormat, readJson } from "../checked-json.ts";
import { DialoguePpoError } from "../errors.ts";
import { writeFileAtomic } from "../files/atomic-file.ts";
import { formatJson } from "../format.ts";
import type { EvaluationRecord } from "./evaluation.ts";
import { countSchema, RUN_FILE } from "./training-info.ts";

/** Returns the path of the file in which `evaluate` stores its results. */
export const evaluationFile = (folder: string): string => path.join(folder, "evaluation.json");

const value = z.number().nullable();
const comparison = { before: value, after: value, difference: value, low: value, high: value };
const interval = z.looseObject({ difference: value, low: value, high: value });
const compared = z.looseObject(comparison);
const withBaselines = z.looseObject({ ...comparison, teacher: value, human: value });
const names = z.array(z.string());
const sample = z.looseObject({
  id: z.string(),
  turns: z.array(z.looseObject({ speaker: z.string(), text: z.string() })),
  before: z.string(),
  after: z.string(),
  teacher: z.string().nullable(),
  human: z.string().nullable(),
  scores: z.looseObject({ before: value, after: value, teacher: value, human: value }),
  guards: z.looseObject({ before: names, after: names, teacher: names, human: names }).exactOptional(),
});

const FORMAT: JsonFormat<EvaluationRecord> = {
  ...RUN_FILE,
  expected: "a JSON file that evaluate wrote",
  schema: z.looseObject({
    dialogues: countSchema,
    samplesPerPrompt: countSchema,
    reward: compared,
    childScore: withBaselines,
    margins: z
      .looseObject({ overHumanBefore: interval, overHumanAfter: interval, overTeacherBefore: interval })
      .exactOptional(),
    kl: compared,
    perplexity: compared,
    length: withBaselines,
    repetition: withBaselines,
    indices: z.record(z.string(), withBaselines),
    best: z.array(sample).exactOptional(),
    worst: z.array(sample).exactOptional(),
    setting: z.record(z.string(), z.unknown()).exactOptional(),
  }),
};

/** The file before its record is checked. Older versions write no hash. */
const SEALED: JsonFormat<{ readonly [field: string]: unknown; readonly sha256?: string | undefined }> = {
  ...FORMAT,
  schema: z.looseObject({ sha256: z.string().optional() }),
};

/**
 * Returns the SHA-256 of a record in hex. JSON that was written here has the same text when it is read and written
 * again.
 */
const hashRecord = (record: object): string =>
  createHash("sha256").update(JSON.stringify(record)).digest("hex");

/** Writes the results of an evaluation, with their SHA-256 as the last field. */
export function writeEvaluation(file: string, record: EvaluationRecord): void {
  const sealed = { ...record, sha256: hashRecord(record) };
  writeFileAtomic(file, formatJson(sealed));
}

/**
 * Reads the results of an evaluation.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when the file cannot be read, is damaged or was changed
 */
export function readEvaluation(file: string): EvaluationRecord {
  const { sha256, ...fields } = readJson(file, SEALED);
  const record = checkJson(fields, FORMAT, file);
  // The fields as they were read, because the order in which the schema returns them is another.
  const actual = hashRecord(fields);
  if (sha256 === undefined || sha256 === actual) return record;
  throw new DialoguePpoError(
    "ERR_CHECKPOINT_FORMAT",
    `${file} was changed: the SHA-256 of its content is ${actual}, but it says ${sha256}; evaluate again`,
  );
}
