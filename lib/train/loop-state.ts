import path from "node:path";
import { z } from "zod";
import { type JsonFormat, readJson } from "../checked-json.ts";
import { DialoguePpoError } from "../errors.ts";
import { TRAIN_OPTIONS, type TrainConfig } from "../options/train-config.ts";
import { stateFolder } from "../run/folder.ts";
import { storedConfig } from "../run/stored-config.ts";
import { countSchema, RUN_FILE } from "../run/training-info.ts";
import type { CursorState } from "./cursor.ts";

/** State of the training loop from which a run is resumed, besides the state of the optimizer. */
export interface LoopState {
  /** Number of steps done. */
  readonly step: number;
  readonly cursor: CursorState;
  /** Number of samples left out so far, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Number of dialogues that replaced samples left out so far. */
  readonly retries: number;
  /** Coefficient of the length penalty; absent without one. */
  readonly lengthCoef?: number | undefined;
}

const FORMAT: JsonFormat<LoopState> = {
  ...RUN_FILE,
  schema: z.looseObject({
    step: countSchema,
    cursor: z.looseObject({ epoch: countSchema, position: countSchema }),
    dropped: z.record(z.string(), countSchema),
    retries: countSchema,
    lengthCoef: z.number().optional(),
  }),
};

/** Returns the file in which a checkpoint keeps the state of the loop. */
export const loopFile = (checkpoint: string): string => path.join(stateFolder(checkpoint), "loop.json");

/** Returns the options that the run's folder and its checkpoints store. */
export const storedTrainConfig = (config: TrainConfig): Partial<TrainConfig> =>
  storedConfig(config, TRAIN_OPTIONS, ["stopAfter", "watch"]);

/**
 * Reads the state of the loop from a checkpoint.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when it cannot be read or is damaged
 */
export const readLoopState = (checkpoint: string): LoopState => readJson(loopFile(checkpoint), FORMAT);

/**
 * Checks that the position of a checkpoint in the data lies within them.
 *
 * @param prompts number of prompts of the data
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT
 */
export function checkPosition({ cursor }: LoopState, checkpoint: string, prompts: number): void {
  if (cursor.position <= prompts) return;
  throw new DialoguePpoError(
    "ERR_CHECKPOINT_FORMAT",
    `${loopFile(checkpoint)}: cursor.position: expected at most ${prompts}, the number of prompts, got ${cursor.position}`,
  );
}
