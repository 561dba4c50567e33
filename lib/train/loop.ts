import { existsSync, readFileSync } from "node:fs";
import { joinIds } from "../dialogue/likelihood.ts";
import { writeFileAtomic } from "../files/atomic-file.ts";
import { type Logger, silentLogger } from "../log.ts";
import { endingAfter } from "../run/ending.ts";
import { checkpointFolder, runFolder } from "../run/folder.ts";
import { lockFolder } from "../run/lock.ts";
import { appendJsonLines } from "../run/log-file.ts";
import { LostFiles } from "../run/lost-files.ts";
import { readStepLog, type SampleRecord, type StepLog } from "../run/records.ts";
import type { Selection } from "../run/selection.ts";
import type { Sinks } from "../track/sinks.ts";
import { writeCheckpoint } from "./checkpoint.ts";
import { divergedError, explainFailure, requireUsableChild } from "./divergence.ts";
import { HealthMonitor, parseStopOn } from "./health.ts";
import { sampleRecord, stepLog, stepStatistics } from "./metrics.ts";
import { collectRollout, type Rollout, type RolloutSample } from "./rollout.ts";
import type { Session } from "./session.ts";

/** One finished step. */
export interface TrainStep {
  readonly step: number;
  /** Scalars of the step under TRL's names; null for a value that is not finite. */
  readonly stats: Readonly<Record<string, number | null>>;
  /** The dialogues of the step with the turns that were generated for them, as in samples.jsonl. */
  readonly samples: readonly SampleRecord[];
}

/** Limits, signals and outputs of {@link runSteps}. */
export interface LoopOptions {
  /** Last step of the run. */
  readonly totalSteps: number;
  /** Last step of this invocation. */
  readonly lastStep: number;
  /** Number of steps between two checkpoints. */
  readonly checkpointInterval: number;
  /** Ends the run at once with ERR_ABORTED; the current step is lost. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the run after the current step, with a checkpoint. */
  readonly stop?: AbortSignal | undefined;
  readonly sinks: Sinks;
  readonly log: Logger;
}

interface StepOutcome {
  readonly record: StepLog;
  readonly samples: SampleRecord[];
  /** Tokens of one dialogue of the step with its new turn. */
  readonly tokens: Int32Array;
}

function addCounts(session: Session, rollout: Rollout): void {
  session.counts.retries += rollout.retries;
  for (const [reason, count] of Object.entries(rollout.dropped)) {
    session.counts.dropped[reason] = (session.counts.dropped[reason] ?? 0) + count;
  }
}

/** Collects the samples of a step. After an error, the position in the data is that before the step. */
async function collectSamples(
  { group, config, exchange, cursor, reward }: Session,
  step: number,
  signal: AbortSignal | undefined,
): Promise<Rollout> {
  const start = cursor.state;
  try {
    return await collectRollout({ ...config, group, exchange, reward, cursor }, step, signal);
  } catch (error) {
    cursor.moveTo(start);
    throw error;
  }
}

interface UpdateOptions extends LoopOptions {
  /** Called when the update begins to change the weights. */
  readonly onUpdate: () => void;
  readonly files: LostFiles;
}

/** Performs the rest of a PPO step: update, statistics and logs. */
async function updateModel(
  session: Session,
  step: number,
  rollout: Rollout,
  { totalSteps, signal, sinks, onUpdate, files }: UpdateOptions,
): Promise<StepOutcome> {
  const { config, cursor, reward, trainer, ptx, lengthPenalty, folder, group } = session;
  const began = performance.now();
  addCounts(session, rollout);
  const penalized = lengthPenalty?.penalize(rollout.samples);
  const rewards = rollout.samples.map((sample) => sample.reward);
  const update = await trainer.step({
    queries: rollout.samples.map(({ promptIds }) => promptIds),
    responses: rollout.samples.map(({ childIds }) => childIds),
    scores: penalized?.scores ?? Float32Array.from(rewards),
    ptxRows: ptx?.rows(step, config.ppoEpochs * config.batchSize),
    onProgress: onUpdate,
    signal,
  });
  const evaluation = await session.heldOut?.measureAfter(step, totalSteps, signal);
  const { child, teacher, score } = rollout.seconds;
  const seconds = child + teacher + score + (performance.now() - began) / 1000;
  const { epoch } = cursor.state;
  const statistics = stepStatistics({ rollout, update, rewardName: reward.name, epoch, seconds });
  const record = stepLog(step, { ...statistics, ...penalized?.stats, ...evaluation });
  const samples = rollout.samples.map((sample) => sampleRecord(step, sample));
  const kept = samples.slice(0, config.samplesPerStep);
  if (group.isFirst) {
    session.lock?.check();
    files.check(step - 1);
    appendJsonLines(folder.log, record);
    appendJsonLines(folder.samples, ...kept);
    files.remember();
  }
  await sinks.step(record, kept, { "env/reward_dist": rewards, ...distributions(update.arrays) });
  const [{ promptIds, childIds }] = rollout.samples as [RolloutSample];
  return { record, samples, tokens: joinIds(promptIds, childIds).ids };
}

function openMonitor({ config }: Session, log: Logger, history: readonly StepLog[]): HealthMonitor {
  const { batchSize, miniBatchSize, ppoEpochs, target: targetKl, targetWords, stopOn } = config;
  return new HealthMonitor(
    { targetKl, targetWords, minibatches: (ppoEpochs * batchSize) / miniBatchSize },
    { stopOn: parseStopOn(stopOn), log, history },
  );
}

