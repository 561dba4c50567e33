import path from "node:path";
import { TRAIN_OPTIONS, type TrainConfig } from "../options/train-config.ts";
import { readRunJson, stateFolder } from "../run/folder.ts";
import { storedConfig } from "../run/stored-config.ts";
import type { CursorState } from "./cursor.ts";

/** What a run needs to go on, besides the state of the optimizer. */
export interface LoopState {
  readonly step: number;
  readonly cursor: CursorState;
  readonly dropped: Readonly<Record<string, number>>;
  readonly retries: number;
  /** Resolved options of the run, without those that hold for one invocation only. */
  readonly config: Partial<TrainConfig>;
}

/** Returns where a checkpoint keeps the state of the loop. */
export const loopFile = (checkpoint: string): string => path.join(stateFolder(checkpoint), "loop.json");

/** Returns a configuration as the run's folder and its checkpoints store it. */
export const storedTrainConfig = (config: TrainConfig): Partial<TrainConfig> =>
  storedConfig(config, TRAIN_OPTIONS, ["stopAfter", "watch"]);

/**
 * Reads the state of the loop from a checkpoint.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT
 */
export const readLoopState = (checkpoint: string): LoopState => readRunJson<LoopState>(loopFile(checkpoint));
