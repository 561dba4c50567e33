import { mkdirSync, writeFileSync } from "node:fs";
import { writeSeen } from "../data/seen.ts";
import { removeFolder, writeFolderAtomic } from "../files/atomic-folder.ts";
import { formatJson } from "../format.ts";
import { checkpointFolder, childFolder, infoFile, listCheckpoints, stateFolder } from "../run/folder.ts";
import { describeLogs, writeManifest } from "../run/manifest.ts";
import { STATES_KEPT } from "../run/step-folders.ts";
import type { TrainingInfo } from "../run/training-info.ts";
import { type LoopState, loopFile, storedTrainConfig } from "./loop-state.ts";
import type { Session } from "./session.ts";

function pruneStates(root: string): void {
  for (const { directory } of listCheckpoints(root).slice(0, -STATES_KEPT))
    removeFolder(stateFolder(directory));
}

/**
 * Writes a checkpoint, whose folder appears only when it is complete.
 *
 * @param stats statistics of the step, for training_info.json
 * @returns the checkpoint's folder
 */
export async function writeCheckpoint(
  session: Session,
  step: number,
  stats: Readonly<Record<string, number | null>>,
): Promise<string> {
  const { folder, cursor, counts, provenance, config, lengthPenalty } = session;
  const { child } = session.exchange;
  const final = checkpointFolder(folder.root, step);
  const lengthCoef = lengthPenalty?.coefficient;
  const state: LoopState = { step, cursor: cursor.state, ...counts, lengthCoef };
  const info: TrainingInfo = {
    step,
    epoch: cursor.state.epoch,
    stats,
    ...counts,
    ...provenance,
    ...(session.heldOut && { selection: session.heldOut.selection }),
    config: storedTrainConfig(config),
  };
  const logs = await describeLogs([folder.log, folder.samples]);
  await writeFolderAtomic(final, async (partial) => {
    mkdirSync(stateFolder(partial));
    await child.model.save(childFolder(partial));
    child.tokenizer.copyTo(childFolder(partial));
    writeSeen(childFolder(partial), await session.seen());
    await session.trainer.saveState(stateFolder(partial));
    writeFileSync(loopFile(partial), `${JSON.stringify(state)}\n`);
    writeFileSync(infoFile(partial), formatJson(info));
    await writeManifest(partial, { run: session.runName, step, logs });
  });
  pruneStates(folder.root);
  return final;
}
