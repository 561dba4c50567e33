import path from "node:path";
import { TRAIN_OPTIONS, type TrainConfig } from "../options/train-config.ts";
import { readRunJson, stateFolder } from "../run/folder.ts";
import { storedConfig } from "../run/stored-config.ts";
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
  /** Resolved options of the run, without those that apply to one invocation only. */
  readonly config: Partial<TrainConfig>;
}

/**
 * Number of checkpoints that keep the state for resuming: the newest, and the one before in case the newest is lost.
 */
export const STATES_KEPT = 2;

/** Returns the file in which a checkpoint keeps the state of the loop. */
export const loopFile = (checkpoint: string): string => path.join(stateFolder(checkpoint), "loop.json");

/** Returns the options that the run's folder and its checkpoints store. */
export const storedTrainConfig = (config: TrainConfig): Partial<TrainConfig> =>
  storedConfig(config, TRAIN_OPTIONS, ["stopAfter", "watch"]);

/**
 * Reads the state of the loop from a checkpoint.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT
 */
export const readLoopState = (checkpoint: string): LoopState => readRunJson<LoopState>(loopFile(checkpoint));
