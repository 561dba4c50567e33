import { existsSync } from "node:fs";
import path from "node:path";
import type { Option } from "../options/option.ts";
import { TRAIN_OPTIONS, type TrainConfig } from "../options/train-config.ts";
import { readRunJson, stateFolder } from "../run/folder.ts";
import type { CursorState } from "./cursor.ts";

/** What besides the optimizer's state a run needs to go on. */
export interface LoopState {
  readonly step: number;
  readonly cursor: CursorState;
  readonly dropped: Readonly<Record<string, number>>;
  readonly retries: number;
  /** Resolved options of the run, without those that hold for one invocation only. */
  readonly config: Partial<TrainConfig>;
}

/** Where a checkpoint keeps it. */
export const loopFile = (checkpoint: string): string => path.join(stateFolder(checkpoint), "loop.json");

/**
 * A configuration as a run keeps it: without what belongs to one invocation, and with whole paths, so that the run can be
 * resumed and evaluated from another working directory.
 */
export function lastingConfig(config: TrainConfig): Partial<TrainConfig> {
  const { stopAfter: _stop, watch: _watch, ...lasting } = config;
  const local = Object.entries<Option>(TRAIN_OPTIONS).flatMap(([name, { location }]) => {
    const value = lasting[name as keyof typeof lasting];
    return location && typeof value === "string" && existsSync(value) ? [[name, path.resolve(value)]] : [];
  });
  return { ...lasting, ...Object.fromEntries(local) };
}

/**
 * Reads what a checkpoint keeps for resume.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT
 */
export const readLoopState = (checkpoint: string): LoopState => readRunJson<LoopState>(loopFile(checkpoint));
