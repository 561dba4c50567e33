import { rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { loadTrainingData } from "../data/training-data.ts";
import { FrequencyCounter } from "../taaco/lists/frequency-counter.ts";
import { Taaco } from "../taaco/taaco.ts";
import type { CorpusCall, CorpusConfig } from "./build.ts";
import { analyseDialogues } from "./documents.ts";

export interface FrequenciesResult {
  readonly output: string;
  readonly documents: number;
  /** Number of words and n-grams that were kept. */
  readonly items: number;
}

/**
 * Counts the reference frequencies of the keyword indices over the training part of the data and writes them to a file.
 * @throws DialoguePpoError ERR_DATA, ERR_ABORTED
 */
export async function countFrequencies(
  config: CorpusConfig,
  options: { readonly output: string; readonly minCount: number },
  { signal, onProgress }: CorpusCall = {},
): Promise<FrequenciesResult> {
  const { file, train } = await loadTrainingData(config);
  const taaco = await Taaco.create({ mode: config.indexMode });
  const counter = new FrequencyCounter();
  const texts = analyseDialogues(train, taaco, {
    signal,
    onProgress: (done, total) => onProgress?.("analyse", done, total),
  });
  for await (const text of texts) counter.add(text);
  const lines = [...counter.lines(path.basename(file), options.minCount)];
  const partial = `${options.output}.partial-${process.pid}`;
  await writeFile(partial, `${lines.join("\n")}\n`);
  await rename(partial, options.output);
  const items = lines.filter((line) => !line.startsWith("#")).length;
  return { output: options.output, documents: train.length, items };
}
