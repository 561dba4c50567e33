import path from "node:path";
import type { PhaseProgress } from "../call.ts";
import type { List } from "../data/list.ts";
import { describeSeen, type SeenDialogues, type SeenSource } from "../data/seen.ts";
import { loadTrainingData, logDataWarnings, type TrainingData } from "../data/training-data.ts";
import { Exchange, type Participant } from "../dialogue/exchange.ts";
import type { Prompt } from "../dialogue/prompt.ts";
import { disposeAll, disposeOnError } from "../dispose.ts";
import { formatCount } from "../format.ts";
import type { Group } from "../group/group.ts";
import { hashFile } from "../hash.ts";
import type { Logger } from "../log.ts";
import { trainsUnderAutocast } from "../model/autocast.ts";
import { engineInfo, softwareVersions } from "../model/engine.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { starterDialogues } from "../package.ts";
import { FunctionReward } from "../reward/function-reward.ts";
import { resolvePreset } from "../reward/presets.ts";
import type { Reward, RewardFunction } from "../reward/reward.ts";
import { checkRewardName } from "../reward/reward-output.ts";
import { TaacoReward } from "../reward/taaco-reward.ts";
import { type RunFolder, runFolder } from "../run/folder.ts";
import type { TrainingInfo } from "../run/training-info.ts";
import {
  findModel,
  hashModel,
  hashTokenizer,
  loadParticipant,
  type ModelCall,
  type ModelFolders,
  openEngine,
} from "./models.ts";
import { checkBatch, logPromptCounts, preparePrompts } from "./prompts.ts";
import { prepareScoring, restoreScoring, saveScoring } from "./scoring.ts";
import type { ScoringInput } from "./scoring-input.ts";
import { findSeen, listArtifacts, readSeen, warnAboutSeen } from "./seen.ts";

/** Data, models, versions and settings on which the numbers of a run depend. Every checkpoint records them. */
export type Provenance = Pick<
  TrainingInfo,
  "dataHash" | "modelHashes" | "tokenizerHashes" | "versions" | "seed" | "threads"
>;

/** Data, models, prompts and reward of a run, loaded and checked. */
export interface TrainingSetup {
  /** The processes that share the work of the run. */
  readonly group: Group;
  readonly config: TrainConfig;
  readonly data: TrainingData;
  readonly device: string;
  /** Holds the child and the teacher. */
  readonly exchange: Exchange;
  /** Prompts to train on, which fit the child's positions. */
  readonly prompts: List<Prompt>;
  readonly reward: Reward;
  /** Saves in the run's folder what a resumed run needs for the same rewards. A custom reward saves nothing. */
  readonly saveReward: (folder: RunFolder) => Promise<void>;
  readonly provenance: Provenance;
  /**
   * Returns what the child has seen when it is trained: the training dialogues, and what it had seen before. The first
   * call reads all dialogues.
   */
  readonly seen: () => Promise<SeenDialogues>;
}

/** The run to resume. */
export interface ResumedRun {
  /** Folder of the run. */
  readonly root: string;
  /** Folder of the checkpoint's child. */
  readonly child: string;
  /** Checks that data and models are those of the run; throws otherwise. */
  readonly checkProvenance: (provenance: Provenance) => void;
}

/** Reward, log, signal and callback of the preparation of a run. */
export interface SetupCall extends ModelCall {
  readonly group: Group;
  /** Replaces the TAACO reward. Neither spaces nor a calibration are then loaded. */
  readonly reward?: Reward | RewardFunction | undefined;
  readonly resumed?: ResumedRun | undefined;
  /** Called while spaces are learned and the calibration is measured. */
  readonly onPrepare?: PhaseProgress | undefined;
}

async function loadData(config: TrainConfig, log: Logger): Promise<TrainingData> {
  const data = await loadTrainingData(config);
  const { file, train } = data;
  log.info(
    `data: ${config.data ?? "the starter dialogues"}, ${formatCount(train.length, "dialogue")} to train on`,
  );
  logDataWarnings(data, log);
  checkBatch(file, train.length, "dialogue", config.batchSize);
  return data;
}

async function describeProvenance(
  config: TrainConfig,
  data: TrainingData,
  folders: { child: ModelFolders; teacher: ModelFolders },
): Promise<Provenance> {
  const { threads } = engineInfo();
  return {
    dataHash: await hashFile(data.file),
    modelHashes: {
      child: await hashModel(folders.child.model),
      teacher: await hashModel(folders.teacher.model),
    },
    tokenizerHashes: {
      child: await hashTokenizer(folders.child.tokenizer),
      teacher: await hashTokenizer(folders.teacher.tokenizer),
    },
    versions: softwareVersions(),
    seed: config.seed,
    threads: config.threads ?? threads,
  };
}

/** Warns of held-out dialogues that the models, spaces or a calibration have seen. */
async function warnAboutLeaks(
  config: TrainConfig,
  { evaluation }: TrainingData,
  { child, teacher }: { child: ModelFolders; teacher: ModelFolders },
  { dataHash, log, signal }: Pick<SetupCall, "log" | "signal"> & Pick<Provenance, "dataHash">,
): Promise<void> {
  if (evaluation.length === 0) return;
  const artifacts = listArtifacts([child.model], teacher.model, config);
  const all = formatCount(evaluation.length, "held-out dialogue");
  warnAboutSeen(await findSeen(evaluation, dataHash, artifacts, signal), all, log);
}

