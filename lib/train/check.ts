import { checkCall, type DownloadCallOptions, type PhaseProgress } from "../call.ts";
import { withCallbacks } from "../callbacks.ts";
import { checkOutput } from "../files/check-output.ts";
import { formatCount } from "../format.ts";
import { Group } from "../group/group.ts";
import { silentLogger } from "../log.ts";
import { engineInfo, setThreads } from "../model/engine.ts";
import type { LanguageModel } from "../model/language-model.ts";
import { type ResolvedConfig, resolveConfig } from "../options/resolve.ts";
import type { Reward, RewardFunction } from "../reward/reward.ts";
import { TaacoReward } from "../reward/taaco-reward.ts";
import { warnAboutLostSplit } from "../setup/known-split.ts";
import { disposeParticipants, prepareTraining, type TrainingSetup } from "../setup/training.ts";
import { trackingPlan } from "../track/plan.ts";
import { announcement } from "./announce.ts";
import {
  describeTeacherPrompt,
  describeTokenIds,
  reportTeacherPrompt,
  type TeacherPromptReport,
} from "./check-teacher.ts";
import { type CheckItem, Checklist } from "./checklist.ts";
import { type Estimate, estimateRun } from "./estimate.ts";
import { parseStopOn } from "./health.ts";
import { refuseOtherRun } from "./resume.ts";
import type { Rollout } from "./rollout.ts";
import { planSteps } from "./step-plan.ts";
import type { NewRunInput } from "./train.ts";
import {
  checkShapes,
  FIRST_SAMPLES,
  failCheck,
  type TrialStep,
  TrialTrainer,
  trialRollout,
  trialSamples,
} from "./trial.ts";

/** The results of all checks. */
export interface CheckReport {
  readonly checks: readonly CheckItem[];
  /** The teacher's prompt for a dialogue of the data; null when a check failed before it could be written. */
  readonly teacherPrompt: TeacherPromptReport | null;
  /** Estimate for the whole run; null when a check failed before it could be measured. */
  readonly estimate: Estimate | null;
}

/** Reward, log, signal and callbacks of a check. */
export interface CheckOptions extends DownloadCallOptions {
  /** Environment variables of the trackers. Default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The reward that the run will use, as for `train`. Default: the TAACO reward. */
  readonly reward?: Reward | RewardFunction | undefined;
  /**
   * Called with the phase, its progress and its total, while spaces are learned (`analyse`, then the kind of each
   * space) and the calibration is measured (`calibrate`).
   */
  readonly onPrepare?: PhaseProgress | undefined;
  /** Called with each result as soon as it is known. */
  readonly onItem?: (item: CheckItem) => void;
}

const asIs = (text: string): string => text;

function describeModel({ config }: LanguageModel): string {
  return `${config.modelType} with ${formatCount(config.parameters, "parameter")}`;
}

function describeSetup({ data, exchange, prompts, device }: TrainingSetup): string {
  const { child, teacher } = exchange;
  const counts = `${formatCount(data.train.length, "dialogue")} (${formatCount(prompts.length, "prompt")})`;
  const models = [
    `child ${describeModel(child.model)}`,
    ...(teacher ? [`teacher ${describeModel(teacher.model)}`] : []),
  ];
  return `${counts}, ${models.join(", ")}, on ${device}`;
}

function describeRewards({ samples }: Rollout): string {
  const shown = (value: number | null): string => (value === null ? "none" : value.toFixed(3));
  return samples
    .map(({ reward, childScore, teacherScore, humanScore }) =>
      childScore === null
        ? `reward ${shown(reward)}`
        : `child ${shown(childScore)}, teacher ${shown(teacherScore)}, human ${shown(humanScore)}`,
    )
    .join("; ");
}

function checkScores({ samples }: Rollout): void {
  for (const { childScore, teacherScore } of samples) {
    for (const value of [childScore, teacherScore]) {
      if (value !== null && !(value >= 0 && value <= 1))
        failCheck(`a composite of ${value} lies outside 0 to 1`);
    }
  }
}

/** Largest memory of this process so far. */
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

/** Takes a whole step of the run, of at most a few samples, and estimates the run from it. */
async function tryStep(
  setup: TrainingSetup,
  checklist: Checklist,
  signal: AbortSignal | undefined,
): Promise<Estimate | null> {
  const rollout = await checklist.run(
    "batch",
    () => trialRollout(setup, trialSamples(setup.config), signal),
    ({ samples, seconds: { child, teacher, score } }) =>
      `${formatCount(samples.length, "sample")}: child ${child.toFixed(2)} s, teacher ${teacher.toFixed(2)} s, ` +
      `reward ${score.toFixed(2)} s`,
  );
  if (!rollout) return null;
  const bytesBefore = peakBytes();
  const update = await tryPpoStep(setup, rollout, checklist, signal);
  return update ? estimateFromTrial(setup, rollout, update, bytesBefore) : null;
}

async function tryPpoStep(
  setup: TrainingSetup,
  rollout: Rollout,
  checklist: Checklist,
  signal: AbortSignal | undefined,
): Promise<TrialStep | undefined> {
  const trainer = await checklist.run(
    "trainer",
    () => TrialTrainer.create(setup, rollout),
    () => "reference and optimizer fit in memory",
  );
  if (!trainer) return undefined;
  try {
    await checklist.run(
      "error handling",
      () => trainer.refuseEmptyResponse(),
      ({ message }) => `an empty response is refused: ${message}`,
    );
    return await checklist.run(
      "PPO step",
      () => trainer.step(signal),
      ({ samples, loss, gradientNorm, seconds }) =>
        `${formatCount(samples, "sample")} in ${seconds.toFixed(2)} s, loss ${loss.toPrecision(3)}, gradient norm ${gradientNorm.toPrecision(3)}`,
    );
  } finally {
    await trainer.dispose();
  }
}

