import type { PhaseProgress } from "../call.ts";
import { Exchange, type ExchangeOptions, type Participant } from "../dialogue/exchange.ts";
import {
  type Continuation,
  computeLikelihoods,
  estimateTurnKl,
  humanTurnRows,
  joinIds,
  type Likelihood,
} from "../dialogue/likelihood.ts";
import type { Prompt } from "../dialogue/prompt.ts";
import { DialoguePpoError } from "../errors.ts";
import { createPauses, yieldToEventLoop } from "../event-loop.ts";
import { Group } from "../group/group.ts";
import type { LanguageModel } from "../model/language-model.ts";
import type { Baselines, Comparison, EvaluationRecord, Interval, Margins } from "../run/evaluation.ts";
import type { Role } from "../sample.ts";
import {
  type BySample,
  compare,
  comparePerplexity,
  compareWithBaselines,
  grandMean,
  NO_COMPARISON,
} from "./compare.ts";
import { type MeasuredTurn, type MeasureOptions, TurnMeasurer } from "./measured-turn.ts";
import { computeReward, type MeasuredDialogue, selectExtremes } from "./samples.ts";
import { type DrawnTurns, drawTurns } from "./turns.ts";

/** Options of {@link evaluateChildren}. */
export interface EvaluateChildrenOptions<Context> extends MeasureOptions<Context> {
  /** Processes that share the work. Default: this process alone. */
  readonly group?: Group | undefined;
  /** The child before training, which is also the reference of the KL divergence. */
  readonly before: Participant;
  /** The child after training. */
  readonly after: Participant;
  /** Without a teacher, the reward is the child's score. */
  readonly teacher?: Participant | undefined;
  /** Held-out dialogues that fit the models' positions. */
  readonly prompts: readonly Prompt[];
  readonly exchange: ExchangeOptions;
  /** Turns that each child generates per dialogue. Default 4. */
  readonly samplesPerPrompt?: number | undefined;
  /** Turns generated at once. Default 256 for models of less than 50 million parameters, else 64. */
  readonly rows?: number | undefined;
  /** Seed of the generated turns and of the bootstrap. Default 0. */
  readonly seed?: number | undefined;
  /** Ends the evaluation with ERR_ABORTED. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the phase (`turns`, `scores`, `likelihoods`), what is done of it and its total. */
  readonly onProgress?: PhaseProgress | undefined;
}

/** The options with their defaults. */
interface CompleteOptions<Context> extends EvaluateChildrenOptions<Context> {
  readonly group: Group;
  readonly samplesPerPrompt: number;
  readonly seed: number;
}

/** Number of best and of worst samples in the record. */
const EXTREME_SAMPLES = 4;
// Large batches make small models faster; for large models the memory of keys and values limits the batch.
const SMALL_MODEL_PARAMETERS = 50e6;

/**
 * Compares a child before and after training on dialogues that it has not seen: reward, scores and every index with
 * paired bootstrap intervals over dialogues, KL divergence, perplexity of the human turns, length and repetition.
 *
 * @returns the record, and the number of turns that could not be scored, by reason
 * @throws DialoguePpoError ERR_DATA without a dialogue, ERR_ABORTED
 */
export async function evaluateChildren<Context>(
  given: EvaluateChildrenOptions<Context>,
): Promise<{ record: EvaluationRecord; failures: Record<string, number> }> {
  const { prompts, group = Group.alone, samplesPerPrompt = 4, seed = 0 } = given;
  const options = { ...given, group, samplesPerPrompt, seed };
  if (prompts.length === 0) throw new DialoguePpoError("ERR_DATA", "there is no dialogue to evaluate on");
  const drawn = await drawBoth(options);
  const failures: Record<string, number> = {};
  const dialogues = await measureDialogues(options, drawn, failures);
  options.onProgress?.("likelihoods", 0, 1);
  const perplexity = await compareHumanPerplexity(options);
  const kl = await compareKl(options, drawn.after);
  options.onProgress?.("likelihoods", 1, 1);
  const record = {
    dialogues: prompts.length,
    samplesPerPrompt,
    ...(await compareMeasures(dialogues, options)),
    kl,
    perplexity,
    ...selectExtremes(dialogues, EXTREME_SAMPLES),
  };
  return { record, failures };
}

