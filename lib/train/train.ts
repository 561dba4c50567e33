import path from "node:path";
import { countSteps } from "../data/order.ts";
import { abortError, DialoguePpoError } from "../errors.ts";
import type { DownloadProgress } from "../hub/download.ts";
import { type Logger, silentLogger } from "../log.ts";
import { resolveConfig } from "../options/resolve.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { openSinks } from "../track/sinks.ts";
import type { RewardFunction } from "./custom-reward.ts";
import { runSteps, type TrainStep } from "./loop.ts";
import { checkAgreement, checkOutputFolder, findResumePoint, type ResumePoint } from "./resume.ts";
import { checkWritable, closeSession, openSession } from "./session.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

/** Options of a run; what is absent comes from the preset or the defaults. */
export type TrainInput = Partial<TrainConfig> & {
  /** Named set of options. Default: `starter` when neither child nor data is named. */
  readonly preset?: string;
  /** A run or checkpoint folder, or true (or "auto") for the newest checkpoint under `outputDir`. */
  readonly resume?: string | boolean;
};

/** What accompanies a run from a program. */
export interface TrainOptions {
  /** Replaces child minus teacher score. */
  readonly reward?: RewardFunction | undefined;
  /** Aborts at once (ERR_ABORTED); the last checkpoint stays. */
  readonly signal?: AbortSignal | undefined;
  /** Ends after the step under way, with a checkpoint; the run can be resumed. */
  readonly stop?: AbortSignal | undefined;
  readonly log?: Logger | undefined;
  /** Called while models are downloaded from the hub: file, bytes so far, bytes in all. */
  readonly onDownload?: DownloadProgress | undefined;
  /** Called once everything is loaded, before the first step. */
  readonly onStart?: ((plan: RunPlan) => void) | undefined;
}

/** What a run is going to do. */
export interface RunPlan {
  readonly outputDir: string;
  /** Steps done before, by the invocation that is resumed. */
  readonly done: number;
  readonly totalSteps: number;
  /** Where this invocation ends. */
  readonly lastStep: number;
  /** Dialogues kept apart for evaluation. */
  readonly heldOut: number;
}

/** What a run leaves behind. */
export interface TrainResult {
  readonly outputDir: string;
  /** The newest checkpoint's folder. */
  readonly checkpoint: string;
  /** Steps done in all. */
  readonly steps: number;
}

/** A configuration source for each rank; see `resolveConfig`. */
export interface ConfigSources {
  readonly flags: Record<string, unknown>;
  readonly file?: Record<string, unknown> | undefined;
  readonly fileName?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly preset?: string | undefined;
}

/** The folder as the user typed it, else from here; where that would climb, its whole path. */
function nameOf(root: string, resume: string | boolean | undefined): string {
  if (typeof resume === "string" && path.resolve(resume) === root) return resume.replace(/(?<=.)\/+$/, "");
  const relative = path.relative(process.cwd(), root) || ".";
  return relative.startsWith("..") ? root : relative;
}

/** Finds the checkpoint to resume, merges its options with the others and checks that they agree. */
function planned(
  sources: ConfigSources,
  resume: string | boolean | undefined,
): { config: TrainConfig; point: ResumePoint | undefined } {
  const { config: first } = resolveConfig(sources);
  const point = findResumePoint(resume, first.outputDir);
  const { outputDir } = sources.flags;
  if (point && typeof outputDir === "string" && path.resolve(outputDir) !== point.root) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `--output-dir ${outputDir} is not the folder of the run that is resumed, ${point.root}; leave it out`,
    );
  }
  checkOutputFolder(point?.root ?? first.outputDir, point !== undefined || resume !== undefined);
  if (!point) return { config: first, point };
  const { config } = resolveConfig({ ...sources, checkpoint: point.state.config });
  const resumed = { ...config, outputDir: nameOf(point.root, resume) };
  checkAgreement(resumed, point);
  return { config: resumed, point };
}

function planOf(
  workshop: Workshop,
  point: ResumePoint | undefined,
): RunPlan & { checkpointInterval: number } {
  const { config, prompts } = workshop;
  const { totalSteps, checkpointInterval } = countSteps(prompts.prompts.length, config);
  const done = point?.step ?? 0;
  const lastStep = Math.min(
    totalSteps,
    config.stopAfter === undefined ? totalSteps : done + config.stopAfter,
  );
  const heldOut = workshop.data.evaluation.length;
  return { outputDir: config.outputDir, done, totalSteps, lastStep, checkpointInterval, heldOut };
}

/** Fine-tunes the child from given sources of options; `train` and the command line share it. */
export async function* trainFrom(
  sources: ConfigSources,
  resume: string | boolean | undefined,
  options: TrainOptions,
): AsyncGenerator<TrainStep, TrainResult> {
  const log = options.log ?? silentLogger;
  const { config, point } = planned(sources, resume);
  checkWritable(config.outputDir);
  const workshop = await openWorkshop(config, log, { ...options, point });
  if (options.signal?.aborted) throw abortError(options.signal);
  const plan = planOf(workshop, point);
  if (point && plan.done >= plan.totalSteps) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `the run in ${point.root} is at step ${plan.done} of ${plan.totalSteps} already; pass more --steps to go on`,
    );
  }
  const session = await openSession(workshop, plan.totalSteps, log, point);
  const env = sources.env ?? {};
  const resumed = point ? { resumedFrom: point.step } : {};
  const { totalSteps } = plan;
  const sinks = await openSinks({ config, outputDir: session.folder.root, totalSteps, env, log, ...resumed });
  let exitCode = 1;
  try {
    options.onStart?.(plan);
    const { reward, signal, stop } = options;
    const result = yield* runSteps(session, { ...plan, reward, signal, stop, sinks, log });
    exitCode = 0;
    const checkpoint = path.join(config.outputDir, path.basename(result.checkpoint));
    return { outputDir: config.outputDir, checkpoint, steps: result.steps };
  } catch (error) {
    if (error instanceof DialoguePpoError) exitCode = error.exitCode;
    throw error;
  } finally {
    await sinks.finish(exitCode);
    await closeSession(session);
  }
}

/**
 * Fine-tunes a child by PPO on dialogues, step by step.
 *
 * @param input options of the run, by the names of the command line in camelCase
 * @returns after the last step: the run's folder, its newest checkpoint and the steps done
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
  const { preset, resume, ...flags } = input;
  return yield* trainFrom({ flags, preset }, resume, options);
}
