import type { Logger } from "../log.ts";
import { writeFileAtomic } from "../run/atomic.ts";
import { checkpointFolder } from "../run/folder.ts";
import { JsonLines, readJsonLines } from "../run/log-file.ts";
import type { SampleRecord, StepLog } from "../run/records.ts";
import type { Sinks } from "../track/sinks.ts";
import { writeCheckpoint } from "./checkpoint.ts";
import { sampleRecord, stepLog, stepStatistics } from "./metrics.ts";
import { collectRollout, type Rollout } from "./rollout.ts";
import type { Session } from "./session.ts";

/** One finished step. */
export interface TrainStep {
  readonly step: number;
  /** Scalars under TRL's names; null for what is not finite. */
  readonly stats: Readonly<Record<string, number | null>>;
  /** What was said in this step, as samples.jsonl keeps it. */
  readonly samples: readonly SampleRecord[];
}

export interface LoopOptions {
  /** Last step of the run. */
  readonly totalSteps: number;
  /** Last step of this invocation. */
  readonly lastStep: number;
  readonly checkpointInterval: number;
  /** Aborts at once; the step under way is lost. */
  readonly signal?: AbortSignal | undefined;
  /** Ends after the step under way, with a checkpoint. */
  readonly stop?: AbortSignal | undefined;
  readonly sinks: Sinks;
  readonly log: Logger;
}

interface StepOutcome {
  readonly record: StepLog;
  readonly samples: SampleRecord[];
}

function tallyUp(session: Session, rollout: Rollout): void {
  session.tally.retries += rollout.retries;
  for (const [reason, count] of Object.entries(rollout.dropped)) {
    session.tally.dropped[reason] = (session.tally.dropped[reason] ?? 0) + count;
  }
}

/** One PPO step: prompts, turns of child and teacher, scores, update, figures. */
async function runStep(session: Session, step: number, options: LoopOptions): Promise<StepOutcome> {
  const { config, exchange, cursor, trainer, folder } = session;
  const { signal, sinks } = options;
  const { reward } = session.reward;
  const { batchSize, seed, failurePolicy } = config;
  const began = performance.now();
  const parts = { exchange, reward, cursor, batchSize, seed, failurePolicy };
  const rollout = await collectRollout(parts, step, signal);
  tallyUp(session, rollout);
  const update = await trainer.step({
    queries: rollout.samples.map(({ promptIds }) => promptIds),
    responses: rollout.samples.map(({ childIds }) => childIds),
    scores: Float32Array.from(rollout.samples, (sample) => sample.reward),
    ...(signal ? { signal } : {}),
  });
  const seconds = (performance.now() - began) / 1000;
  const { epoch } = cursor.state;
  const record = stepLog(step, stepStatistics({ rollout, update, rewardName: reward.name, epoch, seconds }));
  const samples = rollout.samples.map((sample) => sampleRecord(step, sample));
  const rewards = rollout.samples.map((sample) => sample.reward);
  const kept = samples.slice(0, config.samplesPerStep);
  appendLine(folder.log, record);
  if (kept.length > 0) appendLine(folder.samples, ...kept);
  await sinks.step(record, kept, { "env/reward_dist": rewards, ...distributions(update.arrays) });
  return { record, samples };
}

/** The arrays that hold one number a sample, which trackers show as histograms. */
function distributions(arrays: Readonly<Record<string, Float32Array>>): Record<string, Float32Array> {
  return Object.fromEntries(Object.entries(arrays).filter(([name]) => name.endsWith("_dist")));
}

function appendLine(file: string, ...objects: object[]): void {
  const lines = new JsonLines(file);
  try {
    lines.append(...objects);
  } finally {
    lines.close();
  }
}

/**
 * The training loop: from the step after the last one done to `lastStep`, a checkpoint each interval, at the end and at
 * a clean stop.
 *
 * @returns the folder of the newest checkpoint and the number of steps done in all
 */
export async function* runSteps(
  session: Session,
  options: LoopOptions,
): AsyncGenerator<TrainStep, { checkpoint: string; steps: number }> {
  const { lastStep, checkpointInterval, stop, sinks, log } = options;
  let checkpoint = "";
  let done = session.done;
  let stats: TrainStep["stats"] = {};
  while (done < lastStep) {
    const step = done + 1;
    const { record, samples } = await runStep(session, step, options);
    done = step;
    stats = record.stats;
    if ((record.stats["objective/kl"] ?? 0) < -1) {
      log.warn(
        `step ${step}: the KL is ${record.stats["objective/kl"]?.toFixed(2)}, below -1: is the sampling pure?`,
      );
    }
    if (step % checkpointInterval === 0 || step === lastStep || stop?.aborted) {
      checkpoint = await writeCheckpoint(session, step, record.stats);
      await sinks.checkpoint(checkpoint, step);
    }
    yield { step, stats: record.stats, samples };
    if (stop?.aborted) break;
  }
  // A stop that came while the caller held the last step: what was learnt since the last checkpoint is kept.
  if (checkpoint !== checkpointFolder(session.folder.root, done)) {
    checkpoint = await writeCheckpoint(session, done, stats);
    await sinks.checkpoint(checkpoint, done);
  }
  const lines = readJsonLines<object>(session.folder.log);
  writeFileAtomic(
    session.folder.logArray,
    `[\n${lines.map((line) => JSON.stringify(line)).join(",\n")}\n]\n`,
  );
  return { checkpoint, steps: done };
}
