import { rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { formatCount } from "../../format.ts";
import type { OptionValues } from "../../options/option.ts";
import type { SPACES_FREQUENCIES_OPTIONS } from "../../options/tables/spaces.ts";
import type { TrainConfig } from "../../options/train-config.ts";
import { FrequencyCounter } from "../../taaco/frequency-counter.ts";
import { Taaco } from "../../taaco/taaco.ts";
import { trainingData } from "../../train/data.ts";
import { say } from "../output.ts";
import { analysedWithBar } from "./documents.ts";

export interface FrequenciesResult {
  readonly output: string;
  readonly documents: number;
  readonly items: number;
}

/** Counts the reference frequencies of the keyword indices over the training part of the data and writes them. */
export async function countFrequencies(
  config: TrainConfig,
  options: OptionValues<typeof SPACES_FREQUENCIES_OPTIONS>,
  signal: AbortSignal,
): Promise<FrequenciesResult> {
  const { file, train } = await trainingData(config);
  const taaco = await Taaco.create({ mode: config.indexMode });
  const counter = new FrequencyCounter();
  for await (const text of analysedWithBar(train, taaco, signal)) counter.add(text);
  const lines = [...counter.lines(path.basename(file), options.minCount)];
  const partial = `${options.output}.partial-${process.pid}`;
  await writeFile(partial, `${lines.join("\n")}\n`);
  await rename(partial, options.output);
  const items = lines.filter((line) => !line.startsWith("#")).length;
  say(`${options.output}: ${formatCount(items, "item")} of ${formatCount(train.length, "dialogue")}`);
  return { output: options.output, documents: train.length, items };
}
