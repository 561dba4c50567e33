import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { writeFolderAtomic } from "../atomic.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { LmTrainer } from "../model/lm-trainer.ts";
import { readRunJson } from "../run/folder.ts";
import { listStepFolders, stepFolder } from "../run/step-folders.ts";
import type { BestMeasure } from "./held-out.ts";

/** Progress of a run between two steps. */
export interface Progress extends BestMeasure {
  /** Current epoch, from 0. */
  epoch: number;
  /** Number of batches of the epoch that are done. */
  batch: number;
  /** Number of tokens that were predicted. */
  tokens: number;
  /** Time spent in all invocations, in seconds. */
  seconds: number;
  /** Number of steps of the whole run. Null while a run whose only limit is time measures its speed. */
  totalSteps: number | null;
}

/** Content of the file state.json in a saved state. */
export interface SavedState {
  /** Options of the run. */
  readonly config: Record<string, unknown>;
  /** SHA-256 of the data file. */
  readonly dataHash: string;
  readonly progress: Progress;
}

const STATE_FILE = "state.json";
const STATES = { prefix: "state-step-", marker: STATE_FILE };

const readState = (folder: string): SavedState => readRunJson<SavedState>(path.join(folder, STATE_FILE));

/**
 * Reads the newest saved state of a run.
 *
 * @returns undefined if there is none
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when it cannot be read
 */
export function newestState(output: string): { folder: string; state: SavedState } | undefined {
  const newest = listStepFolders(output, STATES).at(-1);
  return newest && { folder: newest.directory, state: readState(newest.directory) };
}

/** Returns the folder in a state that holds the model of the newest step. */
export const currentWeights = (stateFolder: string): string => path.join(stateFolder, "current");

/**
 * Returns the folder in a state that holds the model with the best measurement, or the current model if nothing was
 * measured.
 */
export const bestWeights = (stateFolder: string, { best, step }: Progress): string =>
  best === null || best.step === step ? currentWeights(stateFolder) : path.join(stateFolder, "best");

/**
 * Writes a state and removes older ones.
 *
 * @param parts.previous folder of the previous state. If the current weights are not the best, the best ones are copied
 *   from there.
 * @returns the folder of the state
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
