import { existsSync } from "node:fs";
import { loadTrainingData, type TrainingData } from "../data/training-data.ts";
import type { Participant } from "../dialogue/exchange.ts";
import { disposeOnError } from "../dispose.ts";
import type { Group } from "../group/group.ts";
import { engineInfo } from "../model/engine.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { packageVersion } from "../package.ts";
import type { PreparedContext } from "../reward/measure.ts";
import { requireIntactCheckpoint } from "../run/checkpoint-integrity.ts";
import type { EvaluationRecord } from "../run/evaluation.ts";
import { childFolder, runFolder } from "../run/folder.ts";
import { loadWhileVerifying } from "../run/integrity.ts";
import { findModel, loadParticipant, type ModelCall, openEngine } from "../setup/models.ts";
import { logPromptCounts, preparePrompts } from "../setup/prompts.ts";
import { prepareScoring, restoreScoring, type Scoring } from "../setup/scoring.ts";
import { taacoOptions } from "../setup/scoring-input.ts";
import { findSeen, listArtifacts, warnAboutSeen } from "../setup/seen.ts";
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
  device: string,
  call: EvaluationCall,
): Promise<Children> {
  if ("run" in compared) {
    const { run, verify: compares } = compared;
    const folder = childFolder(run.directory);
    const use = { part: "child", verify: compares, signal: call.signal } as const;
    const verify = await requireIntactCheckpoint(run.root, run, use);
    call.log.info(`child: step ${run.step} of ${run.root}, against itself before the first step`);
    // A run stores only the weights of the reference. Training does not change the tokenizer.
    const reference = { model: runFolder(run.root).reference, tokenizer: folder };
    const children = await loadWhileVerifying(verify, () =>
      loadBoth(
        () => loadParticipant("child", reference, config, device),
        () => loadParticipant("child", { model: folder, tokenizer: folder }, config, device),
      ),
    );
    return { ...children, names: { before: "before the first step", after: `step ${run.step}` } };
  }
  const load = async (child: string): Promise<Participant> => {
    // What the first process downloads, the others find.
    const folders = await call.group.firstThenOthers(() => findModel("child", { ...config, child }, call));
    return loadParticipant("child", folders, config, device);
  };
  const { before, after } = compared;
  const children = await loadBoth(
    () => load(before),
    () => load(after),
  );
  return { ...children, names: { before, after } };
}

async function loadBoth(
  loadBefore: () => Promise<Participant>,
  loadAfter: () => Promise<Participant>,
): Promise<Pick<Children, "before" | "after">> {
  const before = await loadBefore();
  return { before, after: await disposeOnError([before.model], loadAfter) };
}

/** Returns the folders of the children that could have seen the dialogues that are evaluated on. */
const trainedFolders = (compared: Compared): string[] =>
  "run" in compared ? [childFolder(compared.run.directory)] : [compared.before, compared.after];

/** Returns whether a run was trained with a reward of the user's own. Such a run stores no preset. */
const hasOwnReward = (compared: Compared): boolean =>
  "run" in compared && !existsSync(runFolder(compared.run.root).scorePreset);

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
  if ("run" in compared && !hasOwnReward(compared)) {
    return restoreScoring({ config, log }, runFolder(compared.run.root));
  }
  let { train } = data;
  if (data.evaluation.length === 0) {
    log.info("scores are calibrated on the starter dialogues, since no part of the data is set aside for it");
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
  const children = await loadChildren(compared, config, device, call);
  const { before, after } = children;
  return disposeOnError([before.model, after.model], async () => {
    const teacherFolders = await group.firstThenOthers(() => findModel("teacher", config, call));
    const teacher = await loadParticipant("teacher", teacherFolders, config, device);
    const parts = { data, device, children, teacher, teacherFolder: teacherFolders.model };
    return disposeOnError([teacher.model], () => completeEvaluation(compared, config, call, parts));
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
  const artifacts = listArtifacts(trainedFolders(compared), teacherFolder, config);
  const seen = await findSeen(data.heldOut, data.dataHash, artifacts, call.signal);
  warnAboutSeen(seen, data.heldOut.length, log);
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
      ...(hasOwnReward(compared) && { ownReward: true }),
      indexMode,
      scoredText,
      maxNewTokens,
      seed,
      unseen: data.unseen && seen.length === 0,
      dataHash: data.dataHash,
      versions: {
        "dialogue-ppo": packageVersion(),
        libtorch: engineInfo().libtorch,
        node: process.versions.node,
      },
      heldOut: `${data.heldOut.length} of ${data.train.length + data.evaluation.length} dialogues`,
    },
  };
}
