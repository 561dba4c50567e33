import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import path from "node:path";
import { disposeAll, disposeOnError, type Keep } from "../dispose.ts";
import { writeFileAtomic } from "../files/atomic-file.ts";
import { writeFolderAtomic } from "../files/atomic-folder.ts";
import { formatJson } from "../format.ts";
import type { Logger } from "../log.ts";
import { trainsUnderAutocast } from "../model/autocast.ts";
import { LanguageModel } from "../model/language-model.ts";
import { type PpoOptions, PpoTrainer } from "../model/ppo-trainer.ts";
import { selectValues } from "../options/option.ts";
import { PPO_RUN_OPTIONS } from "../options/ppo.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { listCheckpoints, type RunFolder, runFolder, stateFolder } from "../run/folder.ts";
import { type FolderLock, lockFolder } from "../run/lock.ts";
import { readManifest, writeManifest } from "../run/manifest.ts";
import type { TrainingSetup } from "../setup/training.ts";
import { PromptCursor } from "./cursor.ts";
import { HeldOutEvaluation } from "./held-out.ts";
import { LengthPenalty } from "./length-penalty.ts";
import { checkPosition, storedTrainConfig } from "./loop-state.ts";
import { PtxDialogues } from "./ptx.ts";
import { type ResumePoint, refuseOtherRun, rewind, warnAboutDifferences } from "./resume.ts";

/** A prepared run with its trainer and its folder. */
export interface Session extends TrainingSetup {
  readonly folder: RunFolder;
  /** Random name of the run, which its checkpoints carry. */
  readonly runName: string;
  /**
   * Keeps other processes from writing to the folder. Of processes that work together, only the first writes and has
   * it.
   */
  readonly lock: FolderLock | undefined;
  /** The child before training, from which the KL divergence is measured. */
  readonly reference: LanguageModel;
  readonly trainer: PpoTrainer;
  readonly cursor: PromptCursor;
  /** Dialogues of the next-token loss; undefined when `ptxCoef` is 0. */
  readonly ptx: PtxDialogues | undefined;
  /** Keeps the length of turns; undefined without `targetWords`. */
  readonly lengthPenalty: LengthPenalty | undefined;
  /** Evaluation during training; undefined without `evalInterval`. */
  readonly heldOut: HeldOutEvaluation | undefined;
  /** Number of steps done before this invocation. */
  readonly done: number;
  /** Samples left out, by reason, and dialogues that replaced them, over the whole run. */
  readonly counts: { dropped: Record<string, number>; retries: number };
}

function writeConfig(folder: RunFolder, config: TrainConfig): void {
  writeFileAtomic(folder.config, formatJson(storedTrainConfig(config)));
}

async function createRunFolder(setup: TrainingSetup, folder: RunFolder): Promise<void> {
  for (const file of [folder.log, folder.logArray, folder.samples]) rmSync(file, { force: true });
  await writeFolderAtomic(folder.reference, (partial) => setup.exchange.child.model.save(partial));
  await setup.saveReward(folder);
  writeConfig(folder, setup.config);
  const fixed = [folder.reference, folder.spaces, folder.calibration, folder.scorePreset];
  await writeManifest(
    folder.root,
    { run: randomUUID() },
    fixed.map((file) => path.relative(folder.root, file)),
  );
}

/** Returns the source of the dialogues for PPO-ptx; undefined when the run does not use it. */
export function ptxDialogues({ config, prompts, exchange }: TrainingSetup): PtxDialogues | undefined {
  if (config.ptxCoef === 0) return undefined;
  const { model, tokenizer } = exchange.child;
  const settings = { seed: config.seed, limit: model.config.maxPositions };
  return new PtxDialogues(prompts, tokenizer, settings);
}

/** Returns the options of the PPO trainer: those of the run, and those that are derived from the run. */
export function ppoOptions(config: TrainConfig, totalSteps: number, device: string): PpoOptions {
  const { seed } = config;
  return {
    ...selectValues(PPO_RUN_OPTIONS, { ...config }),
    seed,
    totalSteps,
    autocastBf16: trainsUnderAutocast(device),
  };
}

