import { z } from "zod";
import { type JsonFormat, readJson } from "../checked-json.ts";
import { infoFile } from "./folder.ts";
import { SELECTION, type Selection } from "./selection.ts";

/** `training_info.json` of a checkpoint. */
export interface TrainingInfo {
  readonly step: number;
  /** Number of finished passes over the data. */
  readonly epoch: number;
  /** Statistics of the step; null for a value that is not finite. */
  readonly stats: Readonly<Record<string, number | null>>;
  /** Number of samples left out so far, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Number of dialogues that replaced samples left out so far. */
  readonly retries: number;
  /** sha256 of the data file. */
  readonly dataHash: string;
  /** sha256 of the models with which the run began. */
  readonly modelHashes: { readonly child: string; readonly teacher: string };
  /** sha256 of the tokenizers with which the run began. Older versions do not store it. */
  readonly tokenizerHashes?: { readonly child: string; readonly teacher: string } | undefined;
  readonly versions: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly threads: number;
  /** The best checkpoint so far, by held-out dialogues; absent without `evalInterval`. */
  readonly selection?: Selection | undefined;
  /** Options of the run at this step. Older versions store them in config.json of the run only. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

/** What a file holds that a run wrote for itself. */
export const RUN_FILE = { expected: "a JSON file that a run wrote", code: "ERR_CHECKPOINT_FORMAT" } as const;

/** A whole number that counts something. */
export const countSchema = z.int().min(0);

const INFO: JsonFormat<TrainingInfo> = {
  ...RUN_FILE,
  schema: z.looseObject({
    step: countSchema,
    epoch: countSchema,
    stats: z.record(z.string(), z.number().nullable()),
    dropped: z.record(z.string(), countSchema),
    retries: countSchema,
    dataHash: z.string(),
    modelHashes: z.looseObject({ child: z.string(), teacher: z.string() }),
    tokenizerHashes: z.looseObject({ child: z.string(), teacher: z.string() }).optional(),
    versions: z.record(z.string(), z.string()),
    seed: countSchema,
    threads: z.int().min(1),
    selection: SELECTION.optional(),
    config: z.record(z.string(), z.unknown()).optional(),
  }),
};

/**
 * Reads `training_info.json` of a checkpoint.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when it cannot be read or is damaged
 */
export const readTrainingInfo = (checkpoint: string): TrainingInfo => readJson(infoFile(checkpoint), INFO);
