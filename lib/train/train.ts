import path from "node:path";
import { checkCall, type DownloadCallOptions, type PhaseProgress } from "../call.ts";
import { stepsWithCallbacks } from "../callbacks.ts";
import { disposeOnError } from "../dispose.ts";
import { abortError, DialoguePpoError } from "../errors.ts";
import { checkOutput } from "../files/check-output.ts";
import { type Group, openGroup } from "../group/group.ts";
import { type Logger, silentLogger } from "../log.ts";
import { type ConfigSources, type ResolvedConfig, resolveConfig } from "../options/resolve.ts";
import type { TrainConfig } from "../options/train-config.ts";
import type { Reward, RewardFunction } from "../reward/reward.ts";
import { checkpointFolder, childFolder } from "../run/folder.ts";
import { loadWhileVerifying } from "../run/integrity.ts";
import { checkUnlocked } from "../run/lock.ts";
import type { Selection } from "../run/selection.ts";
import { warnAboutLostSplit } from "../setup/known-split.ts";
import { prepareTraining, type ResumedRun, type TrainingSetup } from "../setup/training.ts";
import { openSinks, Sinks } from "../track/sinks.ts";
import { announcement } from "./announce.ts";
import { parseStopOn } from "./health.ts";
import { completeLogArray, runSteps, type TrainStep } from "./loop.ts";
import {
  checkAgreement,
  checkProvenance,
  findResumePoint,
  type ResumePoint,
  refuseOtherRun,
} from "./resume.ts";
import { closeSession, openSession, type Session } from "./session.ts";
import { planSteps } from "./step-plan.ts";

/** Options of a new run. An absent option comes from the preset or the defaults. */
export type NewRunInput = Partial<TrainConfig> & {
  /** Named set of options. Default: `starter` unless other data is given. */
  readonly preset?: string;
};

/** Options of a run, new or resumed. */
export type TrainInput = NewRunInput & ResumeInput;

/** How a run is resumed. */
export interface ResumeInput {
  /**
   * A run or checkpoint folder, or true for the newest checkpoint under `outputDir`, where there must be a run. "auto"
   * does the same as true, but begins a run if there is none.
   */
  readonly resume?: string | boolean | undefined;
  /** Whether the files of the checkpoint are compared with their SHA-256. Default true. */
  readonly verify?: boolean | undefined;
}

/** Reward, log, signals and callbacks of a run. */
export interface TrainOptions extends DownloadCallOptions {
  /**
   * Replaces the TAACO reward. Neither semantic spaces nor a calibration are then loaded. Default: the TAACO score of
   * the child's turn minus that of the teacher's turn.
   */
  readonly reward?: Reward | RewardFunction | undefined;
  /** Ends the run after the current step, with a checkpoint; the run can be resumed. */
  readonly stop?: AbortSignal | undefined;
  /**
   * Called with the phase, its progress and its total, while spaces are learned (`analyse`, then the kind of each
   * space) and the calibration is measured (`calibrate`).
   */
  readonly onPrepare?: PhaseProgress | undefined;
  /** Called when everything is loaded, before the first step. */
  readonly onStart?: ((plan: RunPlan) => void) | undefined;
}

/** The steps that a run will take. */
export interface RunPlan {
  readonly outputDir: string;
  /** Number of steps that earlier invocations of a resumed run have done. */
  readonly done: number;
  readonly totalSteps: number;
  /** Last step of this invocation. */
  readonly lastStep: number;
  /** Number of steps between two checkpoints. */
  readonly checkpointInterval: number;
  /** Number of dialogues held out for evaluation. */
  readonly heldOut: number;
}

/** The result of a run. */
export interface TrainResult {
  readonly outputDir: string;
  /** Folder of the newest checkpoint. */
  readonly checkpoint: string;
  /** Total number of steps done. */
  readonly steps: number;
  /** With `evalInterval`: the best checkpoint by held-out dialogues, and why. */
  readonly selection?: (Selection & { readonly checkpoint: string | null }) | undefined;
}

