import { parentPort, workerData } from "node:worker_threads";
import { DialoguePpoError } from "../../errors.ts";
import { Taaco } from "../taaco.ts";
import type { MatrixModule, VectorSpace } from "../types.ts";
import { indexRow } from "./index-row.ts";
import type { Answer, Job, SharedSpace, WorkerSetup } from "./message.ts";

async function openValues(values: SharedSpace["values"]): Promise<Float32Array> {
  if (values instanceof Float32Array) return values;
  const { openMatrix } = (await import(values.module)) as MatrixModule;
  return openMatrix(values.file);
}

async function toSpace({ kind, dimensions, words, values: given }: SharedSpace): Promise<VectorSpace> {
  const values = await openValues(given);
  const rows = new Map(words.map((word, row) => [word, row]));
  return { kind, dimensions, values, row: (lemma) => rows.get(lemma) ?? -1 };
}

function answerTo(taaco: Taaco, { texts, source }: Job): Answer {
  const rows = texts.map((text) => indexRow(taaco, text, source));
  const width = rows[0]?.values.length ?? 0;
  const values = new Float64Array(rows.length * width);
  rows.forEach((row, at) => {
    values.set(row.values, at * width);
  });
  return { words: Int32Array.from(rows, ({ words }) => words), values };
}

const { mode, spaces, lists } = workerData as WorkerSetup;
const created = Promise.all(spaces.map(toSpace)).then((opened) =>
  Taaco.create({ mode, lists, spaces: opened }),
);
// Each job awaits this promise and reports its reason. The empty handler keeps a failure before the first job from
// counting as unhandled.
created.catch(() => {});

parentPort?.on("message", async (job: Job) => {
  let answer: Answer;
  try {
    answer = answerTo(await created, job);
  } catch (error) {
    const { message } = error as Error;
    answer = { code: error instanceof DialoguePpoError ? error.code : "ERR_INTERNAL", message };
  }
  parentPort?.postMessage(
    answer,
    "values" in answer ? ([answer.values.buffer, answer.words.buffer] as ArrayBuffer[]) : [],
  );
});
