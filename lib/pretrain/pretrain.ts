import { existsSync } from "node:fs";
import path from "node:path";
import { checkCall } from "../call.ts";
import { withCallbacks } from "../callbacks.ts";
import { logDataWarnings } from "../data/training-data.ts";
import { DialoguePpoError } from "../errors.ts";
import { type Group, openGroup } from "../group/group.ts";
import { loadWhileVerifying } from "../run/integrity.ts";
import { checkResume } from "../run/located-run.ts";
import { checkUnlocked, lockFolder } from "../run/lock.ts";
import { checkSameData } from "../run/stored-config.ts";
import { openEngine } from "../setup/models.ts";
import { createComponents, loadComponents } from "./components.ts";
import { type PretrainConfig, pretrainConfig } from "./config.ts";
import { loadCorpus } from "./corpus.ts";
import {
  type EndedRun,
  type Ending,
  isOccupied,
  readEndedRun,
  refuseOtherFiles,
  watchTokenizerFiles,
} from "./output-folder.ts";
import { type PretrainOptions, PretrainRun, type ResumedState } from "./run.ts";
import { holdsState, type OpenedState, openNewestState } from "./saved-state.ts";

/** Result of a pretraining run. */
export interface PretrainResult {
  /** Folder of the model. */
  readonly output: string;
  /** Reason why the run ended. */
  readonly ending: Ending;
  /** Number of optimizer steps in the whole run. */
  readonly steps: number;
  /** Best held-out perplexity, or null if nothing is held out. */
  readonly perplexity: number | null;
}

/** Processes that a launcher started pretrain together. Only the first of them logs. */
type Call = PretrainOptions & { readonly group: Group };

/** Options of {@link pretrain}: those of the command `pretrain` by their camelCase names. */
export type PretrainInput = Readonly<Partial<PretrainConfig>>;

/** Options that set the length of a run. A finished run is extended if one of them has another value. */
const LENGTH_OPTIONS = ["steps", "epochs", "minutes", "patience"] as const;

/** Returns the result of a finished run, or undefined for a run that was stopped or ran out of time. */
function finishedResult(output: string, ended: EndedRun | undefined): PretrainResult | undefined {
  if (ended?.ending !== "steps" && ended?.ending !== "patience") return undefined;
  return { output, ending: ended.ending, steps: ended.step, perplexity: ended.perplexity };
}

/** Returns the option that asks an ended run for another length; undefined when none does. */
const changedLength = (input: PretrainInput, { config }: EndedRun): string | undefined =>
  // The command line passes numbers as text.
  LENGTH_OPTIONS.find((name) => input[name] !== undefined && Number(input[name]) !== config[name]);

/**
 * Returns the result of an ended run that has no saved state.
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when a length option asks for more, which needs the state
 */
function resultWithoutState(input: PretrainInput, output: string, ended: EndedRun): PretrainResult {
  if (changedLength(input, ended) !== undefined) {
    throw new DialoguePpoError(
      "ERR_CHECKPOINT_FORMAT",
      `${output} holds a model without the state of its run (state-step-N), so the run cannot go on; ` +
        "begin a new one in another folder",
    );
  }
  const { ending, step: steps, perplexity } = ended;
  return { output, ending, steps, perplexity };
}

/** Returns the configuration of a resumed run. Options that are not given keep their values. */
function resumedConfig(input: PretrainInput, { state }: OpenedState, output: string): PretrainConfig {
  // A new number of steps or epochs replaces all length limits of the run.
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

/**
 * Loads the corpus and the components of a run, those of the saved state if there is one, otherwise new ones, and
 * trains. The output folder stays locked meanwhile.
 */
async function runPretraining(
  config: PretrainConfig,
  options: Call,
  from?: ResumedState & Pick<OpenedState, "verify"> & { readonly dataHash: string },
): Promise<PretrainResult> {
  checkUnlocked(config.output);
  const { group } = options;
  const corpus = await loadCorpus(config);
  const device = await openEngine(config, group);
  // The first process locks the folder when the others have seen that it is free.
  await group.requireSame({ ...config }, { data: corpus.hash });
  if (from) checkSameData(corpus.hash, { root: config.output, dataHash: from.dataHash });
  logDataWarnings({ file: config.data, warnings: corpus.warnings }, options.log);
  const lock = group.isFirst ? lockFolder(config.output) : undefined;
  const removeTokenizer = watchTokenizerFiles(config.output);
  try {
    // Another process can have written a model here while this one read the corpus.
    if (!from) checkUnoccupied(config.output);
    const components = from
      ? await loadWhileVerifying(from.verify, () => loadComponents(config, from.folder, { device, group }))
      : await createComponents(config, corpus, { device, group });
    const run = new PretrainRun({ group, config, corpus, components, from, lock }, options);
    return await trainToEnd(run, config.output, options.stop);
  } finally {
    if (lock) removeTokenizer();
    lock?.release();
  }
}

/** @throws DialoguePpoError ERR_CONFIG when a folder holds a model or a run */
function checkUnoccupied(output: string): void {
  if (!isOccupied(output) && !holdsState(output)) return;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `${output} already holds a model or a run; resume it or name another folder`,
  );
}

