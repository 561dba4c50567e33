import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { TrainConfig } from "../options/train-config.ts";
import { publishFolder, writeFileAtomic } from "../run/atomic.ts";
import {
  checkpointFolder,
  childFolder,
  infoFile,
  listCheckpoints,
  readRunJson,
  stateFolder,
  type TrainingInfo,
} from "../run/folder.ts";
import type { CursorState } from "./cursor.ts";
import type { Session } from "./session.ts";

/** What besides the optimizer's state a run needs to go on. */
export interface LoopState {
  readonly step: number;
  readonly cursor: CursorState;
  readonly dropped: Readonly<Record<string, number>>;
  readonly retries: number;
  /** Resolved options of the run, without those that hold for one invocation only. */
  readonly config: Partial<TrainConfig>;
}

/** Folders that keep what resume needs: the newest and the one before, in case the newest is lost. */
const STATES_KEPT = 2;

const loopFile = (checkpoint: string): string => path.join(stateFolder(checkpoint), "loop.json");

/** Options that belong to one invocation, not to the run. */
export function lastingConfig(config: TrainConfig): Partial<TrainConfig> {
  const { stopAfter: _stop, watch: _watch, ...lasting } = config;
  return lasting;
}

function pruneStates(root: string): void {
  for (const { directory } of listCheckpoints(root).slice(0, -STATES_KEPT)) {
    rmSync(stateFolder(directory), { recursive: true, force: true });
  }
}

/**
 * Writes a checkpoint whole or not at all.
 * @returns its folder
 */
export async function writeCheckpoint(
  session: Session,
  step: number,
  stats: Readonly<Record<string, number | null>>,
): Promise<string> {
  const { folder, cursor, tally, facts, config } = session;
  const final = checkpointFolder(folder.root, step);
  const partial = `${final}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(stateFolder(partial), { recursive: true });
  await session.models.child.save(childFolder(partial));
  session.models.childTokenizer.copyTo(childFolder(partial));
  await session.trainer.saveState(stateFolder(partial));
  const state: LoopState = { step, cursor: cursor.state, ...tally, config: lastingConfig(config) };
  writeFileAtomic(loopFile(partial), `${JSON.stringify(state)}\n`);
  const info: TrainingInfo = { step, epoch: cursor.state.epoch, stats, ...tally, ...facts };
  writeFileAtomic(infoFile(partial), `${JSON.stringify(info, null, 2)}\n`);
  publishFolder(partial, final);
  pruneStates(folder.root);
  return final;
}

/**
 * Reads what a checkpoint keeps for resume.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT
 */
export const readLoopState = (checkpoint: string): LoopState => readRunJson<LoopState>(loopFile(checkpoint));
