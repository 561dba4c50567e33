import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { writeFolderAtomic } from "../atomic.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { LmTrainer } from "../model/lm-trainer.ts";
import { readRunJson } from "../run/folder.ts";
import { listStepFolders, stepFolder } from "../run/step-folders.ts";
import type { BestMeasure } from "./held-out.ts";

/** Where a run stands between two steps. */
export interface Progress extends BestMeasure {
  epoch: number;
  /** Batches of the epoch done. */
  batch: number;
  /** Tokens predicted. */
  tokens: number;
  /** Time spent, over all invocations. */
  seconds: number;
  /** Steps of the whole run; null while a run with a time limit only measures its speed. */
  totalSteps: number | null;
}

/** state.json of a state. */
export interface SavedState {
  readonly config: Record<string, unknown>;
  readonly dataHash: string;
  readonly progress: Progress;
}

const STATE_FILE = "state.json";
const STATES = { prefix: "state-step-", marker: STATE_FILE };

const readState = (folder: string): SavedState => readRunJson<SavedState>(path.join(folder, STATE_FILE));

/**
 * Finds the newest state of a run.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when it cannot be read
 */
export function newestState(output: string): { folder: string; state: SavedState } | undefined {
  const newest = listStepFolders(output, STATES).at(-1);
  return newest && { folder: newest.directory, state: readState(newest.directory) };
}

/** Returns where the model of the newest step lies in a state. */
export const currentWeights = (stateFolder: string): string => path.join(stateFolder, "current");

/** Returns where the model with the best measurement lies in a state: the current one when nothing was measured. */
export const bestWeights = (stateFolder: string, { best, step }: Progress): string =>
  best === null || best.step === step ? currentWeights(stateFolder) : path.join(stateFolder, "best");

/**
 * Writes a state and removes the older ones.
 *
 * @param previous the state before, which holds the best weights when the current ones are not the best
 * @returns its folder
 */
export async function saveState(
  output: string,
  state: SavedState,
  parts: { model: LanguageModel; trainer: LmTrainer; previous: string | undefined },
): Promise<string> {
  const { progress } = state;
  const { previous } = parts;
  const folder = stepFolder(output, STATES, progress.step);
  await writeFolderAtomic(folder, async (partial) => {
    mkdirSync(currentWeights(partial));
    await parts.model.save(currentWeights(partial));
    await parts.trainer.saveState(partial);
    const best = bestWeights(partial, progress);
    if (best !== currentWeights(partial) && previous !== undefined) {
      cpSync(bestWeights(previous, readState(previous).progress), best, { recursive: true });
    }
    writeFileSync(path.join(partial, STATE_FILE), `${JSON.stringify(state, undefined, 2)}\n`);
  });
  for (const { directory } of listStepFolders(output, STATES).slice(0, -1)) {
    rmSync(directory, { recursive: true });
  }
  return folder;
}
