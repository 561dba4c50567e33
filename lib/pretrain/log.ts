import { rmSync } from "node:fs";
import path from "node:path";
import { appendJsonLines, cutAfterStep, readJsonLines } from "../run/log-file.ts";

/** A training step in pretraining_log.jsonl. */
export interface PretrainStepRecord {
  readonly type: "step";
  readonly step: number;
  readonly epoch: number;
  /** Nats a predicted token. */
  readonly loss: number;
  /** Before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** Predicted tokens. */
  readonly tokens: number;
  readonly tokensPerSecond: number;
}

/** A held-out measurement in pretraining_log.jsonl. */
export interface PretrainEvaluationRecord {
  readonly type: "evaluation";
  readonly step: number;
  /** Nats a predicted token of held-out text. */
  readonly loss: number;
  readonly perplexity: number;
  /** Predicted tokens. */
  readonly tokens: number;
  /** Whether no earlier measurement was as good. */
  readonly best: boolean;
}

/** A line of pretraining_log.jsonl. */
export type PretrainRecord = PretrainStepRecord | PretrainEvaluationRecord;

/** pretraining_log.jsonl of a run. */
export class PretrainLog {
  readonly #file: string;

  /** @param step the last step done: lines of later steps are removed, because the run does them again */
  constructor(output: string, step: number) {
    this.#file = path.join(output, "pretraining_log.jsonl");
    if (step === 0) rmSync(this.#file, { force: true });
    else cutAfterStep(this.#file, step);
  }

  write(record: PretrainRecord): void {
    appendJsonLines(this.#file, record);
  }

  /** Reads the held-out measurements so far, those of earlier invocations included. */
  evaluations(): PretrainEvaluationRecord[] {
    return readJsonLines<PretrainRecord>(this.#file).filter((record) => record.type === "evaluation");
  }
}
