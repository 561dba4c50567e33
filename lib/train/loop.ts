import { writeFileAtomic } from "../atomic.ts";
import { joinIds } from "../dialogue/likelihood.ts";
import { type Logger, silentLogger } from "../log.ts";
import { endingAfter } from "../run/ending.ts";
import { checkpointFolder } from "../run/folder.ts";
import { appendJsonLines } from "../run/log-file.ts";
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
  { group, config, exchange, cursor, reward: { reward } }: Session,
  step: number,
  signal: AbortSignal | undefined,
): Promise<Rollout> {
  const { batchSize, seed, failurePolicy, rewardTimeout, teacherTimeout } = config;
  const limits = { failurePolicy, rewardTimeout, teacherTimeout };
  const parts = { group, exchange, reward, cursor, batchSize, seed, ...limits };
  const start = cursor.state;
  try {
    return await collectRollout(parts, step, signal);
  } catch (error) {
    cursor.moveTo(start);
    throw error;
  }
}

/** Performs the rest of a PPO step: update, statistics and logs. */
async function updateModel(
  session: Session,
  step: number,
  rollout: Rollout,
  { totalSteps, signal, sinks, onUpdate }: LoopOptions & { readonly onUpdate: () => void },
): Promise<StepOutcome> {
  const { config, cursor, trainer, ptx, lengthPenalty, folder, group } = session;
  const { reward } = session.reward;
  const began = performance.now();
  addCounts(session, rollout);
  const penalized = lengthPenalty?.penalize(rollout.samples);
  const rewards = rollout.samples.map((sample) => sample.reward);
  const update = await trainer.step({
    queries: rollout.samples.map(({ promptIds }) => promptIds),
    responses: rollout.samples.map(({ childIds }) => childIds),
    scores: penalized?.scores ?? Float32Array.from(rewards),
    ...(ptx && { ptxRows: ptx.rows(step, config.ppoEpochs * config.batchSize) }),
    onProgress: onUpdate,
    ...(signal ? { signal } : {}),
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
    appendJsonLines(folder.log, record);
    appendJsonLines(folder.samples, ...kept);
  }
  await sinks.step(record, kept, { "env/reward_dist": rewards, ...distributions(update.arrays) });
  const [{ promptIds, childIds }] = rollout.samples as [RolloutSample];
  return { record, samples, tokens: joinIds(promptIds, childIds).ids };
}

function openMonitor({ config }: Session, log: Logger, history: readonly StepLog[]): HealthMonitor {
  const { batchSize, miniBatchSize = batchSize, ppoEpochs, target: targetKl, targetWords, stopOn } = config;
  return new HealthMonitor(
    { targetKl, targetWords, minibatches: (ppoEpochs * batchSize) / miniBatchSize },
    { stopOn: parseStopOn(stopOn), log, history },
  );
}

/** Selects the arrays with one number per sample, which trackers show as histograms. */
function distributions(arrays: Readonly<Record<string, Float32Array>>): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(arrays).filter(([name]) => name.endsWith("_dist")));
}

/** Writes the log of all steps as one JSON array. */
function writeLogArray({ folder }: Session, log: Logger): void {
  const lines = readStepLog(folder.log, log).map((line) => JSON.stringify(line));
  writeFileAtomic(folder.logArray, `[\n${lines.join(",\n")}\n]\n`);
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
  const { lastStep, checkpointInterval, signal, stop, sinks, log } = options;
  const { heldOut, group } = session;
  const isLast = async (step: number): Promise<boolean> => {
    const isStopped = await group.any(stop?.aborted === true);
    const ending = endingAfter(step, { totalSteps: lastStep, isStopped });
    return ending !== undefined || heldOut?.isOutOfPatience === true;
  };
  let checkpoint = "";
  let done = session.done;
  let newest: StepOutcome | undefined;
  const history = readStepLog(session.folder.log, silentLogger);
  const monitor = openMonitor(session, log, history);
  const save = async ({ record, tokens }: StepOutcome): Promise<void> => {
    checkpoint = checkpointFolder(session.folder.root, record.step);
    if (!group.isFirst) return;
    await requireUsableChild(session, record.step, tokens);
    await writeCheckpoint(session, record.step, record.stats);
    await sinks.checkpoint(checkpoint, record.step);
  };
  let updated = false;
  const runStep = async (step: number): Promise<StepOutcome> => {
    updated = false;
    const rollout = await collectSamples(session, step, signal).catch(async (error) => {
      // The step has changed nothing yet, so those before it must not be lost with it.
      const isSaved = newest === undefined || checkpoint === checkpointFolder(session.folder.root, done);
      if (newest && !isSaved && !signal?.aborted) await save(newest);
      throw error;
    });
    return updateModel(session, step, rollout, { ...options, onUpdate: () => (updated = true) });
  };
  await heldOut?.begin(history, signal);
  do {
    const step = done + 1;
    newest = await runStep(step).catch(async (error) => {
      throw group.isFirst ? await explainFailure(session, step, error, updated) : error;
    });
    done = step;
    const { record, samples } = newest;
    const finding = monitor.observe(record);
    if (finding !== undefined) throw divergedError(session, finding);
    const isBest = heldOut?.judge(record) === true;
    if (isBest || step % checkpointInterval === 0 || (await isLast(step))) await save(newest);
    yield { step, stats: record.stats, samples };
  } while (!(await isLast(done)));
  // When the stop comes while the caller handles a step, the steps since the last checkpoint must still be saved.
  if (checkpoint !== checkpointFolder(session.folder.root, done)) await save(newest);
  if (group.isFirst) writeLogArray(session, log);
  return { checkpoint, steps: done, selection: heldOut?.selection };
}
