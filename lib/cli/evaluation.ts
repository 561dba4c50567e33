import type { Participant } from "../dialogue/exchange.ts";
import type { EvaluateOptions } from "../evaluate/evaluate.ts";
import type { Logger } from "../log.ts";
import type { TrainConfig } from "../options/train-config.ts";
import type { PreparedContext } from "../reward/measure.ts";
import { runFolder } from "../run/folder.ts";
import { Taaco } from "../taaco/taaco.ts";
import { type TrainingData, trainingData } from "../train/data.ts";
import { preparePrompts, tellPrompts } from "../train/prompts.ts";
import { makeScoring, restoreScoring, type Scoring } from "../train/scoring.ts";
import { type Compared, evaluationData } from "./held-out.ts";
import { childOf, findModel, loadParticipant, openEngine } from "./participants.ts";

/** Everything an evaluation needs, and a description of it for the record. */
export interface OpenEvaluation {
  readonly options: Pick<
    EvaluateOptions<PreparedContext>,
    "before" | "after" | "teacher" | "prompts" | "scorer" | "indexer" | "scoredText" | "exchange" | "seed"
  >;
  readonly setting: Readonly<Record<string, unknown>>;
}

/** Loads models and data and makes or restores the scorer. */
export async function openEvaluation(
  compared: Compared,
  config: TrainConfig,
  log: Logger,
  signal?: AbortSignal,
): Promise<OpenEvaluation> {
  const data = await evaluationData(compared, config, log);
  const device = openEngine(config);
  const { before, after, names } = await openChildren(compared, config, device, { log, signal });
  const teacherFolder = await findModel("teacher", config.teacher, {
    revision: config.revision,
    log,
    signal,
  });
  const tokenizerFolder = config.teacherTokenizer;
  const teacher = await loadParticipant("teacher", teacherFolder, config, { device, tokenizerFolder });
  const positions = Math.min(before.model.config.maxPositions, after.model.config.maxPositions);
  const prepared = preparePrompts(data.heldOut, config, after.tokenizer, positions);
  tellPrompts(prepared, log);
  const scoring = await openScoring(compared, config, data, { after, positions, log, signal });
  const indexer = await Taaco.create({
    mode: config.indexMode,
    spaces: scoring.spaces,
    ...(config.taacoLists === undefined ? {} : { lists: { officialDirectory: config.taacoLists } }),
  });
  const { maxNewTokens, teacherSamples, seed, scoredText, scorePreset, indexMode } = config;
  const { scope } = scoring.scorer.preset;
  return {
    options: {
      before,
      after,
      teacher,
      prompts: prepared.prompts,
      scorer: scoring.scorer,
      indexer,
      scoredText: scope === "turn" ? "dialogue" : scoredText,
      exchange: { maxNewTokens, teacherSamples },
      seed,
    },
    setting: {
      ...names,
      teacher: config.teacher ?? "starter",
      data: config.data ?? "the starter dialogues",
      device,
      scorePreset,
      indexMode,
      scoredText,
      maxNewTokens,
      seed,
      unseen: data.unseen,
      heldOut: `${data.heldOut.length} of ${data.train.length + data.evaluation.length} dialogues`,
    },
  };
}

interface Children {
  readonly before: Participant;
  readonly after: Participant;
  readonly names: { readonly before: string; readonly after: string };
}

async function openChildren(
  compared: Compared,
  config: TrainConfig,
  device: string,
  call: { readonly log: Logger; readonly signal: AbortSignal | undefined },
): Promise<Children> {
  if ("run" in compared) {
    const { run } = compared;
    const folder = childOf(run);
    call.log.info(`child: step ${run.step} of ${run.root}, against itself before the first step`);
    // The reference is kept as weights only; a child's tokenizer never changes.
    const before = await loadParticipant("child", runFolder(run.root).reference, config, {
      device,
      tokenizerFolder: folder,
    });
    const after = await loadParticipant("child", folder, config, { device });
    return { before, after, names: { before: "before the first step", after: `step ${run.step}` } };
  }
  const open = async (name: string): Promise<Participant> => {
    const folder = await findModel("child", name, { revision: config.revision, ...call });
    return loadParticipant("child", folder, config, { device, tokenizerFolder: config.childTokenizer });
  };
  const { before, after } = compared;
  return { before: await open(before), after: await open(after), names: { before, after } };
}

/** The run's own scorer, or one made as `train` makes it, never from the dialogues that are evaluated on. */
async function openScoring(
  compared: Compared,
  config: TrainConfig,
  data: TrainingData,
  context: { after: Participant; positions: number; log: Logger; signal: AbortSignal | undefined },
): Promise<Scoring> {
  const { after, positions, log, signal } = context;
  if ("run" in compared) return restoreScoring({ config, log }, runFolder(compared.run.root));
  let { train } = data;
  if (data.evaluation.length === 0) {
    log.info("scores are calibrated on the starter dialogues, since no part of the data is set aside for it");
    const { data: _, ...rest } = config;
    train = (await trainingData({ ...rest, textColumn: "text" })).train;
  }
  const { prompts } = preparePrompts(train, config, after.tokenizer, positions);
  return makeScoring({ config, dialogues: train, prompts, log, signal });
}