/** Returns a function that describes the training dialogues when it is first called. Only a checkpoint needs this. */
function describeOnce(
  { train }: TrainingData,
  source: Omit<SeenSource, "dialogues">,
  before: SeenDialogues | undefined,
): TrainingSetup["seen"] {
  let described: Promise<SeenDialogues> | undefined;
  return () => {
    described ??= describeSeen(train, source, { before });
    return described;
  };
}

function warnAboutTeacher({ teacher }: TrainConfig, { file }: TrainingData, log: Logger): void {
  if (teacher !== undefined || path.resolve(file) === starterDialogues) return;
  log.warn(
    "the starter teacher has learned from the starter dialogues alone, so its turns for other dialogues are poor: " +
      "pass --teacher, or train a teacher with pretrain --chat",
  );
}

function warnAboutFiltering(config: TrainConfig, log: Logger): void {
  const { childTemperature, childTopK, childTopP } = config;
  if (childTemperature === 1 && childTopK === 0 && childTopP === 1) return;
  log.warn(
    "the child's sampling is not pure (temperature 1, top-k 0, top-p 1): PPO's ratios and KL assume that it is",
  );
}

/**
 * Prepares the reward: a custom reward, the reward with which a resumed run began, or the TAACO reward for a new run.
 */
async function prepareReward(
  input: ScoringInput,
  { reward, resumed }: Pick<SetupCall, "reward" | "resumed">,
): Promise<Pick<TrainingSetup, "reward" | "saveReward">> {
  if (reward !== undefined) {
    const custom = typeof reward === "function" ? new FunctionReward(reward) : reward;
    return { reward: custom, saveReward: async () => {} };
  }
  const scoring = await (resumed ? restoreScoring(input, runFolder(resumed.root)) : prepareScoring(input));
  return {
    reward: new TaacoReward(scoring.scorer),
    saveReward: (folder) => saveScoring(scoring, folder),
  };
}

/**
 * Loads and checks everything that a run needs: data, models, tokenizers, prompts and reward. It writes nothing but
 * caches.
 * @throws DialoguePpoError naming the problem with data, models or options
 */
export async function prepareTraining(config: TrainConfig, call: SetupCall): Promise<TrainingSetup> {
  const { log, resumed, group } = call;
  // A wrong preset or reward must be refused before models are downloaded and loaded.
  if (call.reward === undefined && !resumed) resolvePreset(config.scorePreset);
  if (typeof call.reward === "object") checkRewardName(call.reward);
  const data = await loadData(config, log);
  const device = await openEngine(config, group);
  // What the first process downloads, the others find.
  const folders = await group.firstThenOthers(async () => ({
    child: await findModel("child", config, call),
    teacher: await findModel("teacher", config, call),
  }));
  const childFolders = resumed ? { ...folders.child, model: resumed.child } : folders.child;
  return disposeOnError(async (keep) => {
    const training = { trainable: true, valueHead: true, seed: config.seed };
    const child = await loadParticipant("child", childFolders, config, device, training);
    keep(child.model);
    const teacher = await loadParticipant("teacher", folders.teacher, config, device);
    keep(teacher.model);
    return completeSetup(config, call, { data, device, folders, child, teacher });
  });
}

interface LoadedParts {
  readonly data: TrainingData;
  readonly device: string;
  readonly folders: { readonly child: ModelFolders; readonly teacher: ModelFolders };
  readonly child: Participant;
  readonly teacher: Participant;
}

/** Checks that data and models fit together, and prepares the prompts and the reward. */
async function completeSetup(
  config: TrainConfig,
  call: SetupCall,
  { data, device, folders, child, teacher }: LoadedParts,
): Promise<TrainingSetup> {
  const { log, signal, resumed, group, onPrepare } = call;
  const provenance = await describeProvenance(config, data, folders);
  log.info(`device: ${device}, ${formatCount(provenance.threads, "thread")}`);
  resumed?.checkProvenance(provenance);
  const { modelHashes, tokenizerHashes, dataHash, versions } = provenance;
  await group.requireSame(
    { ...config, libtorch: versions.libtorch },
    {
      data: dataHash,
      ...modelHashes,
      "child's tokenizer": tokenizerHashes?.child,
      "teacher's tokenizer": tokenizerHashes?.teacher,
    },
  );
  await warnAboutLeaks(config, data, folders, { ...call, ...provenance });
  const { maxNewTokens, teacherSamples } = config;
  const exchange = new Exchange(child, teacher, {
    maxNewTokens,
    teacherSamples,
    autocastBf16: trainsUnderAutocast(device),
    log,
  });
  warnAboutTeacher(config, data, log);
  warnAboutFiltering(config, log);
  const { maxPositions } = child.model.config;
  const prepared = await preparePrompts(data.train, config, child.tokenizer, maxPositions, signal);
  logPromptCounts(prepared, log);
  const { prompts } = prepared;
  checkBatch(data.file, prompts.length, "prompt", config.batchSize);
  const input = { config, dialogues: data.train, prompts, log, signal, onProgress: onPrepare };
  const reward = await group.firstThenOthers(() => prepareReward(input, call));
  // A damaged record must be refused now, not at the first checkpoint.
  const before = readSeen(folders.child.model);
  const seen = describeOnce(data, { ...config, sha256: provenance.dataHash }, before);
  return { group, config, data, device, exchange, prompts, ...reward, provenance, seen };
}

/** Frees the models. */
export const disposeParticipants = ({ child, teacher }: Exchange): Promise<void> =>
  disposeAll([child.model, teacher?.model]);
