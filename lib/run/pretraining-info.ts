import { existsSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { type JsonFormat, readJson } from "../checked-json.ts";
import type { StepEnding } from "./ending.ts";
import { PRETRAINING_INFO } from "./folder.ts";
import { countSchema, RUN_FILE } from "./training-info.ts";

/** The part of `pretraining_info.json` in a model folder that commands use. */
export interface PretrainingInfo {
  /** Options that determine which part of the data is held out. */
  readonly split: { readonly evalFraction: number; readonly seed: number };
  readonly data: { readonly sha256: string };
  /** Reason why the run ended. */
  readonly ending: StepEnding | "patience" | "minutes";
  /** Number of steps that were done. */
  readonly step: number;
  /** Best held-out measurement; null when nothing was measured. */
  readonly heldOut: { readonly perplexity: number } | null;
  /** Options of the run. */
  readonly config: Readonly<Record<string, unknown>>;
}

const FORMAT: JsonFormat<PretrainingInfo> = {
  ...RUN_FILE,
  expected: "a JSON file that pretrain wrote",
  schema: z.looseObject({
    split: z.looseObject({ evalFraction: z.number().min(0).max(1), seed: countSchema }),
    data: z.looseObject({ sha256: z.string() }),
    ending: z.enum(["steps", "stopAfter", "interrupted", "patience", "minutes"]),
    step: countSchema,
    heldOut: z.looseObject({ perplexity: z.number() }).nullable(),
    config: z.record(z.string(), z.unknown()),
  }),
};

/**
 * Reads `pretraining_info.json` in a model folder.
 *
 * @returns undefined when the folder has none
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when it cannot be read or is damaged
 */
export function readPretrainingInfo(model: string): PretrainingInfo | undefined {
  const file = path.join(model, PRETRAINING_INFO);
  return existsSync(file) ? readJson(file, FORMAT) : undefined;
}
