import { existsSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { checkObject } from "../arguments.ts";
import { type JsonFormat, readJson } from "../checked-json.ts";
import type { Dialogue } from "../data/dialogue.ts";
import type { List } from "../data/list.ts";
import { loadTrainingData, type TrainingData } from "../data/training-data.ts";
import { type FittedPrompts, surelyFits } from "../dialogue/fit.ts";
import { buildPrompt, type Prompt } from "../dialogue/prompt.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount } from "../format.ts";
import { Tokenizer } from "../model/tokenizer.ts";
import { resolveConfig } from "../options/resolve.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { starterFolder } from "../package.ts";
import { buildPrompts, checkBatch, preparePrompts, wantedTurns } from "../setup/prompts.ts";
import { planSteps, type StepPlan } from "./step-plan.ts";
import type { NewRunInput } from "./train.ts";

/** Numbers of dialogues and steps of a run, and what the run will leave out or refuse. */
export interface StepCount extends StepPlan {
  /** The file that was read. */
  readonly file: string;
  /** Number of dialogues to train on. */
  readonly training: number;
  /** Number of dialogues held out. */
  readonly heldOut: number;
  /** Number of rows left out, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Numbers of the first rows left out, at most three for each reason. */
  readonly droppedRows: Readonly<Record<string, readonly number[]>>;
  /** Number of prompts to train on: dialogues with enough turns, whose prompts fit the child. */
  readonly prompts: number;
  /** Number of dialogues left out because they have too few turns. */
  readonly tooFewTurns: number;
  /**
   * Numbers of prompts that will lose their oldest turns or be left out; null when the child is not on this machine.
   */
  readonly longPrompts: { readonly truncated: number; readonly skipped: number } | null;
  /** What is unusual about the data, and what will be left out. */
  readonly warnings: readonly string[];
  /** Reasons for which `train` will refuse the data. */
  readonly refusals: readonly string[];
}

/** Number of dialogues that a warning names. */
const EXAMPLES = 3;

/** The part of a model's configuration that prompts depend on. */
const MODEL_CONFIG: JsonFormat<{
  readonly max_position_embeddings?: number | undefined;
  readonly n_positions?: number | undefined;
}> = {
  schema: z.looseObject({
    max_position_embeddings: z.number().optional(),
    n_positions: z.number().optional(),
  }),
  expected: "the configuration of a model",
  code: "ERR_MODEL",
};

/** Returns the folders of the child and its tokenizer; undefined when one of them is not on this machine. */
function localChild({
  child,
  childTokenizer,
}: TrainConfig): { model: string; tokenizer: string } | undefined {
  const model = child ?? path.join(starterFolder, "child");
  const tokenizer = childTokenizer ?? model;
  return existsSync(path.join(model, "config.json")) && existsSync(tokenizer)
    ? { model, tokenizer }
    : undefined;
}

function allSurelyFit(prompts: Iterable<Prompt>, limit: number): boolean {
  for (const { text } of prompts) if (!surelyFits(text, limit)) return false;
  return true;
}

/**
 * Dialogues that have too few turns for a prompt and the turn that follows it: their number and the ids of the first.
 */
interface TooFewTurns {
  readonly count: number;
  readonly ids: readonly string[];
}

function findTooFewTurns(
  dialogues: Iterable<Dialogue>,
  promptTurns: TrainConfig["promptTurns"],
): TooFewTurns {
  const ids: string[] = [];
  let count = 0;
  for (const dialogue of dialogues) {
    if (buildPrompt(dialogue, promptTurns) !== undefined) continue;
    count += 1;
    if (ids.length < EXAMPLES) ids.push(dialogue.id);
  }
  return { count, ids };
}

/**
 * Makes the prompts of a run. Without a child on this machine, their lengths in tokens are not known.
 * @throws DialoguePpoError what `train` throws for prompts
 */
async function makePrompts(
  dialogues: List<Dialogue>,
  config: TrainConfig,
): Promise<{ count: number; fitted: FittedPrompts | undefined }> {
  const built = buildPrompts(dialogues, config.promptTurns);
  const folders = localChild(config);
  if (folders === undefined) return { count: built.length, fitted: undefined };
  const stored = readJson(path.join(folders.model, "config.json"), MODEL_CONFIG);
  const positions = stored.max_position_embeddings ?? stored.n_positions;
  if (positions === undefined) return { count: built.length, fitted: undefined };
  // The tokenizer is loaded only if it is needed to count.
  if (allSurelyFit(built, positions - config.maxNewTokens)) {
    return { count: built.length, fitted: { prompts: built, truncated: 0, skipped: 0 } };
  }
  const tokenizer = await Tokenizer.load(folders.tokenizer);
  const fitted = await preparePrompts(dialogues, config, tokenizer, positions);
  return { count: fitted.prompts.length, fitted };
}

/** Warnings about dialogues and prompts that the run will leave out or shorten. */
function promptWarnings(
  tooFew: TooFewTurns,
  fitted: FittedPrompts | undefined,
  config: TrainConfig,
): string[] {
  const warnings: string[] = [];
  if (tooFew.count > 0) {
    warnings.push(
      `${formatCount(tooFew.count, "dialogue")} without ${wantedTurns(config.promptTurns)}, which train leaves out, ` +
        `such as ${tooFew.ids.join(", ")}`,
    );
  }
  if (fitted === undefined) {
    warnings.push(
      "the lengths in tokens were not checked, because the child is not on this machine; check does it",
    );
    return warnings;
  }
  const { truncated, skipped } = fitted;
  if (truncated > 0) {
    warnings.push(
      `${formatCount(truncated, "prompt")} too long for the child, which lose their oldest turns (--long-prompts truncate)`,
    );
  }
  if (skipped > 0) {
    warnings.push(`${formatCount(skipped, "prompt")} too long for the child, which train leaves out`);
  }
  return warnings;
}

/** Runs a check of `train` and collects the reason for which it refuses. */
async function collect<T>(refusals: string[], check: () => Promise<T> | T): Promise<T | undefined> {
  try {
    return await check();
  } catch (error) {
    if (!(error instanceof DialoguePpoError)) throw error;
    refusals.push(error.message);
    return undefined;
  }
}

function heldOutWarnings({ evaluation }: TrainingData, { evalFraction }: TrainConfig): string[] {
  if (evalFraction === 0 || evaluation.length > 0) return [];
  return [
    `--eval-fraction ${evalFraction} holds out no dialogue, so evaluate has none that the run has not seen`,
  ];
}

/** Counts the steps of the run that a resolved configuration describes; see {@link countSteps}. */
export async function countConfigSteps(config: TrainConfig): Promise<StepCount> {
  const data = await loadTrainingData(config);
  const { file, train, evaluation, dropped, droppedRows, warnings } = data;
  const refusals: string[] = [];
  await collect(refusals, () => checkBatch(file, train.length, "dialogue", config.batchSize));
  const made = await collect(refusals, () => makePrompts(train, config));
  const count = made?.count ?? 0;
  if (made && refusals.length === 0) {
    await collect(refusals, () => checkBatch(file, count, "prompt", config.batchSize));
  }
  const tooFew = findTooFewTurns(train, config.promptTurns);
  const { fitted } = made ?? {};
  return {
    ...planSteps(count, config),
    // Held-out dialogues pass the length filter too, but no step trains on them.
    dialogues: train.length + evaluation.length,
    file,
    training: train.length,
    heldOut: evaluation.length,
    dropped,
    droppedRows,
    prompts: count,
    tooFewTurns: tooFew.count,
    longPrompts: fitted ? { truncated: fitted.truncated, skipped: fitted.skipped } : null,
    warnings: [
      ...warnings,
      ...heldOutWarnings(data, config),
      ...(made ? promptWarnings(tooFew, fitted, config) : []),
    ],
    refusals,
  };
}

/**
 * Counts dialogues, steps and checkpoints of a run without loading a model, and says what the run will leave out or
 * refuse.
 *
 * @param input options of the run, as for `train`
 * @throws DialoguePpoError ERR_CONFIG; ERR_DATA when the file cannot be read or no dialogue is left
 * @example
 * const { dialogues, totalSteps, checkpointInterval } = await countSteps({ data: "dialogues.csv" });
 * console.log(dialogues, totalSteps, checkpointInterval);
 */
export async function countSteps(input: NewRunInput = {}): Promise<StepCount> {
  checkObject(input, "countSteps");
  const { preset, ...flags } = input;
  return countConfigSteps(resolveConfig({ flags, preset }).config);
}
