import type { Dialogue } from "../data/dialogue.ts";
import { hashFile } from "../data/load.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import type { Logger } from "../log.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { infoFile, readRunJson, type TrainingInfo } from "../run/folder.ts";
import { type TrainingData, trainingData } from "../train/data.ts";
import { coversHeldOut, type KnownSplit, splitFlags, splitOf } from "./known-split.ts";
import type { LocatedRun } from "./participants.ts";

/** What is compared: two states of a run's child, or two models. */
export type Compared =
  | { readonly run: LocatedRun }
  | {
      readonly before: string;
      readonly after: string;
      /** Whether the user said what is held out; else the models are asked. */
      readonly splitGiven: boolean;
    };

/** The data of an evaluation: what is evaluated on, and what scores may be calibrated on. */
export interface EvaluationData extends TrainingData {
  /** Dialogues that the models have not seen, as far as anyone knows. */
  readonly heldOut: readonly Dialogue[];
  /** Whether they are known, or said, to be held out; not so of a whole file whose history nobody knows. */
  readonly unseen: boolean;
}

/** The run's own held-out part when it is the run's data; of any other file all. */
async function dataOfRun(
  run: Extract<Compared, { run: object }>["run"],
  config: TrainConfig,
  log: Logger,
): Promise<EvaluationData> {
  const data = await trainingData(config);
  const { dataHash } = readRunJson<TrainingInfo>(infoFile(run.directory));
  if ((await hashFile(data.file)) !== dataHash) return whole(data, log);
  if (data.evaluation.length > 0) return { ...data, heldOut: data.evaluation, unseen: true };
  throw new DialoguePpoError(
    "ERR_CONFIG",
    "the run held out no dialogue of its data; pass --data FILE with dialogues it has not seen, or train with --eval-fraction",
  );
}

function whole(data: TrainingData, log: Logger): EvaluationData {
  const heldOut = [...data.train, ...data.evaluation];
  log.info(`${data.file}: evaluating on all of it, ${formatCount(heldOut.length, "dialogue")}`);
  return { ...data, heldOut, unseen: false };
}

/** What both models held out of this file: as they tell, or as the flags say. */
function agreedSplit(
  known: readonly KnownSplit[],
  config: TrainConfig,
  given: boolean,
): KnownSplit | undefined {
  const [first] = known;
  if (given || first === undefined) return undefined;
  const other = known.find(
    ({ evalFraction, seed }) => evalFraction !== first.evalFraction || seed !== first.seed,
  );
  if (other === undefined) return first;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `${first.model} and ${other.model} held out other parts of ${config.data ?? "the starter dialogues"} ` +
      `(${splitFlags(first)}, ${splitFlags(other)}); say with these flags which part to evaluate on`,
  );
}

async function dataOfModels(
  { before, after, splitGiven }: Exclude<Compared, { run: object }>,
  config: TrainConfig,
  log: Logger,
): Promise<EvaluationData> {
  const asGiven = await trainingData(config);
  const hash = await hashFile(asGiven.file);
  const known = [...new Set([before, after])]
    .flatMap((model) => splitOf(model) ?? [])
    .filter(({ dataHash }) => dataHash === hash);
  const split = agreedSplit(known, config, splitGiven);
  const parting = split ?? config;
  const { evalFraction, seed } = parting;
  const data = split === undefined ? asGiven : await trainingData({ ...config, evalFraction, seed });
  const seenBy = known.filter((one) => evalFraction === 0 || !coversHeldOut(one, { evalFraction, seed }));
  for (const one of seenBy) {
    log.warn(
      `${one.model} was trained with ${splitFlags(one)}: it has seen ${one.evalFraction > 0 ? "some of " : ""}the dialogues that are evaluated on`,
    );
  }
  if (data.evaluation.length === 0) return whole(data, log);
  const whose = split === undefined ? "" : `, as ${split.model} did (${splitFlags(split)})`;
  log.info(
    `evaluating on the ${formatCount(data.evaluation.length, "dialogue")} of ${data.file} held out${whose}`,
  );
  return { ...data, heldOut: data.evaluation, unseen: seenBy.length === 0 };
}

/**
 * Reads the data and finds the part to evaluate on: what the run, or the models compared, did not see.
 * @throws DialoguePpoError ERR_DATA; ERR_CONFIG when the run held out nothing, or the models different parts
 */
export async function evaluationData(
  compared: Compared,
  config: TrainConfig,
  log: Logger,
): Promise<EvaluationData> {
  const data = await ("run" in compared
    ? dataOfRun(compared.run, config, log)
    : dataOfModels(compared, config, log));
  for (const doubt of data.doubts) log.warn(`${data.file}: ${doubt}`);
  return data;
}
