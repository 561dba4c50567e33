import { dialoguesHash } from "../data/seen.ts";
import { loadTrainingData, type TrainingData } from "../data/training-data.ts";
import type { Participant } from "../dialogue/exchange.ts";
import { disposeOnError } from "../dispose.ts";
import { formatCount } from "../format.ts";
import type { Group } from "../group/group.ts";
import { softwareVersions } from "../model/engine.ts";
import type { TrainConfig } from "../options/train-config.ts";
import type { PreparedContext } from "../reward/measure.ts";
import { resolvePreset } from "../reward/presets.ts";
import { requireIntactCheckpoint } from "../run/checkpoint-integrity.ts";
import type { EvaluationRecord } from "../run/evaluation.ts";
import { childFolder, runFolder } from "../run/folder.ts";
import { loadWhileVerifying } from "../run/integrity.ts";
import type { Role } from "../sample.ts";
import {
  findModel,
  loadParticipant,
  type ModelCall,
  type ModelFolders,
  openEngine,
} from "../setup/models.ts";
import { logPromptCounts, preparePrompts } from "../setup/prompts.ts";
import { hasOwnReward, prepareScoring, restoreScoring, type Scoring } from "../setup/scoring.ts";
import { taacoOptions } from "../setup/scoring-input.ts";
import { findSeen, listArtifacts, recordWhatTheySaw, warnAboutSeen } from "../setup/seen.ts";
import { Taaco } from "../taaco/taaco.ts";
import type { EvaluateChildrenOptions } from "./children.ts";
import { type Compared, type EvaluationData, loadEvaluationData } from "./held-out.ts";
import type { MeasureOptions } from "./measured-turn.ts";

/** Models, data and scorer of an evaluation. */
export interface EvaluationSetup {
  readonly options: Pick<
    EvaluateChildrenOptions<PreparedContext>,
    | "before"
    | "after"
    | "teacher"
    | "prompts"
    | "scorer"
    | "indexer"
    | "sharedContext"
    | "scoredText"
    | "exchange"
    | "seed"
  >;
  /** What has seen dialogues of the evaluation before, and how many. */
  readonly seen: NonNullable<EvaluationRecord["seen"]>;
  /** For the record: where models and data come from, and how turns are generated and scored. */
  readonly setting: Readonly<Record<string, unknown>>;
}

/** Log, signal and callback of the preparation, and the processes that share the evaluation. */
type EvaluationCall = ModelCall & { readonly group: Group };

interface Children {
  readonly before: Participant;
  readonly after: Participant;
  /** Names of the two children in the record. */
  readonly names: { readonly before: string; readonly after: string };
}

async function loadChildren(
  compared: Compared,
  config: TrainConfig,
  load: (folders: ModelFolders) => Promise<Participant>,
  call: EvaluationCall,
): Promise<Children> {
  if ("run" in compared) {
    const { run } = compared;
    const folder = childFolder(run.directory);
    const use = { part: "child", verify: compared.verify, signal: call.signal } as const;
    const verify = await requireIntactCheckpoint(run.root, run, use);
    call.log.info(`child: step ${run.step} of ${run.root}, against itself before the first step`);
    // A run stores only the weights of the reference. Training does not change the tokenizer.
    const reference = { model: runFolder(run.root).reference, tokenizer: folder };
    return loadWhileVerifying(verify, async () => ({
      before: await load(reference),
      after: await load({ model: folder, tokenizer: folder }),
      names: { before: "before the first step", after: `step ${run.step}` },
    }));
  }
  // What the first process downloads, the others find.
  const { childTokenizer: _, ...rest } = config;
  const find = (child: string, childTokenizer: string | undefined): Promise<ModelFolders> => {
    const named = { ...rest, child, ...(childTokenizer !== undefined && { childTokenizer }) };
    return call.group.firstThenOthers(() => findModel("child", named, call));
  };
  const { before, after, tokenizers } = compared;
  return {
    before: await load(await find(before, tokenizers.before)),
    after: await load(await find(after, tokenizers.after)),
    names: { before, after },
  };
}

/** Returns the folders of the children that could have seen the dialogues that are evaluated on. */
const trainedFolders = (compared: Compared): string[] =>
  "run" in compared ? [childFolder(compared.run.directory)] : [compared.before, compared.after];

/**
 * Restores the scorer of a run. For models without a run, and for a run with a custom reward, which stores no scorer,
 * prepares one as `train` does. The calibration never uses the dialogues that are evaluated on.
 */
