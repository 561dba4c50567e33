import type { Dialogue } from "../data/dialogue.ts";
import { loadTrainingData, logDataWarnings, type TrainingData } from "../data/training-data.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import { hashFile } from "../hash.ts";
import type { Logger } from "../log.ts";
import type { TrainConfig } from "../options/train-config.ts";
import type { LocatedRun } from "../run/located-run.ts";
import { formatSplitFlags, type KnownSplit, readKnownSplit } from "../setup/known-split.ts";

/** Two models to compare. */
export interface ComparedModels {
  readonly before: string;
  readonly after: string;
  /** Tokenizers of the two models that options name. Default: those beside the models. */
  readonly tokenizers: { readonly before: string | undefined; readonly after: string | undefined };
  /** Whether the user gave the split; otherwise the models' own records decide. */
  readonly splitGiven: boolean;
}

/** A run whose child is compared before and after training. */
export interface ComparedRun {
  readonly run: LocatedRun;
  /** Whether files are compared with their SHA-256. Default true. */
  readonly verify?: boolean | undefined;
}

/** The models to compare: the child of a run before and after training, or two models. */
export type Compared = ComparedRun | ComparedModels;

/** Data of an evaluation: dialogues to evaluate on, and dialogues that scores may be calibrated on. */
export interface EvaluationData extends TrainingData {
  /** SHA-256 of the file. */
  readonly dataHash: string;
  /** Dialogues to evaluate on. */
  readonly heldOut: readonly Dialogue[];
  /** Whether they are held out from training; false for a whole file of unknown history. */
  readonly unseen: boolean;
}

/** Takes the held-out part of the run's own data, and all dialogues of any other file. */
async function dataForRun(run: LocatedRun, config: TrainConfig, log: Logger): Promise<EvaluationData> {
  const read = await loadTrainingData(config);
  const data = { ...read, dataHash: await hashFile(read.file) };
  if (data.dataHash !== run.info.dataHash) return useWholeFile(data, log);
  if (data.evaluation.length > 0) return { ...data, heldOut: [...data.evaluation], unseen: true };
  throw new DialoguePpoError(
    "ERR_CONFIG",
    "the run held out no dialogue of its data; pass --data FILE with dialogues it has not seen, or train with --eval-fraction",
  );
}

function useWholeFile(data: Omit<EvaluationData, "heldOut" | "unseen">, log: Logger): EvaluationData {
  const heldOut = [...data.train, ...data.evaluation];
  log.info(`${data.file}: evaluating on all of it, ${formatCount(heldOut.length, "dialogue")}`);
  return { ...data, heldOut, unseen: false };
}

/**
 * Returns the split that both models record for the file; undefined when neither does or the user gave one.
 * @throws DialoguePpoError ERR_CONFIG when the models held out different parts
 */
function recordedSplit(
  known: readonly KnownSplit[],
  config: TrainConfig,
  splitGiven: boolean,
): KnownSplit | undefined {
  const [first] = known;
  if (splitGiven || first === undefined) return undefined;
  const other = known.find(
    ({ evalFraction, seed }) => evalFraction !== first.evalFraction || seed !== first.seed,
  );
  if (other === undefined) return first;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `${first.model} and ${other.model} held out other parts of ${config.data ?? "the starter dialogues"} ` +
      `(${formatSplitFlags(first)}, ${formatSplitFlags(other)}); say with these flags which part to evaluate on`,
  );
}

async function dataForModels(
  { before, after, splitGiven }: ComparedModels,
  config: TrainConfig,
  log: Logger,
): Promise<EvaluationData> {
  const asGiven = await loadTrainingData(config);
  const dataHash = await hashFile(asGiven.file);
  const known = [...new Set([before, after])]
    .flatMap((model) => readKnownSplit(model) ?? [])
    .filter((one) => one.dataHash === dataHash);
  const recorded = recordedSplit(known, config, splitGiven);
  const read =
    recorded === undefined
      ? asGiven
      : await loadTrainingData({ ...config, evalFraction: recorded.evalFraction, seed: recorded.seed });
  const data = { ...read, dataHash };
  if (data.evaluation.length === 0) return useWholeFile(data, log);
  const source = recorded === undefined ? "" : `, as ${recorded.model} did (${formatSplitFlags(recorded)})`;
  log.info(
    `evaluating on the ${formatCount(data.evaluation.length, "dialogue")} of ${data.file} held out${source}`,
  );
  return { ...data, heldOut: [...data.evaluation], unseen: true };
}

/**
 * Reads the data and finds the dialogues to evaluate on: those that the run, or the models, did not see.
 * @throws DialoguePpoError ERR_DATA; ERR_CONFIG when the run held out nothing, or the models held out different parts
 */
export async function loadEvaluationData(
  compared: Compared,
  config: TrainConfig,
  log: Logger,
): Promise<EvaluationData> {
  const data = await ("run" in compared
    ? dataForRun(compared.run, config, log)
    : dataForModels(compared, config, log));
  logDataWarnings(data, log);
  return data;
}
