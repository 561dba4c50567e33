import { hashFile } from "../data/load.ts";
import { Exchange } from "../dialogue/exchange.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import type { DownloadProgress } from "../hub/download.ts";
import type { Logger } from "../log.ts";
import { engineInfo } from "../model/engine.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { packageVersion } from "../package.ts";
import { presetOf } from "../reward/presets.ts";
import { childFolder, runFolder, type TrainingInfo } from "../run/folder.ts";
import { type TrainingData, trainingData } from "./data.ts";
import { findModels, hashModel, type LoadedModels, loadModels, type ModelFolders } from "./models.ts";
import { type PreparedPrompts, preparePrompts, tellPrompts } from "./prompts.ts";
import { checkFacts, type ResumePoint } from "./resume.ts";
import { makeScoring, restoreScoring, type Scoring } from "./scoring.ts";

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
 * Loads and checks all that a run needs: data, models, tokenizers, prompts, scorer. Writes nothing but caches.
 *
 * @param point where a resumed run goes on
 * @throws DialoguePpoError naming what is wrong with data, models or options
 */
export async function openWorkshop(
  config: TrainConfig,
  log: Logger,
  options: {
    point?: ResumePoint | undefined;
    signal?: AbortSignal | undefined;
    onDownload?: DownloadProgress | undefined;
  } = {},
): Promise<Workshop> {
  const { point, signal } = options;
  // Read before models are fetched and loaded for nothing; a resumed run has its own copy.
  const preset = point ? undefined : presetOf(config.scorePreset);
  const data = await trainingData(config);
  log.info(
    `data: ${config.data ?? "the starter dialogues"}, ${formatCount(data.train.length, "dialogue")} to train on`,
  );
  for (const doubt of data.doubts) log.warn(`${data.file}: ${doubt}`);
  if (data.train.length < config.batchSize) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `${data.file} leaves ${formatCount(data.train.length, "dialogue")} for training; expected at least a batch of ${config.batchSize}`,
    );
  }
  const folders = await findModels(config, log, options);
  const models = await loadModels(folders, point ? childFolder(point.directory) : folders.child, config);
  const facts = await factsOf(config, data, folders);
  log.info(`device: ${models.device}, ${formatCount(facts.threads, "thread")}`);
  if (point) checkFacts(facts, point);
  const exchange = exchangeOf(models, config);
  warnOfFiltering(config, log);
  const prompts = preparePrompts(data.train, config, models.childTokenizer, models.child.config.maxPositions);
  tellPrompts(prompts, log);
  const material = { config, dialogues: data.train, prompts: prompts.prompts, log, signal };
  const scoring = point
    ? await restoreScoring(material, runFolder(point.root))
    : await makeScoring(material, preset);
  return { config, data, models, prompts, exchange, scoring, facts };
}