/** Selects the arrays with one number per sample, which trackers show as histograms. */
function distributions(arrays: Readonly<Record<string, Float32Array>>): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(arrays).filter(([name]) => name.endsWith("_dist")));
}

const logArrayText = (logFile: string, log: Logger): string =>
  `[\n${readStepLog(logFile, log)
    .map((line) => JSON.stringify(line))
    .join(",\n")}\n]\n`;

/**
 * Writes the log of all steps of a finished run as one JSON array, unless it is there already. It is not when the run
 * was killed after its last checkpoint.
 *
 * @throws DialoguePpoError ERR_CONFIG when another process writes to the folder
 */
export function completeLogArray(root: string, log: Logger): void {
  const folder = runFolder(root);
  const text = logArrayText(folder.log, log);
  if (existsSync(folder.logArray) && readFileSync(folder.logArray, "utf8") === text) return;
  const lock = lockFolder(root);
  try {
    writeFileAtomic(folder.logArray, text);
  } finally {
    lock.release();
  }
}

/** The steps of one invocation: how many are done, the outcome of the newest one, and the newest checkpoint. */
class TrainingLoop {
  /** Number of steps that are done. */
  done: number;
  /** Folder of the newest checkpoint of this invocation; empty before the first one. */
  checkpoint = "";
  readonly #session: Session;
  readonly #options: LoopOptions;
  readonly #monitor: HealthMonitor;
  readonly #files: LostFiles;
  #newest: StepOutcome | undefined;
  /** Whether the current step has begun to change the weights. */
  #hasUpdated = false;

  /** @param history log of the steps before this invocation */
  constructor(session: Session, options: LoopOptions, history: readonly StepLog[]) {
    this.done = session.done;
    this.#session = session;
    this.#options = options;
    this.#monitor = openMonitor(session, options.log, history);
    this.#files = new LostFiles(session.folder, session.group.isFirst ? options.log : silentLogger);
  }

  /** Returns whether the newest step is the last one of this invocation. */
  async isLast(): Promise<boolean> {
    const { group, heldOut } = this.#session;
    const { lastStep, stop } = this.#options;
    const isStopped = await group.any(stop?.aborted === true);
    const ending = endingAfter(this.done, { totalSteps: lastStep, isStopped });
    return ending !== undefined || heldOut?.isOutOfPatience === true;
  }

  /** Performs the next step, and writes a checkpoint when one is due. */
  async runStep(): Promise<TrainStep> {
    const session = this.#session;
    const step = this.done + 1;
    this.#hasUpdated = false;
    const outcome = await this.#perform(step).catch(async (error) => {
      throw session.group.isFirst ? await explainFailure(session, step, error, this.#hasUpdated) : error;
    });
    this.#newest = outcome;
    this.done = step;
    const { record, samples } = outcome;
    const finding = this.#monitor.observe(record);
    if (finding !== undefined) throw divergedError(session, finding);
    const isBest = session.heldOut?.judge(record) === true;
    const isDue = isBest || step % this.#options.checkpointInterval === 0 || (await this.isLast());
    if (isDue) await this.save();
    return { step, stats: record.stats, samples };
  }

  /** Writes a checkpoint of the newest step of this invocation, unless it has one. */
  async save(): Promise<void> {
    const session = this.#session;
    const folder = checkpointFolder(session.folder.root, this.done);
    if (this.#newest === undefined || this.checkpoint === folder) return;
    const { record, tokens } = this.#newest;
    this.checkpoint = folder;
    if (!session.group.isFirst) return;
    session.lock?.check();
    await requireUsableChild(session, record.step, tokens);
    await writeCheckpoint(session, record.step, record.stats);
    await this.#options.sinks.checkpoint(folder, record.step);
  }

  /** Writes the log of all steps as one JSON array. */
  writeLogArray(): void {
    const { folder, group } = this.#session;
    if (!group.isFirst) return;
    this.#files.check(this.done);
    writeFileAtomic(folder.logArray, logArrayText(folder.log, this.#options.log));
  }

  async #perform(step: number): Promise<StepOutcome> {
    const { signal } = this.#options;
    const rollout = await collectSamples(this.#session, step, signal).catch(async (error) => {
      // The step has changed nothing yet, so those before it must not be lost with it.
      if (!signal?.aborted) await this.save();
      throw error;
    });
    const onUpdate = (): void => {
      this.#hasUpdated = true;
    };
    return updateModel(this.#session, step, rollout, { ...this.#options, onUpdate, files: this.#files });
  }
}

/**
 * Trains from the first step that is not done to `lastStep`. Writes a checkpoint after each interval, at the end and at
 * a clean stop.
 *
 * @returns the folder of the newest checkpoint, the total number of steps done, and the best checkpoint by held-out
 *   dialogues
 * @throws DialoguePpoError ERR_DATA when a batch cannot be filled, ERR_DIVERGED, ERR_TIMEOUT, ERR_ABORTED
 */
export async function* runSteps(
  session: Session,
  options: LoopOptions,
): AsyncGenerator<TrainStep, { checkpoint: string; steps: number; selection?: Selection | undefined }> {
  const { heldOut, folder } = session;
  const history = readStepLog(folder.log, silentLogger);
  const loop = new TrainingLoop(session, options, history);
  await heldOut?.begin(history, options.signal);
  do {
    yield await loop.runStep();
  } while (!(await loop.isLast()));
  // When the stop comes while the caller handles a step, the steps since the last checkpoint must still be saved.
  await loop.save();
  loop.writeLogArray();
  return { checkpoint: loop.checkpoint, steps: loop.done, selection: heldOut?.selection };
}
