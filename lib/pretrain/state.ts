import {
  closeSync,
  cpSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { LmTrainer } from "../model/lm-trainer.ts";
import type { HeldOutMeasure } from "./held-out.ts";

/** Where a run stands, between two steps. */
export interface Progress {
  /** Optimizer steps done. */
  step: number;
  epoch: number;
  /** Batches of the epoch done. */
  batch: number;
  /** Tokens predicted. */
  tokens: number;
  /** Time spent, over all invocations. */
  seconds: number;
  /** Steps in all; null while a run that is given only minutes measures its pace. */
  totalSteps: number | null;
  /** The best measurement on held-out text so far. */
  best: (HeldOutMeasure & { step: number }) | null;
  /** Measurements since then. */
  worse: number;
}

export interface SavedState {
  readonly config: Record<string, unknown>;
  readonly dataHash: string;
  readonly progress: Progress;
}

const NAME = /^state-step-(\d+)$/;

/** The newest whole state of a run's folder. */
export function newestState(output: string): { folder: string; state: SavedState } | undefined {
  if (!existsSync(output)) return undefined;
  const steps = readdirSync(output).flatMap((name) => NAME.exec(name)?.[1] ?? []);
  const newest = steps.map(Number).toSorted((a, b) => b - a)[0];
  if (newest === undefined) return undefined;
  const folder = path.join(output, `state-step-${newest}`);
  const file = path.join(folder, "state.json");
  try {
    return { folder, state: JSON.parse(readFileSync(file, "utf8")) as SavedState };
  } catch (cause) {
    throw new DialoguePpoError(
      "ERR_CHECKPOINT_FORMAT",
      `${file} cannot be read: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

function syncPath(target: string): void {
  const descriptor = openSync(target, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Brings a folder's files and names to the disk. */
function syncFolder(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const target = path.join(folder, entry.name);
    if (entry.isDirectory()) syncFolder(target);
    else syncPath(target);
  }
  syncPath(folder);
}

/** Where the weights with the best measurement lie, or those at hand when nothing was measured. */
export function bestWeights(stateFolder: string, { best, step }: Progress): string {
  return path.join(stateFolder, best === null || best.step === step ? "current" : "best");
}

/**
 * Writes a state whole or not at all, and removes those before it.
 *
 * @param previous the state before, which holds the best weights when these are not the best
 * @returns its folder
 */
export async function saveState(
  output: string,
  state: SavedState,
  parts: { model: LanguageModel; trainer: LmTrainer; previous: string | undefined },
): Promise<string> {
  const { progress } = state;
  const name = `state-step-${progress.step}`;
  const folder = path.join(output, name);
  // Saved when the step was measured, and the run stops at the same step.
  if (existsSync(folder)) return folder;
  const temporary = path.join(output, `.${name}.tmp`);
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(path.join(temporary, "current"), { recursive: true });
  await parts.model.save(path.join(temporary, "current"));
  await parts.trainer.saveState(temporary);
  if (progress.best !== null && progress.best.step !== progress.step && parts.previous !== undefined) {
    const before = newestProgress(parts.previous);
    cpSync(bestWeights(parts.previous, before), path.join(temporary, "best"), { recursive: true });
  }
  writeFileSync(path.join(temporary, "state.json"), `${JSON.stringify(state, undefined, 2)}\n`);
  syncFolder(temporary);
  renameSync(temporary, folder);
  syncPath(output);
  removeStates(output, name);
  return folder;
}

const newestProgress = (folder: string): Progress =>
  (JSON.parse(readFileSync(path.join(folder, "state.json"), "utf8")) as SavedState).progress;

/** Removes all states, whole or not, but the one to keep. */
export function removeStates(output: string, keep?: string): void {
  for (const name of readdirSync(output)) {
    const isState = NAME.test(name) || /^\.state-step-\d+\.tmp$/.test(name);
    if (isState && name !== keep) rmSync(path.join(output, name), { recursive: true, force: true });
  }
}
