import { randomUUID } from "node:crypto";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { type JsonFormat, readJson } from "../checked-json.ts";
import { removeFolder, writeFolderAtomic } from "../files/atomic-folder.ts";
import { formatJson } from "../format.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { LmTrainer } from "../model/lm-trainer.ts";
import { PRETRAIN_OPTIONS } from "../options/tables/pretrain.ts";
import { type IntegrityRules, requireIntact } from "../run/integrity.ts";
import { findDifference, type ManifestCheck, readManifest, writeManifest } from "../run/manifest.ts";
import {
  isComplete,
  listAllStepFolders,
  STATES_KEPT,
  type StepFolder,
  stepFolder,
} from "../run/step-folders.ts";
import { checkStoredOptions } from "../run/stored-config.ts";
import { countSchema, RUN_FILE } from "../run/training-info.ts";
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
  readonly config: Readonly<Record<string, unknown>>;
  /** SHA-256 of the data file. */
  readonly dataHash: string;
  readonly progress: Readonly<Progress>;
}

/** A saved state that was read. */
export interface OpenedState {
  readonly folder: string;
  readonly state: SavedState;
  /** Compares the contents of the large files with the manifest, in the time that loading them takes. */
  readonly verify: () => Promise<void>;
}

const STATE_FILE = "state.json";
const STATES = { prefix: "state-step-", marker: STATE_FILE };

const FORMAT: JsonFormat<SavedState> = {
  ...RUN_FILE,
  schema: z.looseObject({
    config: z.record(z.string(), z.unknown()),
    dataHash: z.string(),
    progress: z.looseObject({
      step: countSchema,
      best: z
        .looseObject({ loss: z.number(), perplexity: z.number(), tokens: countSchema, step: countSchema })
        .nullable(),
      worse: countSchema,
      epoch: countSchema,
      batch: countSchema,
      tokens: countSchema,
      seconds: z.number().min(0),
      totalSteps: z.int().min(1).nullable(),
    }),
  }),
};

function readState(folder: string): SavedState {
  const file = path.join(folder, STATE_FILE);
  const state = readJson(file, FORMAT);
  return { ...state, config: checkStoredOptions(state.config, PRETRAIN_OPTIONS, file) };
}

/** Returns whether a folder holds a saved state, whole or not. */
export const holdsState = (output: string): boolean => listAllStepFolders(output, STATES).length > 0;

/** Returns what is wrong with a state; undefined when nothing is. */
async function findDamage(found: StepFolder, check: ManifestCheck): Promise<string | undefined> {
  const { step, directory } = found;
  if (!isComplete(found, STATES)) return `${path.join(directory, STATE_FILE)} is missing`;
  const own = readManifest(directory);
  if (own && own.step !== step) return `${directory} is the state of step ${own.step}, not of step ${step}`;
  const difference = await findDifference(directory, check);
  if (difference !== undefined) return difference;
  const { progress } = readState(directory);
  return progress.step === step ? undefined : `${directory} holds the state of step ${progress.step}`;
}

/** Returns how the states of a run are checked when one of them is used. */
const integrityRules = (output: string, used: StepFolder): IntegrityRules<StepFolder> => ({
  findDamage,
  listOthers: () => listAllStepFolders(output, STATES).filter(({ step }) => step !== used.step),
  remedy: (intact) =>
    intact === undefined
      ? "no other state of this run is whole, so begin a new one in another folder"
      : `${intact.directory} is whole: remove ${used.directory} to continue from it`,
});

/**
 * Reads the newest saved state of a run.
 *
 * @param call.verify whether the contents of its files are compared with its manifest; their sizes always are. Default
 *   true.
 * @returns undefined if there is none
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when it is damaged
 */
export async function openNewestState(
  output: string,
  {
    verify = true,
    signal,
  }: { readonly verify?: boolean | undefined; readonly signal?: AbortSignal | undefined },
): Promise<OpenedState | undefined> {
  const found = listAllStepFolders(output, STATES).at(-1);
  if (found === undefined) return undefined;
  const rules = integrityRules(output, found);
  await requireIntact(found, { hash: verify ? "small" : "none", signal }, rules);
  const { directory: folder } = found;
  return {
    folder,
    state: readState(folder),
    verify: async () => {
      if (verify) await requireIntact(found, { hash: "all", signal }, rules);
    },
  };
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
 * Writes a state and removes old ones.
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
  const run = (previous && readManifest(previous)?.run) || randomUUID();
  await writeFolderAtomic(folder, async (partial) => {
    mkdirSync(currentWeights(partial));
    await parts.model.save(currentWeights(partial));
    await parts.trainer.saveState(partial);
    const best = bestWeights(partial, progress);
    if (best !== currentWeights(partial) && previous !== undefined) {
      cpSync(bestWeights(previous, readState(previous).progress), best, { recursive: true });
    }
    writeFileSync(path.join(partial, STATE_FILE), formatJson(state));
    await writeManifest(partial, { run, step: progress.step });
  });
  for (const { directory } of listAllStepFolders(output, STATES).slice(0, -STATES_KEPT))
    removeFolder(directory);
  return folder;
}
