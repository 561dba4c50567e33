import path from "node:path";
import { writeFileAtomic } from "../atomic.ts";
import { loadTrainingData } from "../data/training-data.ts";
import { splitOptions } from "../options/check.ts";
import type { OptionInput, OptionValues } from "../options/option.ts";
import { resolveConfig } from "../options/resolve.ts";
import { SPACES_FREQUENCIES_OPTIONS } from "../options/tables/spaces.ts";
import { FrequencyCounter } from "../taaco/lists/frequency-counter.ts";
import { Taaco } from "../taaco/taaco.ts";
import type { CorpusCall, CorpusConfig } from "./build.ts";
import { analyseDialogues } from "./documents.ts";

/** The file that was written and what it holds. */
export interface FrequenciesResult {
  readonly output: string;
  readonly documents: number;
  /** Number of words and n-grams that were kept. */
  readonly items: number;
}

/** Counts frequencies with a resolved configuration; see {@link countFrequencies}. */
export async function countConfigFrequencies(
  config: CorpusConfig,
  options: OptionValues<typeof SPACES_FREQUENCIES_OPTIONS>,
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
  writeFileAtomic(options.output, `${lines.join("\n")}\n`);
  const items = lines.filter((line) => !line.startsWith("#")).length;
  return { output: options.output, documents: train.length, items };
}

/** Options of {@link countFrequencies}: those of the command `spaces frequencies`. */
export type CountFrequenciesInput = Partial<CorpusConfig> & OptionInput<typeof SPACES_FREQUENCIES_OPTIONS>;

/**
 * Counts the reference frequencies of the keyword indices over the training part of the data and writes them to a file,
 * which `score` takes as `frequencies`.
 *
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA, ERR_ABORTED
 * @example
 * const { output, items } = await countFrequencies({ data: "dialogues.csv", output: "frequencies.tsv" });
 * console.log(output, items);
 */
export async function countFrequencies(
  input: CountFrequenciesInput = {},
  call: CorpusCall = {},
): Promise<FrequenciesResult> {
  const { own, rest: flags } = splitOptions(SPACES_FREQUENCIES_OPTIONS, input);
  return countConfigFrequencies(resolveConfig({ flags }).config, own, call);
}
