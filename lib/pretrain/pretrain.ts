import { existsSync } from "node:fs";
import { DialoguePpoError } from "../errors.ts";
import { checkSameData } from "../run/stored-config.ts";
import { createComponents, loadComponents } from "./components.ts";
import { type PretrainConfig, pretrainConfig } from "./config.ts";
import { loadCorpus } from "./corpus.ts";
import { type EndedRun, type Ending, isOccupied, readEndedRun } from "./output-folder.ts";
import { type PretrainOptions, PretrainRun, type ResumedState } from "./run.ts";
import { newestState } from "./saved-state.ts";

/** What a pretraining run leaves behind. */
export interface PretrainResult {
  /** The folder of the model. */
  readonly output: string;
  readonly ending: Ending;
  /** Optimizer steps done in all. */
  readonly steps: number;
  /** Best held-out perplexity; null when nothing is held out. */
  readonly perplexity: number | null;
}

/** Options of {@link pretrain}: those of the command `pretrain` by their camelCase names. */
export type PretrainInput = Readonly<Partial<PretrainConfig>>;
type State = NonNullable<ReturnType<typeof newestState>>;

/** Options that set how long a run goes on. Another value of one of them extends a run that has finished. */
const LENGTH = ["steps", "epochs", "minutes", "patience"] as const;

/** Returns the result of a run that has finished, as opposed to one that was stopped or ran out of time. */
function finishedResult(output: string, ended: EndedRun | undefined): PretrainResult | undefined {
  if (ended?.ending !== "steps" && ended?.ending !== "patience") return undefined;
  return { output, ending: ended.ending, steps: ended.step, perplexity: ended.perplexity };
}

/** Returns what a finished run left when it has no state any more. */
function resultWithoutState(input: PretrainInput, output: string, ended: EndedRun): PretrainResult {
  // The command line gives numbers as text.
  const longer = LENGTH.find(
    (name) => input[name] !== undefined && Number(input[name]) !== ended.config[name],
  );
  if (longer !== undefined) {
    throw new DialoguePpoError(
      "ERR_CHECKPOINT_FORMAT",
      `${output} holds a model without the state of its run (state-step-N), so the run cannot go on; ` +
        "begin a new one in another folder",
    );
  }
  const { ending, step: steps, perplexity } = ended;
  return { output, ending, steps, perplexity };
}

/** Returns the configuration of a run that goes on: what is not given is as before. */
function resumedConfig(input: PretrainInput, { state }: State, output: string): PretrainConfig {
  // Another number of steps or epochs replaces every limit that the run had.
  const { steps, epochs, minutes, ...rest } = state.config;
  const replaced = input.steps !== undefined || input.epochs !== undefined;
  const config = pretrainConfig(input, replaced ? rest : state.config);
  if (input.data === undefined && !existsSync(config.data)) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `${config.data}, the data file of the run in ${output}, does not exist; pass its new path with --data`,
    );
  }
  return config;
}

/** Loads what a run needs and goes on from a state, or begins anew without one. */
async function openRun(
  config: PretrainConfig,
  options: PretrainOptions,
  from?: ResumedState & { readonly dataHash: string },
): Promise<PretrainRun> {
  const corpus = await loadCorpus(config);
  if (from) checkSameData(corpus.hash, { root: config.output, dataHash: from.dataHash });
  for (const warning of corpus.warnings) options.log?.warn(`${config.data}: ${warning}`);
  const components = from
    ? await loadComponents(config, from.folder)
    : await createComponents(config, corpus);
  return new PretrainRun({ config, corpus, components, from }, options);
}

async function trainToEnd(run: PretrainRun, output: string, stop?: AbortSignal): Promise<PretrainResult> {
  try {
    const ending = await run.train();
    const { step, best } = run.progress;
    if (ending === "interrupted") {
      throw new DialoguePpoError(
        "ERR_ABORTED",
        `stopped at step ${step} and saved in ${output}; resume to go on`,
        { cause: stop?.reason },
      );
    }
    return { output, ending, steps: step, perplexity: best?.perplexity ?? null };
  } finally {
    await run.dispose();
  }
}

/** Goes on with a run, or returns the result of one that has finished and is given no other length. */
async function resumeRun(
  input: PretrainInput,
  saved: State,
  output: string,
  options: PretrainOptions,
): Promise<PretrainResult> {
  const config = resumedConfig(input, saved, output);
  const { progress, config: before, dataHash } = saved.state;
  const ended = readEndedRun(output);
  const finished = ended?.step === progress.step ? finishedResult(output, ended) : undefined;
  if (finished && LENGTH.every((name) => config[name] === before[name])) return finished;
  // A run that ended because nothing got better would end at once again.
  const worse = finished?.ending === "patience" ? 0 : progress.worse;
  const extended = finished !== undefined;
  const from = { folder: saved.folder, progress: { ...progress, worse }, extended, dataHash };
  return trainToEnd(await openRun(config, options, from), output, options.stop);
}

/**
 * Trains a language model from scratch on a corpus. Learns a tokenizer, minimises the next-token loss, measures the
 * held-out perplexity at regular intervals and keeps the weights with the best one. The output folder then holds a model
 * that every command and transformers can load, and the newest state, from which the run can be resumed or extended.
 *
 * @param input options of the run, by the names of the command line in camelCase; absent ones have their defaults, or the
 *   values of the run that is resumed. `output` is always needed, `data` for a new run.
 * @param options.resume goes on with the run in the output folder. A finished run is extended when `steps`, `epochs`,
 *   `minutes` or `patience` have another value, else its result is returned. Steps or epochs that are given replace all
 *   limits that the run had; the learning rate goes on along the schedule of the new length.
 * @returns the output folder, why the run ended, the steps done in all and the best held-out perplexity
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA, ERR_TOKENIZER and ERR_CHECKPOINT_FORMAT before anything is written;
 *   ERR_ABORTED when `options.stop` ended the run, its state saved, or `options.signal` did
 * @example
 * const { perplexity } = await pretrain({
 *   data: "dialogues.csv",
 *   output: "my-child",
 *   steps: 500,
 *   evalFraction: 0.1,
 * });
 * // 500 steps more; the run finds its data and all other options by itself.
 * await pretrain({ output: "my-child", steps: 1000 }, { resume: true });
 */
export async function pretrain(input: PretrainInput, options: PretrainOptions = {}): Promise<PretrainResult> {
  const { output = "" } = input;
  const saved = newestState(output);
  if (options.resume && saved) return resumeRun(input, saved, output, options);
  const ended = options.resume && output !== "" ? readEndedRun(output) : undefined;
  if (ended) return resultWithoutState(input, output, ended);
  if (options.resume && output !== "" && input.data === undefined) {
    throw new DialoguePpoError("ERR_CONFIG", `${output} holds no run to resume; a new one needs --data`);
  }
  const config = pretrainConfig(input);
  if (isOccupied(output) || saved !== undefined) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${output} already holds a model or a run; resume it or name another folder`,
    );
  }
  return trainToEnd(await openRun(config, options), output, options.stop);
}
