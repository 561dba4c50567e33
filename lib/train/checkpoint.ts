import { mkdirSync, rmSync } from "node:fs";
import { publishFolder, writeFileAtomic } from "../run/atomic.ts";
import {
  checkpointFolder,
  childFolder,
  infoFile,
  listCheckpoints,
  stateFolder,
  type TrainingInfo,
} from "../run/folder.ts";
import type { Session } from "./session.ts";
import { type LoopState, lastingConfig, loopFile } from "./state.ts";

/** Folders that keep what resume needs: the newest and the one before, in case the newest is lost. */
const STATES_KEPT = 2;

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
  const { folder, cursor, tally, provenance, config } = session;
  const { child } = session.exchange;
  const final = checkpointFolder(folder.root, step);
  const partial = `${final}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(stateFolder(partial), { recursive: true });
  await child.model.save(childFolder(partial));
  child.tokenizer.copyTo(childFolder(partial));
  await session.trainer.saveState(stateFolder(partial));
  const state: LoopState = { step, cursor: cursor.state, ...tally, config: lastingConfig(config) };
  writeFileAtomic(loopFile(partial), `${JSON.stringify(state)}\n`);
  const info: TrainingInfo = { step, epoch: cursor.state.epoch, stats, ...tally, ...provenance };
  writeFileAtomic(infoFile(partial), `${JSON.stringify(info, null, 2)}\n`);
  publishFolder(partial, final);
  pruneStates(folder.root);
  return final;
}