/** What a session is opened with. */
interface Opening {
  readonly setup: TrainingSetup;
  readonly folder: RunFolder;
  readonly log: Logger;
  /** Where the run is resumed; undefined for a new run. */
  readonly point: ResumePoint | undefined;
}

/** Creates the run's folder, or takes it back to the step from which the run is resumed. */
async function prepareFolder({ setup, folder, log, point }: Opening): Promise<void> {
  const { config, prompts, provenance } = setup;
  if (!point) {
    // Another process can have written a run here while this one loaded its models.
    if (listCheckpoints(folder.root).length > 0) refuseOtherRun(folder.root);
    await createRunFolder(setup, folder);
    return;
  }
  checkPosition(point.state, point.directory, prompts.length);
  warnAboutDifferences(provenance, point, log);
  rewind(point, log);
  writeConfig(folder, config);
}

/** Loads the reference, and creates the trainer with the state of the step from which the run is resumed. */
async function createTrainer(
  { setup, folder, point }: Opening,
  totalSteps: number,
  keep: Keep,
): Promise<Pick<Session, "reference" | "trainer">> {
  const { config, device, exchange, group } = setup;
  // A new run also reads the reference from its folder, so that the weights lie in memory with the same alignment as in
  // a resumed run.
  const load = { device, tokenIds: exchange.child.tokenizer.ids };
  const reference = keep(await LanguageModel.load(folder.reference, load));
  const { padId: padTokenId } = exchange.childIds;
  const options = { ...ppoOptions(config, totalSteps, device), padTokenId, reference };
  const trainer = keep(await PpoTrainer.create(exchange.child.model, options, group));
  if (point) await trainer.loadState(stateFolder(point.directory));
  return { reference, trainer };
}

/** Creates what a session counts and measures, or restores it as it was at the step from which the run is resumed. */
async function restoreProgress(
  { setup, folder, log, point }: Opening,
  reference: LanguageModel,
): Promise<Pick<Session, "runName" | "cursor" | "ptx" | "lengthPenalty" | "heldOut" | "counts" | "done">> {
  const { config, prompts } = setup;
  const { targetWords } = config;
  return {
    // A run that an older version began has no name; its checkpoints from now on have an empty one.
    runName: readManifest(folder.root)?.run ?? "",
    cursor: new PromptCursor(prompts, config.seed, point?.state.cursor),
    ptx: ptxDialogues(setup),
    lengthPenalty:
      targetWords === undefined ? undefined : new LengthPenalty(targetWords, point?.state.lengthCoef),
    heldOut: await HeldOutEvaluation.create({ ...setup, reference, log }),
    counts: { dropped: { ...point?.state.dropped }, retries: point?.state.retries ?? 0 },
    done: point?.step ?? 0,
  };
}

/**
 * Creates the run's folder, or takes it back to the step from which the run is resumed, and creates the trainer.
 *
 * @param totalSteps number of steps of the run, at which learning-rate schedules end
 * @param point where the run is resumed; undefined for a new run
 * @throws DialoguePpoError ERR_CONFIG when another process writes to the folder, or has written a run into it
 */
export async function openSession(
  setup: TrainingSetup,
  totalSteps: number,
  log: Logger,
  point?: ResumePoint,
): Promise<Session> {
  const folder = runFolder(point?.root ?? path.resolve(setup.config.outputDir));
  const opening = { setup, folder, log, point };
  const lock = setup.group.isFirst ? lockFolder(folder.root) : undefined;
  try {
    await setup.group.fromFirst(() => prepareFolder(opening));
    return await disposeOnError(async (keep) => {
      const { reference, trainer } = await createTrainer(opening, totalSteps, keep);
      const progress = await restoreProgress(opening, reference);
      return { ...setup, ...progress, folder, lock, reference, trainer };
    });
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/** Unlocks the folder, and frees models and trainer. */
export async function closeSession({
  trainer,
  reference,
  exchange: { child, teacher },
  lock,
}: Pick<Session, "trainer" | "reference" | "exchange" | "lock">): Promise<void> {
  try {
    lock?.release();
  } finally {
    await disposeAll([trainer, reference, child.model, teacher?.model]);
  }
}