/**
 * Returns the folder as the user typed it, else relative to the working directory; outside of that, the absolute path.
 */
function displayPath(root: string, resume: string | boolean | undefined): string {
  if (typeof resume === "string" && path.resolve(resume) === root) return resume.replace(/(?<=.)\/+$/, "");
  const relative = path.relative(process.cwd(), root) || ".";
  return relative.startsWith("..") ? root : relative;
}

/** The options of a run, and where it is resumed; undefined for a new run. */
type ResolvedRun = ResolvedConfig & { readonly point: ResumePoint | undefined };

/** Finds the checkpoint to resume, merges its options with the others and checks that they agree. */
async function resolveRun(
  sources: ConfigSources,
  { resume, verify }: ResumeInput,
  signal: AbortSignal | undefined,
): Promise<ResolvedRun> {
  const resolved = resolveConfig(sources);
  const { config: given } = resolved;
  const point = await findResumePoint(resume, given.outputDir, { verify, signal });
  const { outputDir } = sources.flags;
  if (point && typeof outputDir === "string" && path.resolve(outputDir) !== point.root) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `--output-dir ${outputDir} is not the folder of the run that is resumed, ${point.root}; leave it out`,
    );
  }
  if (!point) {
    // With --resume, a folder whose run has no checkpoint yet is begun anew.
    if (!resume) refuseOtherRun(given.outputDir);
    return { ...resolved, point };
  }
  const { config, origins } = resolveConfig({ ...sources, checkpoint: point.config });
  const resumed = { ...config, outputDir: displayPath(point.root, resume) };
  checkAgreement(resumed, point);
  return { config: resumed, origins, point };
}

function planRun({ config, data, prompts }: TrainingSetup, point: ResumePoint | undefined): RunPlan {
  const { totalSteps, checkpointInterval } = planSteps(prompts.length, config);
  const done = point?.step ?? 0;
  const lastStep = Math.min(
    totalSteps,
    config.stopAfter === undefined ? totalSteps : done + config.stopAfter,
  );
  const heldOut = data.evaluation.length;
  return { outputDir: config.outputDir, done, totalSteps, lastStep, checkpointInterval, heldOut };
}

/** Adds the folder of the best checkpoint. */
function namedSelection(
  { selection }: { readonly selection?: Selection | undefined },
  { outputDir }: TrainConfig,
): Pick<TrainResult, "selection"> {
  if (selection === undefined) return {};
  const { best } = selection;
  return {
    selection: { ...selection, checkpoint: best && checkpointFolder(outputDir, best.step) },
  };
}

function resumedRun(point: ResumePoint): ResumedRun {
  return {
    root: point.root,
    child: childFolder(point.directory),
    checkProvenance: (provenance) => checkProvenance(provenance, point),
  };
}

/** Completes the logs of a run that has done all its steps, and refuses to resume it. */
function refuseFinishedRun(
  { root }: ResumePoint,
  { done, totalSteps }: RunPlan,
  group: Group,
  log: Logger,
): void {
  if (done < totalSteps) return;
  if (group.isFirst) completeLogArray(root, log);
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `the run in ${root} is at step ${done} of ${totalSteps} already; pass a larger --steps to continue`,
  );
}

/** Loads and checks what a run needs, and opens its session. If that fails, the models are freed. */
async function prepareSession(
  { config, origins, point }: ResolvedRun,
  group: Group,
  { reward, log, signal, onDownload, onPrepare }: TrainOptions & { readonly log: Logger },
): Promise<{ plan: RunPlan; session: Session }> {
  const call = { group, reward, log, signal, onDownload, onPrepare, resumed: point && resumedRun(point) };
  return disposeOnError(async (keep) => {
    const setup = await loadWhileVerifying(point?.verify, async () => {
      const prepared = await prepareTraining(config, call);
      const { child, teacher } = prepared.exchange;
      keep(child.model);
      if (teacher) keep(teacher.model);
      return prepared;
    });
    if (signal?.aborted) throw abortError(signal);
    const plan = planRun(setup, point);
    if (point) refuseFinishedRun(point, plan, group, log);
    else for (const line of announcement({ config, origins }, setup)) log.info(line);
    return { plan, session: await openSession(setup, plan.totalSteps, log, point) };
  });
}