interface BothDrawn {
  readonly before: DrawnTurns[];
  readonly after: DrawnTurns[];
}

async function drawBoth<Context>(options: CompleteOptions<Context>): Promise<BothDrawn> {
  const { before, after, teacher, prompts, samplesPerPrompt, seed, group, signal } = options;
  const largest = Math.max(...[before, after, teacher].map((model) => model?.model.config.parameters ?? 0));
  const rows = options.rows ?? (largest < SMALL_MODEL_PARAMETERS ? 256 : 64);
  const total = 2 * prompts.length * samplesPerPrompt;
  let done = 0;
  options.onProgress?.("turns", 0, total);
  const onRows = (count: number): void => {
    done = Math.min(total, done + count * group.size);
    options.onProgress?.("turns", done, total);
  };
  const draw = (exchange: Exchange): Promise<DrawnTurns[]> =>
    drawTurns(exchange, prompts, { group, samplesPerPrompt, rows, seed, signal, onRows });
  const exchange = new Exchange(before, teacher, options.exchange);
  return { before: await draw(exchange), after: await draw(exchange.withChild(after)) };
}

async function measureDialogues<Context>(
  options: CompleteOptions<Context>,
  drawn: BothDrawn,
  failures: Record<string, number>,
): Promise<MeasuredDialogue[]> {
  const { prompts, group } = options;
  const items = prompts.map((prompt, index) => {
    const [before, after] = [drawn.before[index] as DrawnTurns, drawn.after[index] as DrawnTurns];
    return { prompt, before, after };
  });
  const measures = await group.map(items, (own) => measureItems(options, own));
  return items.map((item, index) => {
    const { measured, failures: reasons } = measures[index] as Measures;
    for (const reason of reasons) failures[reason] = (failures[reason] ?? 0) + 1;
    return { ...item, measured };
  });
}

type Measures = Pick<MeasuredDialogue, "measured"> & { readonly failures: readonly string[] };

/** Measures the turns that were drawn for some of the dialogues. */
async function measureItems<Context>(
  options: CompleteOptions<Context>,
  items: readonly Omit<MeasuredDialogue, "measured">[],
): Promise<Measures[]> {
  const { prompts, group } = options;
  const result: Measures[] = [];
  const pause = createPauses(options.signal);
  options.onProgress?.("scores", 0, prompts.length);
  for (const { prompt, before, after } of items) {
    const measurer = new TurnMeasurer(prompt, options);
    const measureTurns = async (role: Role, texts: readonly string[]): Promise<MeasuredTurn[]> => {
      const turns: MeasuredTurn[] = [];
      for (const text of texts) {
        await pause();
        turns.push(role === "child" ? measurer.measure(text) : measurer.measureTeacher(text));
      }
      return turns;
    };
    const measureTeachers = (texts: readonly string[]) => measureTurns("teacher", texts);
    const measured = {
      before: await measureTurns("child", before.child),
      after: await measureTurns("child", after.child),
      teacherBefore: await turnsOfEach(before.teachers, measureTeachers),
      teacherAfter: await turnsOfEach(after.teachers, measureTeachers),
      human: prompt.human === null ? undefined : measurer.measure(prompt.human),
    };
    result.push({ measured, failures: measurer.failures });
    options.onProgress?.("scores", Math.min(prompts.length, result.length * group.size), prompts.length);
  }
  return result;
}

/** Calls `measure` for one list after the other. */
async function turnsOfEach(
  lists: readonly (readonly string[])[],
  measure: (texts: readonly string[]) => Promise<MeasuredTurn[]>,
): Promise<MeasuredTurn[][]> {
  const result: MeasuredTurn[][] = [];
  for (const texts of lists) result.push(await measure(texts));
  return result;
}

/** Collects one measure of the turns of both children, the teacher and the human. */
function collectValues(dialogues: readonly MeasuredDialogue[], value: (turn: MeasuredTurn) => number | null) {
  const collect = (turns: (dialogue: MeasuredDialogue) => readonly MeasuredTurn[]): BySample =>
    dialogues.map((dialogue) => turns(dialogue).map(value));
  return {
    before: collect(({ measured }) => measured.before),
    after: collect(({ measured }) => measured.after),
    teacher: collect(({ measured }) => measured.teacherAfter.flat()),
    human: collect(({ measured }) => (measured.human ? [measured.human] : [])),
  };
}

