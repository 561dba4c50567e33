import { accessSync, constants, existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { hashFile } from "../data/load.ts";
import { Exchange } from "../dialogue/exchange.ts";
import { DialoguePpoError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { engineInfo } from "../model/engine.ts";
import { LanguageModel } from "../model/language-model.ts";
import { type PpoOptions, PpoTrainer } from "../model/ppo-trainer.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { publishFolder, writeFileAtomic } from "../run/atomic.ts";
import { childFolder, type RunFolder, runFolder, stateFolder, type TrainingInfo } from "../run/folder.ts";
import { packageVersion } from "../track/version.ts";
import { lastingConfig } from "./checkpoint.ts";
import { PromptCursor } from "./cursor.ts";
import { type TrainingData, trainingData } from "./data.ts";
import { findModels, hashModel, type LoadedModels, loadModels, type ModelFolders } from "./models.ts";
import { type PreparedPrompts, preparePrompts, tellPrompts } from "./prompts.ts";
import { checkFacts, type ResumePoint, rewind, warnOfDifferences } from "./resume.ts";
import { makeScoring, restoreScoring, type Scoring, storeScoring } from "./scoring.ts";

/** What identifies a run's surroundings; written with every checkpoint. */
export type Facts = Pick<TrainingInfo, "dataHash" | "modelHashes" | "versions" | "seed" | "threads">;

/** Everything one invocation works with, loaded and checked, before anything is written. */
export interface Workshop {
  readonly config: TrainConfig;
  readonly data: TrainingData;
  readonly models: LoadedModels;
  readonly prompts: PreparedPrompts;
  readonly exchange: Exchange;
  readonly scoring: Scoring;
  readonly facts: Facts;
}

/** A workshop with its trainer and its place on disk. */
export interface Session extends Workshop {
  readonly folder: RunFolder;
  readonly reference: LanguageModel;
  readonly trainer: PpoTrainer;
  readonly cursor: PromptCursor;
  /** Steps that were done before this invocation. */
  readonly done: number;
  /** Counts over the whole run. */
  readonly tally: { dropped: Record<string, number>; retries: number };
}

async function factsOf(config: TrainConfig, data: TrainingData, folders: ModelFolders): Promise<Facts> {
  const { libtorch, threads } = engineInfo();
  return {
    dataHash: await hashFile(data.file),
    modelHashes: { child: await hashModel(folders.child), teacher: await hashModel(folders.teacher) },
    versions: { "dialogue-ppo": packageVersion(), libtorch, node: process.versions.node },
    seed: config.seed,
    threads: config.threads ?? threads,
  };
}

function exchangeOf(models: LoadedModels, config: TrainConfig): Exchange {
  const sampling = (who: "child" | "teacher") => ({
    temperature: config[`${who}Temperature`],
    topK: config[`${who}TopK`],
    topP: config[`${who}TopP`],
  });
  const ids = (who: "child" | "teacher") => ({
    endId: config[`${who}EosTokenId`],
    padId: config[`${who}PadTokenId`],
  });
  const { child, childTokenizer, teacher, teacherTokenizer } = models;
  return new Exchange(
    { model: child, tokenizer: childTokenizer, sampling: sampling("child"), ids: ids("child") },
    { model: teacher, tokenizer: teacherTokenizer, sampling: sampling("teacher"), ids: ids("teacher") },
    { maxNewTokens: config.maxNewTokens, teacherSamples: config.teacherSamples },
  );
}

function warnOfFiltering(config: TrainConfig, log: Logger): void {
  const { childTemperature, childTopK, childTopP } = config;
  if (childTemperature === 1 && childTopK === 0 && childTopP === 1) return;
  log.warn(
    "the child's sampling is not pure (temperature 1, top-k 0, top-p 1): PPO's ratios and KL assume that it is",
  );
}

/**
 * Loads and checks all that a run needs: data, models, tokenizers, prompts, scorer. Writes nothing.
 *
 * @param point where a resumed run goes on
 * @throws DialoguePpoError naming what is wrong with data, models or options
 */
export async function openWorkshop(
  config: TrainConfig,
  log: Logger,
  options: { point?: ResumePoint | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Workshop> {
  const { point, signal } = options;
  const data = await trainingData(config);
  log.info(`data: ${config.data ?? "the starter dialogues"}, ${data.train.length} dialogues to train on`);
  if (data.train.length < config.batchSize) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `${data.file} leaves ${data.train.length} dialogues for training; expected at least a batch of ${config.batchSize}`,
    );
  }
  const folders = await findModels(config, log, signal);
  const models = await loadModels(folders, point ? childFolder(point.directory) : folders.child, config);
  const facts = await factsOf(config, data, folders);
  log.info(`device: ${models.device}, ${facts.threads} threads`);
  if (point) checkFacts(facts, point);
  const exchange = exchangeOf(models, config);
  warnOfFiltering(config, log);
  const prompts = preparePrompts(data.train, config, models.childTokenizer, models.child.config.maxPositions);
  tellPrompts(prompts, log);
  const material = { config, dialogues: data.train, prompts: prompts.prompts, log, signal };
  const scoring = point ? await restoreScoring(config, runFolder(point.root)) : await makeScoring(material);
  return { config, data, models, prompts, exchange, scoring, facts };
}

/** @throws DialoguePpoError ERR_CONFIG when the folder could not be written to; tried before anything is */
export function checkWritable(directory: string): void {
  let existing = path.resolve(directory);
  while (!existsSync(existing)) existing = path.dirname(existing);
  try {
    accessSync(existing, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${directory} cannot be written to (${existing} is not writable)`,
      {
        cause,
      },
    );
  }
}

async function layOut(workshop: Workshop, folder: RunFolder): Promise<void> {
  mkdirSync(folder.root, { recursive: true });
  for (const file of [folder.log, folder.logArray, folder.samples]) rmSync(file, { force: true });
  const partial = `${folder.reference}.partial`;
  rmSync(partial, { recursive: true, force: true });
  await workshop.models.child.save(partial);
  publishFolder(partial, folder.reference);
  await storeScoring(workshop.scoring, folder);
  writeFileAtomic(folder.config, `${JSON.stringify(lastingConfig(workshop.config), null, 2)}\n`);
}

/** The trainer's options: those of the run that have the same name in both. */
export function ppoOptions(config: TrainConfig, totalSteps: number, device: string): PpoOptions {
  const names = [
    "learningRate adapKlCtrl initKlCoef klPenalty target horizon gamma lam cliprange cliprangeValue vfCoef",
    "batchSize miniBatchSize gradientAccumulationSteps ppoEpochs maxGradNorm earlyStopping targetKl",
    "ratioThreshold useScoreScaling useScoreNorm scoreClip whitenRewards seed optimizer weightDecay lrSchedule",
    "trlParity",
  ].flatMap((line) => line.split(" ")) as (keyof TrainConfig & keyof PpoOptions)[];
  const chosen = Object.fromEntries(
    names.filter((name) => config[name] !== undefined).map((name) => [name, config[name]]),
  );
  return { ...chosen, totalSteps, autocastBf16: device !== "cpu" };
}

/**
 * Makes the run's folder, or takes it back to the resumed step, and builds the trainer.
 * @param totalSteps of the run; learning-rate schedules end there
 */
export async function openSession(
  workshop: Workshop,
  totalSteps: number,
  log: Logger,
  point?: ResumePoint,
): Promise<Session> {
  const { config, models, prompts } = workshop;
  const folder = runFolder(point?.root ?? path.resolve(config.outputDir));
  if (point) {
    warnOfDifferences(workshop.facts, point, log);
    rewind(point, log);
    writeFileAtomic(folder.config, `${JSON.stringify(lastingConfig(config), null, 2)}\n`);
  } else {
    await layOut(workshop, folder);
  }
  // Read from the run's folder in a first and in a resumed invocation alike: the same bytes on the same alignment.
  const reference = await LanguageModel.load(folder.reference, { device: models.device });
  const { padId: padTokenId } = workshop.exchange.childIds;
  const trainer = await PpoTrainer.create(models.child, {
    ...ppoOptions(config, totalSteps, models.device),
    padTokenId,
    reference,
  });
  if (point) await trainer.loadState(stateFolder(point.directory));
  const cursor = new PromptCursor(prompts.prompts, config.seed, point?.state.cursor);
  const tally = { dropped: { ...point?.state.dropped }, retries: point?.state.retries ?? 0 };
  return { ...workshop, folder, reference, trainer, cursor, tally, done: point?.step ?? 0 };
}

/** Frees models and trainer. */
export async function closeSession(
  session: Pick<Session, "trainer" | "reference" | "models">,
): Promise<void> {
  await session.trainer.dispose();
  await session.reference.dispose();
  await session.models.child.dispose();
  await session.models.teacher.dispose();
}
