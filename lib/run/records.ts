import { z } from "zod";
import type { Logger } from "../log.ts";
import type { ScoredSample } from "../sample.ts";
import { readLogFile } from "./log-file.ts";

/** One line of training_log.jsonl: the statistics of a step. */
export interface StepLog {
  readonly step: number;
  /** Time at which the step ended, in ISO 8601. */
  readonly time: string;
  /** Scalars under TRL's names. JSON has no NaN, so a value that is not finite is null. */
  readonly stats: Readonly<Record<string, number | null>>;
  /** Names of the statistics that were not finite. */
  readonly nan_keys?: readonly string[] | undefined;
}

/** One line of samples.jsonl: a dialogue of a step with the turns that were generated for it. */
export type SampleRecord = { readonly step: number } & Pick<
  ScoredSample,
  "id" | "turns" | "child" | "teacher" | "human" | "childScore" | "teacherScore" | "reward" | "childParts"
>;

const score = z.number().nullable();

const stepLog: z.ZodType<StepLog> = z.looseObject({
  step: z.int(),
  time: z.string(),
  stats: z.record(z.string(), z.number().nullable()),
  nan_keys: z.array(z.string()).optional(),
});

const sampleRecord: z.ZodType<SampleRecord> = z.looseObject({
  step: z.int(),
  id: z.string(),
  turns: z.array(z.looseObject({ speaker: z.string(), text: z.string() })),
  child: z.string(),
  teacher: z.string(),
  human: z.string().nullable(),
  childScore: score,
  teacherScore: score,
  reward: z.number(),
  childParts: z.record(z.string(), score),
});

/**
 * Reads training_log.jsonl.
 * @param log receives one warning when lines are damaged; they are left out
 */
export const readStepLog = (file: string, log: Logger): StepLog[] => readLogFile(file, log, stepLog);

/**
 * Reads samples.jsonl.
 * @param log receives one warning when lines are damaged; they are left out
 */
export const readSamples = (file: string, log: Logger): SampleRecord[] =>
  readLogFile(file, log, sampleRecord);