/** Computes the rewards of the turns of one child. */
const collectRewards = (dialogues: readonly MeasuredDialogue[], side: "before" | "after"): BySample =>
  dialogues.map(({ measured }) => {
    const teachers = side === "before" ? measured.teacherBefore : measured.teacherAfter;
    return measured[side].map((turn, index) => computeReward(turn, teachers[index] ?? []));
  });

/** Compares the child's scores with those of the human and the teacher's turns in the same dialogues. */
function computeMargins(dialogues: readonly MeasuredDialogue[], seed: number): Margins {
  const { before, after, human } = collectValues(dialogues, ({ score }) => score);
  const hasTeacher = dialogues.some(({ measured }) =>
    measured.teacherBefore.some(({ length }) => length > 0),
  );
  const rewards = hasTeacher ? collectRewards(dialogues, "before") : [];
  const zeros = rewards.map((samples) => samples.map(() => 0));
  return {
    overHumanBefore: meanDifference(before, human, seed),
    overHumanAfter: meanDifference(after, human, seed),
    overTeacherBefore: meanDifference(rewards, zeros, seed),
  };
}

/** Returns the mean of `values` minus that of `others` with its interval. */
function meanDifference(values: BySample, others: BySample, seed: number): Interval {
  const { difference, low, high } = compare(others, values, { seed });
  return { difference, low, high };
}

async function compareMeasures(
  dialogues: readonly MeasuredDialogue[],
  { seed, signal }: Pick<CompleteOptions<unknown>, "seed" | "signal">,
) {
  const compareTurns = (value: (turn: MeasuredTurn) => number | null) =>
    compareWithBaselines(collectValues(dialogues, value), { seed });
  const indices: Record<string, Comparison & Baselines> = {};
  for (const name of indexNames(dialogues)) {
    indices[name] = compareTurns((turn) => turn.indices[name] ?? null);
    await yieldToEventLoop(signal);
  }
  return {
    reward: compare(collectRewards(dialogues, "before"), collectRewards(dialogues, "after"), { seed }),
    childScore: compareTurns(({ score }) => score),
    margins: computeMargins(dialogues, seed),
    length: compareTurns(({ words }) => words),
    repetition: compareTurns((turn) => turn.repetition),
    indices,
  };
}

/** Returns the names of the indices that have a value in any turn, in their order. */
function indexNames(dialogues: readonly MeasuredDialogue[]): string[] {
  const names = new Set<string>();
  const withValue = new Set<string>();
  for (const { measured } of dialogues) {
    for (const { indices } of [...measured.before, ...measured.after]) {
      for (const [name, value] of Object.entries(indices)) {
        names.add(name);
        if (value !== null) withValue.add(name);
      }
    }
  }
  return [...names].filter((name) => withValue.has(name));
}

async function compareHumanPerplexity<Context>(options: CompleteOptions<Context>): Promise<Comparison> {
  const { before, after, prompts, seed, signal, group } = options;
  const [beforeRows = [], afterRows = []] = await humanTurnRows(prompts, [before, after], signal);
  const likelihoods = (model: LanguageModel, rows: readonly Continuation[]): Promise<Likelihood[]> =>
    group.map(rows, (own) => computeLikelihoods(model, own, signal));
  return comparePerplexity(
    await likelihoods(before.model, beforeRows),
    await likelihoods(after.model, afterRows),
    { seed },
  );
}

async function compareKl<Context>(
  options: CompleteOptions<Context>,
  drawn: readonly DrawnTurns[],
): Promise<Comparison> {
  const { before, after, seed, signal, group } = options;
  if (before.model.config.vocabSize !== after.model.config.vocabSize) return NO_COMPARISON;
  const rows = drawn.flatMap(({ promptIds, childIds }) => childIds.map((ids) => joinIds(promptIds, ids)));
  const values = await group.map(rows, (own) => estimateTurnKl(after.model, before.model, own, signal));
  let at = 0;
  const bySample = drawn.map(({ childIds }) => childIds.map(() => values[at++] ?? null));
  const zero = bySample.map((samples) => samples.map(() => 0));
  const result = compare(zero, bySample, { seed });
  return { ...result, after: grandMean(bySample) };
}
