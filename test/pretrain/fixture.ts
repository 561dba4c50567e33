import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { silentLogger } from "../../lib/log.ts";
import type { PretrainRecord } from "../../lib/pretrain/log.ts";
import { readLogFile } from "../../lib/run/log-file.ts";

const starter = path.resolve(import.meta.dirname, "../../data/starter/dialogues.csv");

/** Options of a tiny model that trains quickly. */
export const TINY = { vocabSize: 320, hiddenSize: 16, layers: 1, heads: 2, batchSize: 8, patience: 0 };

/** Writes the first dialogues of the starter set to a file and returns its path. */
export function writeSmallCsv(folder: string, rows: number): string {
  const file = path.join(folder, `small-${rows}.csv`);
  const parts = readFileSync(starter, "utf8").split(/\n(?=dialog_)/);
  writeFileSync(file, `${parts.slice(0, rows + 1).join("\n")}\n`);
  return file;
}

/** Reads the log of a run. */
export const readLog = (output: string): PretrainRecord[] =>
  readLogFile<PretrainRecord>(path.join(output, "pretraining_log.jsonl"), silentLogger);

/** Reads the log of a run without the fields that depend on time. */
export const logFigures = (output: string): object[] =>
  readLog(output).map((record) => ({ ...record, tokensPerSecond: undefined }));

/** Reads the weights that a run has written. */
export const readWeights = (output: string): Buffer => readFileSync(path.join(output, "model.safetensors"));
