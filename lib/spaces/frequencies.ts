import path from "node:path";
import { checkCall } from "../call.ts";
import { withCallbacks } from "../callbacks.ts";
import { loadTrainingData, logDataWarnings } from "../data/training-data.ts";
import { writeFileAtomic } from "../files/atomic-file.ts";
import { checkOutput } from "../files/check-output.ts";
import { refuseInputAsOutput } from "../files/output-place.ts";
import { splitOptions } from "../options/check.ts";
import type { OptionInput, OptionValues } from "../options/option.ts";
import { resolveConfig } from "../options/resolve.ts";
import { SPACES_FREQUENCIES_OPTIONS } from "../options/tables/spaces.ts";
import { FrequencyCounter } from "../taaco/lists/frequency-counter.ts";
import { Taaco } from "../taaco/taaco.ts";
import { type CorpusCall, type CorpusConfig, corpusTaacoOptions } from "./build.ts";
import { analyseDialogues } from "./documents.ts";

/** Result of {@link countFrequencies}. */
export interface FrequenciesResult {
  /** File of the frequencies. */
  readonly output: string;
  /** Number of dialogues that were counted. */
  readonly documents: number;
  /** Number of words and n-grams in the file. */
  readonly items: number;
}

/** Counts frequencies with a resolved configuration. See {@link countFrequencies}. */
export async function countConfigFrequencies(
  config: CorpusConfig,
  options: OptionValues<typeof SPACES_FREQUENCIES_OPTIONS>,
  { signal, onProgress, log }: CorpusCall = {},
): Promise<FrequenciesResult> {
  refuseInputAsOutput(options.output, [config.data]);
  checkOutput(options.output, "file", log);
  const data = await loadTrainingData(config);
  logDataWarnings(data, log);
  const { file, train } = data;
  const taaco = await Taaco.create(corpusTaacoOptions(config));
  const counter = new FrequencyCounter();
  const texts = analyseDialogues(train, taaco, { signal, onProgress });
  for await (const text of texts) counter.add(text);
  const lines = [...counter.lines(path.basename(file), options.minCount)];
  writeFileAtomic(options.output, `${lines.join("\n")}\n`);
  const items = lines.filter((line) => !line.startsWith("#")).length;
  return { output: options.output, documents: train.length, items };
}

/** Options of {@link countFrequencies}. They are the options of the command `spaces frequencies`. */
export type CountFrequenciesInput = Partial<CorpusConfig> & OptionInput<typeof SPACES_FREQUENCIES_OPTIONS>;

/**
 * Counts the words and n-grams of the training part of the data and writes the frequencies to a file. `score` can read
 * this file as `frequencies`, the reference frequencies of the keyword indices.
 *
 * @throws DialoguePpoError ERR_CONFIG when an option is invalid, ERR_DATA when the data is invalid, ERR_ABORTED
 * @example
 * const { output, items } = await countFrequencies({ data: "dialogues.csv", output: "frequencies.tsv" });
 * console.log(output, items);
 */
export async function countFrequencies(
  input: CountFrequenciesInput = {},
  call: CorpusCall = {},
): Promise<FrequenciesResult> {
  checkCall("countFrequencies", input, call, { onProgress: "function" });
  const { own, rest: flags } = splitOptions(SPACES_FREQUENCIES_OPTIONS, input);
  const { config } = resolveConfig({ flags });
  return withCallbacks(call, (guarded) => countConfigFrequencies(config, own, guarded));
}
