import { parentPort, workerData } from "node:worker_threads";
import { Taaco } from "../taaco.ts";
import type { TaacoInput, VectorSpace } from "../types.ts";
import { workerFailure } from "./failure.ts";
import { indexRow } from "./index-row.ts";
import type { JobResult, RowParts, ScoringJob, SharedSpace, WorkerSetup } from "./message.ts";

function toSpace({ kind, dimensions, words, values }: SharedSpace): VectorSpace {
  const rows = new Map(words.map((word, row) => [word, row]));
  return { kind, dimensions, values, row: (lemma) => rows.get(lemma) ?? -1 };
}

function scoreTexts(taaco: Taaco, { texts, source }: ScoringJob, parts: RowParts): JobResult {
  const sourceOf = (at: number): TaacoInput | null | undefined =>
    typeof source === "object" && "each" in source ? source.each[at] : source;
  const rows = texts.map((text, at) => indexRow(taaco, text, sourceOf(at), parts));
  const width = rows[0]?.values.length ?? 0;
  const values = new Float64Array(rows.length * width);
  rows.forEach((row, at) => {
    values.set(row.values, at * width);
  });
  return {
    words: Int32Array.from(rows, ({ words }) => words),
    values,
    ...(parts.counts && { counts: rows.map(({ counts = [] }) => counts) }),
    ...(parts.tagged && { tagged: rows.map(({ tagged = [] }) => tagged) }),
  };
}

const { mode, spaces, lists, parts } = workerData as WorkerSetup;
const taacoPromise = Taaco.create({ mode, lists, spaces: spaces.map(toSpace) });
// Each job awaits this promise and reports its error. The empty handler prevents an unhandled rejection if the promise
// fails before the first job.
taacoPromise.catch(() => {});

parentPort?.on("message", async (job: ScoringJob) => {
  let result: JobResult;
  try {
    result = scoreTexts(await taacoPromise, job, parts);
  } catch (error) {
    result = workerFailure(error);
  }
  parentPort?.postMessage(
    result,
    "values" in result ? ([result.values.buffer, result.words.buffer] as ArrayBuffer[]) : [],
  );
});