function estimateFromTrial(
  { config, exchange, prompts }: TrainingSetup,
  rollout: Rollout,
  update: TrialStep,
  bytesBefore: number,
): Estimate {
  const { model, tokenizer } = exchange.child;
  const { child, teacher, score } = rollout.seconds;
  let longestPrompt = "";
  for (const { text } of prompts) if (text.length > longestPrompt.length) longestPrompt = text;
  return estimateRun({
    config,
    ...planSteps(prompts.length, config),
    childBytes: model.bytes,
    longestTokens: tokenizer.encodePrompt(longestPrompt).length + config.maxNewTokens,
    trial: {
      samples: update.samples,
      longestTokens: Math.max(
        ...rollout.samples.map(({ promptIds, childIds }) => promptIds.length + childIds.length),
      ),
      seconds: child + teacher + score + update.seconds,
      bytesBefore,
      bytesAfter: peakBytes(),
    },
  });
}

/**
 * Checks the turns of two samples, the teacher's prompt, the rewards, the shapes and a whole step, from which it
 * estimates the run.
 */
async function checkSetup(
  setup: TrainingSetup,
  checklist: Checklist,
  signal: AbortSignal | undefined,
): Promise<Pick<CheckReport, "teacherPrompt" | "estimate">> {
  const { child, childIds, teacher, teacherIds } = setup.exchange;
  await checklist.run("child's ids", () => describeTokenIds(child, childIds), asIs);
  if (teacher && teacherIds)
    await checklist.run("teacher's ids", () => describeTokenIds(teacher, teacherIds), asIs);
  const rollout = await checklist.run(
    "interaction",
    () => trialRollout(setup, FIRST_SAMPLES, signal),
    ({ samples }) =>
      `child: ${JSON.stringify(samples[0]?.child ?? "")}; teacher: ${JSON.stringify(samples[0]?.teacher ?? "")}`,
  );
  if (!rollout) return { teacherPrompt: null, estimate: null };
  const teacherPrompt =
    (await checklist.run(
      "teacher's prompt",
      () => reportTeacherPrompt(setup, rollout),
      describeTeacherPrompt,
    )) ?? null;
  const isTaaco = setup.reward instanceof TaacoReward;
  await checklist.run(
    isTaaco ? "TAACO" : "reward",
    () => isTaaco && checkScores(rollout),
    () => describeRewards(rollout),
  );
  await checklist.run("shapes", () => checkShapes(setup, rollout), asIs);
  return { teacherPrompt, estimate: await tryStep(setup, checklist, signal) };
}

/** Checks the run that a resolved configuration describes; see {@link check}. */
export async function checkConfig(
  { config, origins }: ResolvedConfig,
  options: CheckOptions = {},
): Promise<CheckReport> {
  const { env = {}, signal, onDownload, onPrepare, reward, log = silentLogger } = options;
  parseStopOn(config.stopOn);
  const checklist = new Checklist(options.onItem);
  const engine = await checklist.run(
    "addon",
    () => {
      if (config.threads !== undefined) setThreads(config.threads);
      return engineInfo();
    },
    ({ libtorch, flavour, threads }) =>
      `libtorch ${libtorch} (${flavour}), ${formatCount(threads, "thread")}`,
  );
  await checklist.run(
    "output folder",
    () => {
      checkOutput(config.outputDir, "filled folder");
      refuseOtherRun(config.outputDir);
    },
    () => `${config.outputDir} can be written`,
  );
  await checklist.run(
    "tracking",
    () => trackingPlan(config, env),
    (lines) => lines.join("; "),
  );
  if (!engine) return { checks: checklist.items, teacherPrompt: null, estimate: null };
  const setup = await checklist.run(
    "data and models",
    async () => {
      await warnAboutLostSplit(config, log);
      return prepareTraining(config, { group: Group.alone, log, signal, onDownload, onPrepare, reward });
    },
    describeSetup,
  );
  if (!setup) return { checks: checklist.items, teacherPrompt: null, estimate: null };
  for (const line of announcement({ config, origins }, setup)) log.info(line);
  try {
    return { ...(await checkSetup(setup, checklist, signal)), checks: checklist.items };
  } finally {
    await disposeParticipants(setup.exchange);
  }
}

/**
 * Checks everything that a run needs and takes one real step, of 16 samples at most unless a minibatch is larger. It
 * writes nothing but the caches of models, spaces and calibrations, which the run then uses.
 *
 * @param input options of the run, as for `train`
 * @returns one result per check, and an estimate of the run's time, memory and disk space
 * @throws DialoguePpoError ERR_CONFIG for wrong options, ERR_ABORTED; any other error is a failed check
 * @example
 * const { checks, estimate } = await check({ steps: 10, outputDir: "run" });
 * console.log(checks.filter(({ ok }) => !ok), estimate?.seconds);
 */
export async function check(input: NewRunInput = {}, options: CheckOptions = {}): Promise<CheckReport> {
  checkCall("check", input, options, {
    onDownload: "function",
    onPrepare: "function",
    env: "any",
    reward: "reward",
    onItem: "function",
  });
  const { preset, ...flags } = input;
  const config = resolveConfig({ flags, preset });
  return withCallbacks(options, (call) => checkConfig(config, call));
}
