import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A line of pretraining_log.jsonl. */
export type PretrainRecord =
  | {
      readonly type: "step";
      readonly step: number;
      readonly epoch: number;
      /** Nats a predicted token. */
      readonly loss: number;
      /** Before clipping. */
      readonly gradientNorm: number;
      readonly learningRate: number;
      readonly tokens: number;
      readonly tokensPerSecond: number;
    }
  | {
      readonly type: "evaluation";
      readonly step: number;
      /** Nats a predicted token of held-out text. */
      readonly loss: number;
      readonly perplexity: number;
      readonly tokens: number;
      /** Whether no measurement before was better. */
      readonly best: boolean;
    };

/** The log of a run: one JSON object a line. */
export class RecordFile {
  readonly #file: string;

  /** @param step lines of later steps are cut off: the run goes on from there */
  constructor(output: string, step: number) {
    this.#file = path.join(output, "pretraining_log.jsonl");
    const lines = step > 0 && existsSync(this.#file) ? readFileSync(this.#file, "utf8").split("\n") : [];
    const kept = lines.filter((line) => stepOf(line) <= step);
    const temporary = `${this.#file}.tmp`;
    writeFileSync(temporary, kept.map((line) => `${line}\n`).join(""));
    renameSync(temporary, this.#file);
  }

  write(record: PretrainRecord): void {
    appendFileSync(this.#file, `${JSON.stringify(record)}\n`);
  }
}

/** Infinite for what is no whole line, so that it is cut off too. */
function stepOf(line: string): number {
  try {
    return (JSON.parse(line) as PretrainRecord).step;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
