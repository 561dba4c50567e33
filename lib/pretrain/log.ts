import { rmSync } from "node:fs";
import path from "node:path";
import type { Logger } from "../log.ts";
import { appendJsonLines, cutAfterStep, readLogFile } from "../run/log-file.ts";

/** A training step in pretraining_log.jsonl. */
export interface PretrainStepRecord {
  readonly type: "step";
  readonly step: number;
  readonly epoch: number;
  /** Mean negative log-likelihood of a predicted token, in nats. */
  readonly loss: number;
  /** Norm of the gradient before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Number of predicted tokens. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
}

/** A held-out measurement in pretraining_log.jsonl. */
export interface PretrainEvaluationRecord {
  readonly type: "evaluation";
  readonly step: number;
  /** Mean negative log-likelihood of a predicted token of held-out text, in nats. */
  readonly loss: number;
  readonly perplexity: number;
  /** Number of predicted tokens. */
  readonly tokens: number;
  /** Whether this is the best measurement so far. */
  readonly best: boolean;
}

/** A line of pretraining_log.jsonl. */
export type PretrainRecord = PretrainStepRecord | PretrainEvaluationRecord;

/** Name of the log of a run. */
export const PRETRAINING_LOG = "pretraining_log.jsonl";

/** The log of a run, pretraining_log.jsonl. */
export class PretrainLog {
  readonly #file: string;
  readonly #log: Logger;
  readonly #writes: boolean;

  /**
   * @param step last step that is done. Records of later steps are removed, because the run repeats these steps.
   * @param log receives a warning if the file has damaged lines
   * @param writes whether this process writes the file
   */
  constructor(output: string, step: number, log: Logger, writes = true) {
    this.#file = path.join(output, PRETRAINING_LOG);
    this.#log = log;
    this.#writes = writes;
    if (!writes) return;
    if (step === 0) rmSync(this.#file, { force: true });
    else cutAfterStep(this.#file, step, log);
  }

  /** Appends a record. */
  write(record: PretrainRecord): void {
    if (this.#writes) appendJsonLines(this.#file, record);
  }

  /** Reads all held-out measurements so far, including those of earlier invocations. */
  evaluations(): PretrainEvaluationRecord[] {
    return readLogFile<PretrainRecord>(this.#file, this.#log).filter(
      (record) => record.type === "evaluation",
    );
  }
}