/** Trains, releases the memory of the run, and returns its result. */
async function trainToEnd(run: PretrainRun, output: string, stop?: AbortSignal): Promise<PretrainResult> {
  try {
    const ending = await run.train();
    const { step, best } = run.progress;
    if (ending === "interrupted") {
      throw new DialoguePpoError(
        "ERR_ABORTED",
        `stopped at step ${step} and saved in ${output}; resume to continue`,
        { cause: stop?.reason },
      );
    }
    return { output, ending, steps: step, perplexity: best?.perplexity ?? null };
  } finally {
    await run.dispose();
  }
}

/** Resumes a run. If the run has finished and its length options are unchanged, returns its result instead. */
async function resumeRun(
  input: PretrainInput,
  saved: OpenedState,
  output: string,
  options: Call,
): Promise<PretrainResult> {
  const config = resumedConfig(input, saved, output);
  const { progress, config: before, dataHash } = saved.state;
  const ended = readEndedRun(output);
  const finished = ended?.step === progress.step ? finishedResult(output, ended) : undefined;
  if (finished && LENGTH_OPTIONS.every((name) => config[name] === before[name])) return finished;
  // Without this, a run that ended for lack of improvement would end again at once.
  const worse = finished?.ending === "patience" ? 0 : progress.worse;
  const extended = finished !== undefined;
  const { folder, verify } = saved;
  const from = { folder, progress: { ...progress, worse }, extended, dataHash, verify };
  return runPretraining(config, options, from);
}

async function beginRun(input: PretrainInput, options: Call): Promise<PretrainResult> {
  const config = pretrainConfig(input);
  checkUnoccupied(config.output);
  refuseOtherFiles(config.output, config.tokenizer);
  return runPretraining(config, options);
}

/**
 * Returns the folder of the run to resume.
 * @throws DialoguePpoError ERR_CONFIG when it is not named, is empty, or is named twice
 */
function resumedFolder({ output }: PretrainInput, resume: boolean | string): string {
  checkResume(resume);
  const folder = typeof resume === "string" ? resume : output;
  if (folder === undefined || folder === "") {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      "--resume: expected the folder of the model whose run is continued, as --resume DIR or with --output DIR",
    );
  }
  if (output === undefined || path.resolve(output) === path.resolve(folder)) return folder;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `--output ${output} is not the folder of the run that is resumed, ${folder}; leave it out`,
  );
}

/**
 * Resumes the run in the output folder, or returns its result when it has ended.
 * @returns undefined when there is no run
 */
async function resumeOutput(
  input: PretrainInput,
  output: string,
  options: Call,
): Promise<PretrainResult | undefined> {
  const ended = readEndedRun(output);
  const saved = await openNewestState(output, options).catch((error) => {
    // The model of a finished run is complete, whatever happened to the state.
    const finished = ended && finishedResult(output, ended);
    if (!finished || changedLength(input, ended) !== undefined) throw error;
    options.log?.warn(`the run has ended and its model is complete, but it cannot go on: ${error.message}`);
    return undefined;
  });
  if (saved) return resumeRun(input, saved, output, options);
  return ended && resultWithoutState(input, output, ended);
}

/**
 * Trains a language model from scratch on a corpus. Learns a tokenizer, minimises the next-token loss, measures the
 * held-out perplexity at regular intervals and keeps the weights with the best one. The output folder then holds a
 * model that every command and transformers can load, and the newest state, from which the run can be resumed or
 * extended.
 *
 * @param input options of the run by camelCase name. Options that are not given have their defaults, or the values of
 *   the run that is resumed. `output` is always required. `data` is required for a new run.
 * @param options.resume whether to resume the run in the output folder. A finished run is extended if `steps`,
 *   `epochs`, `minutes` or `patience` has another value. Otherwise its result is returned. A new number of steps or
 *   epochs replaces all length limits of the run, and the learning rate follows the schedule of the new length.
 * @returns the output folder, the reason why the run ended, the number of steps and the best held-out perplexity
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA, ERR_TOKENIZER or ERR_CHECKPOINT_FORMAT before anything is written;
 *   ERR_ABORTED when `options.stop` ended the run after its state was saved, or when `options.signal` ended it
 * @example
 * const { perplexity } = await pretrain({
 *   data: "dialogues.csv",
 *   output: "my-child",
 *   steps: 500,
 *   evalFraction: 0.1,
 * });
 * // Adds 500 steps. The data file and all other options are those of the run.
 * await pretrain({ output: "my-child", steps: 1000 }, { resume: true });
 */
export async function pretrain(input: PretrainInput, options: PretrainOptions = {}): Promise<PretrainResult> {
  checkCall("pretrain", input, options, {
    resume: "any",
    verify: "any",
    stop: "signal",
    onRecord: "function",
  });
  const group = openGroup();
  return withCallbacks(options, ({ log, ...rest }) =>
    group.together(() => pretrainTogether(input, { ...rest, ...(group.isFirst && log && { log }), group })),
  );
}

async function pretrainTogether(input: PretrainInput, options: Call): Promise<PretrainResult> {
  const { resume = false } = options;
  if (resume === false) return beginRun(input, options);
  const output = resumedFolder(input, resume);
  const result = await resumeOutput({ ...input, output }, output, options);
  if (result) return result;
  if (input.data !== undefined) return beginRun({ ...input, output }, options);
  throw new DialoguePpoError("ERR_CONFIG", `${output} holds no run to resume; a new one needs --data`);
}