async function loadScoring(
  compared: Compared,
  config: TrainConfig,
  data: TrainingData,
  { after, positions, log, signal }: ModelCall & { after: Participant; positions: number },
): Promise<Scoring> {
  const folder = "run" in compared ? runFolder(compared.run.root) : undefined;
  if (folder && !hasOwnReward(folder)) return restoreScoring({ config, log }, folder);
  let { train } = data;
  if (data.evaluation.length === 0) {
    const isMeasured = config.calibration === undefined && !resolvePreset(config.scorePreset).raw;
    if (isMeasured) {
      log.info(
        "scores are calibrated on the starter dialogues, since no part of the data is set aside for it",
      );
    }
    const { data: _, ...rest } = config;
    train = (await loadTrainingData({ ...rest, textColumn: "text" })).train;
  }
  const { prompts } = await preparePrompts(train, config, after.tokenizer, positions, signal);
  return prepareScoring({ config, dialogues: train, prompts, log, signal });
}

/**
 * Returns the analyser of the indices. It is that of the scorer, so that a dialogue is analysed once for both. The
 * scorer of an experiment preset analyses in another mode and with speaker labels as words, so the indices need another
 * analyser.
 */
async function prepareIndexer(
  { taaco, spaces }: Scoring,
  config: TrainConfig,
): Promise<Pick<MeasureOptions<PreparedContext>, "indexer" | "sharedContext">> {
  if (taaco.mode === config.indexMode) {
    return { indexer: taaco, sharedContext: ({ paragraphs }) => paragraphs };
  }
  return { indexer: await Taaco.create({ ...taacoOptions(config), spaces }) };
}

/**
 * Loads models and data and prepares the scorer.
 * @throws DialoguePpoError naming the problem with data, models or options
 */
export async function prepareEvaluation(
  compared: Compared,
  config: TrainConfig,
  call: EvaluationCall,
): Promise<EvaluationSetup> {
  const { log, group } = call;
  const data = await loadEvaluationData(compared, config, log);
  const device = await openEngine(config, group);
  await group.requireSame(config, { data: data.dataHash });
  return disposeOnError(async (keep) => {
    const load = async (role: Role, folders: ModelFolders): Promise<Participant> => {
      const participant = await loadParticipant(role, folders, config, device);
      keep(participant.model);
      return participant;
    };
    const children = await loadChildren(compared, config, (folders) => load("child", folders), call);
    const teacherFolders = await group.firstThenOthers(() => findModel("teacher", config, call));
    const teacher = await load("teacher", teacherFolders);
    const parts = { data, device, children, teacher, teacherFolder: teacherFolders.model };
    return completeEvaluation(compared, config, call, parts);
  });
}

interface LoadedParts {
  readonly data: EvaluationData;
  readonly device: string;
  readonly children: Children;
  readonly teacher: Participant;
  readonly teacherFolder: string;
}

/** Prepares prompts and scorer, and finds out what has seen the dialogues before. */
async function completeEvaluation(
  compared: Compared,
  config: TrainConfig,
  call: EvaluationCall,
  { data, device, children, teacher, teacherFolder }: LoadedParts,
): Promise<EvaluationSetup> {
  const { log, group } = call;
  const { before, after, names } = children;
  const positions = Math.min(before.model.config.maxPositions, after.model.config.maxPositions);
  const prepared = await preparePrompts(data.heldOut, config, after.tokenizer, positions, call.signal);
  logPromptCounts(prepared, log);
  const scoring = await group.firstThenOthers(() =>
    loadScoring(compared, config, data, { after, positions, ...call }),
  );
  const { scorer } = scoring;
  const trained = trainedFolders(compared);
  const artifacts = listArtifacts(trained, teacherFolder, config);
  const seen = await findSeen(data.heldOut, data.dataHash, artifacts, call.signal);
  warnAboutSeen(seen, formatCount(data.heldOut.length, data.unseen ? "held-out dialogue" : "dialogue"), log);
  const { maxNewTokens, teacherSamples, seed, scoredText, scorePreset, indexMode } = config;
  return {
    options: {
      before,
      after,
      teacher,
      prompts: [...prepared.prompts],
      scorer,
      ...(await prepareIndexer(scoring, config)),
      scoredText: scorer.preset.scope === "turn" ? "dialogue" : scoredText,
      exchange: { maxNewTokens, teacherSamples, log },
      seed,
    },
    seen: seen.map(({ what, place, dialogues }) => ({ by: `the ${what} (${place})`, count: dialogues })),
    setting: {
      ...names,
      teacher: config.teacher ?? "starter",
      data: config.data ?? "the starter dialogues",
      device,
      scorePreset,
      ...("run" in compared && hasOwnReward(runFolder(compared.run.root)) && { ownReward: true }),
      indexMode,
      scoredText,
      maxNewTokens,
      seed,
      unseen: seen.length === 0 && (data.unseen || recordWhatTheySaw(trained)),
      dataHash: data.dataHash,
      dialoguesHash: dialoguesHash(data.heldOut),
      versions: softwareVersions(),
      heldOut: `${data.heldOut.length} of ${data.train.length + data.evaluation.length} dialogues`,
    },
  };
}