/**
 * Fine-tunes the child with options from several sources; `train` and the command line share it. Processes that a
 * launcher started do it together, and only the first of them logs.
 */
export async function* trainFrom(
  sources: ConfigSources,
  resume: ResumeInput,
  options: TrainOptions,
): AsyncGenerator<TrainStep, TrainResult> {
  const group = openGroup();
  return yield* group.stepsTogether(trainTogether(group, sources, resume, options));
}

async function* trainTogether(
  group: Group,
  sources: ConfigSources,
  resume: ResumeInput,
  options: TrainOptions,
): AsyncGenerator<TrainStep, TrainResult> {
  const log = group.isFirst && options.log ? options.log : silentLogger;
  // Loading the models takes seconds.
  if (options.signal?.aborted) throw abortError(options.signal);
  const run = await resolveRun(sources, resume, options.signal);
  const { config, point } = run;
  parseStopOn(config.stopOn);
  checkOutput(config.outputDir, "filled folder");
  checkUnlocked(point?.root ?? config.outputDir);
  if (!point) await warnAboutLostSplit(config, log);
  const { plan, session } = await prepareSession(run, group, { ...options, log });
  try {
    const { env = {} } = sources;
    return yield* trainSession(session, plan, { ...options, log, env, resumedFrom: point?.step });
  } finally {
    await closeSession(session);
  }
}

type SessionCall = TrainOptions & {
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly resumedFrom: number | undefined;
};

/** Trains to the last step and tells the trackers how the run ended. */
async function* trainSession(
  session: Session,
  plan: RunPlan,
  { signal, stop, onStart, log, env, resumedFrom }: SessionCall,
): AsyncGenerator<TrainStep, TrainResult> {
  const { config, group } = session;
  const { totalSteps } = plan;
  const outputDir = session.folder.root;
  const sinks = group.isFirst
    ? await openSinks({ config, outputDir, totalSteps, env, log, resumedFrom })
    : new Sinks([], log);
  let exitCode = 1;
  try {
    onStart?.(plan);
    const result = yield* runSteps(session, { ...plan, signal, stop, sinks, log });
    exitCode = 0;
    const checkpoint = path.join(config.outputDir, path.basename(result.checkpoint));
    return {
      outputDir: config.outputDir,
      checkpoint,
      steps: result.steps,
      ...namedSelection(result, config),
    };
  } catch (error) {
    if (error instanceof DialoguePpoError) exitCode = error.exitCode;
    throw error;
  } finally {
    await sinks.finish(exitCode);
  }
}

/**
 * Fine-tunes a child by PPO on dialogues, step by step.
 *
 * @param input options of the run: the names of the command line in camelCase
 * @returns the run's folder, its newest checkpoint and the number of steps done, after the last step
 * @throws DialoguePpoError for bad options, data or models before anything is written; ERR_ABORTED
 * @example
 * for await (const { step, stats } of train({ steps: 10, outputDir: "run" })) {
 *   console.log(step, stats["env/reward_mean"]);
 * }
 */
export async function* train(
  input: TrainInput = {},
  options: TrainOptions = {},
): AsyncGenerator<TrainStep, TrainResult> {
  checkCall("train", input, options, {
    onDownload: "function",
    onPrepare: "function",
    reward: "reward",
    stop: "signal",
    onStart: "function",
  });
  const { preset, resume, verify, ...flags } = input;
  return yield* stepsWithCallbacks(options, (call) => trainFrom({ flags, preset }, { resume, verify }, call));
}
