import { Exchange, type ExchangeOptions, type Participant } from "../dialogue/exchange.ts";
import type { Prompt } from "../dialogue/prompt.ts";
import { DialoguePpoError } from "../errors.ts";
import { yieldToEventLoop } from "../event-loop.ts";
import type { Baselines, Comparison, EvaluationRecord } from "../run/evaluation.ts";
import { type BySample, compare, comparePerplexity, compareWithBaselines, grandMean } from "./compare.ts";
import { type Continuation, computeLikelihoods, estimateTurnKl, humanContinuation } from "./likelihood.ts";
import { type MeasuredTurn, type MeasureOptions, TurnMeasurer } from "./measured-turn.ts";
import { computeReward, type MeasuredDialogue, selectExtremes } from "./samples.ts";
import { type DrawnTurns, drawTurns } from "./turns.ts";

export interface EvaluateChildrenOptions<Context> extends MeasureOptions<Context> {
  /** The child before training: the reference of the KL. */
  readonly before: Participant;
  readonly after: Participant;
  readonly teacher?: Participant | undefined;
  /** Held-out dialogues, measured to fit. */
  readonly prompts: readonly Prompt[];
  readonly exchange: ExchangeOptions;
  /** Default 4. */
  readonly samplesPerPrompt?: number;
  /** Rows of one batch of generation. Default 256 for models of less than 50 million parameters, else 64. */
  readonly rows?: number | undefined;
  readonly seed?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (phase: string, done: number, total: number) => void;
}

const EXTREME_SAMPLES = 4;
// Small models are bound by calls, large ones by the memory of keys and values.
const SMALL_MODEL_PARAMETERS = 50e6;
const NO_COMPARISON: Comparison = { before: null, after: null, difference: null, low: null, high: null };

/**
 * Compares a child before and after training on dialogues that it has not seen: reward, scores and every index with
 * paired bootstrap intervals over dialogues, KL, perplexity of the human turns, length and repetition.
 *
 * @returns the record and how many turns could not be scored, by reason
 */
export async function evaluateChildren<Context>(
  options: EvaluateChildrenOptions<Context>,
): Promise<{ record: EvaluationRecord; failures: Record<string, number> }> {
  const { prompts, samplesPerPrompt = 4 } = options;
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

async function drawBoth<Context>(options: EvaluateChildrenOptions<Context>): Promise<BothDrawn> {
  const { before, after, teacher, prompts, samplesPerPrompt = 4, seed = 0, signal } = options;
  const largest = Math.max(...[before, after, teacher].map((who) => who?.model.config.parameters ?? 0));
  const rows = options.rows ?? (largest < SMALL_MODEL_PARAMETERS ? 256 : 64);
  const total = 2 * prompts.length * samplesPerPrompt;
  let done = 0;
  options.onProgress?.("turns", 0, total);
  const onRows = (count: number): void => {
    done += count;
    options.onProgress?.("turns", done, total);
  };
  const draw = (child: Participant): Promise<DrawnTurns[]> =>
    drawTurns(new Exchange(child, teacher, options.exchange), prompts, {
      samplesPerPrompt,
      rows,
      seed,
      signal,
      onRows,
    });
  return { before: await draw(before), after: await draw(after) };
}

async function measureDialogues<Context>(
  options: EvaluateChildrenOptions<Context>,
  drawn: BothDrawn,
  failures: Record<string, number>,
): Promise<MeasuredDialogue[]> {
  const result: MeasuredDialogue[] = [];
  options.onProgress?.("scores", 0, options.prompts.length);
  for (const [index, prompt] of options.prompts.entries()) {
    const [before, after] = [drawn.before[index] as DrawnTurns, drawn.after[index] as DrawnTurns];
    const meter = new TurnMeasurer(prompt, options);
    const turns = (texts: readonly string[]): MeasuredTurn[] => texts.map((text) => meter.measure(text));
    const measured = {
      before: turns(before.child),
      after: turns(after.child),
      teacherBefore: before.teachers.map(turns),
      teacherAfter: after.teachers.map(turns),
      human: prompt.human === null ? undefined : meter.measure(prompt.human),
    };
    for (const reason of meter.failures) failures[reason] = (failures[reason] ?? 0) + 1;
    result.push({ prompt, before, after, measured });
    options.onProgress?.("scores", index + 1, options.prompts.length);
    await yieldToEventLoop(options.signal);
  }
  return result;
}

/** One measure of all four kinds of turns. */
function collectValues(dialogues: readonly MeasuredDialogue[], value: (turn: MeasuredTurn) => number | null) {
  const of = (turns: (dialogue: MeasuredDialogue) => readonly MeasuredTurn[]): BySample =>
    dialogues.map((dialogue) => turns(dialogue).map(value));
  return {
    before: of(({ measured }) => measured.before),
    after: of(({ measured }) => measured.after),
    teacher: of(({ measured }) => measured.teacherAfter.flat()),
    human: of(({ measured }) => (measured.human ? [measured.human] : [])),
  };
}

async function compareMeasures(
  dialogues: readonly MeasuredDialogue[],
  { seed = 0, signal }: Pick<EvaluateChildrenOptions<unknown>, "seed" | "signal">,
) {
  const both = (value: (turn: MeasuredTurn) => number | null) =>
    compareWithBaselines(collectValues(dialogues, value), { seed });
  const rewards = (side: "before" | "after"): BySample =>
    dialogues.map(({ measured }) => {
      const teachers = side === "before" ? measured.teacherBefore : measured.teacherAfter;
      return measured[side].map((turn, index) => computeReward(turn, teachers[index] ?? []));
    });
  const indices: Record<string, Comparison & Baselines> = {};
  for (const name of indexNames(dialogues)) {
    indices[name] = both((turn) => turn.indices[name] ?? null);
    await yieldToEventLoop(signal);
  }
  return {
    reward: compare(rewards("before"), rewards("after"), { seed }),
    childScore: both(({ score }) => score),
    length: both(({ words }) => words),
    repetition: both((turn) => turn.repetition),
    indices,
  };
}

/** Names of the indices that have a value anywhere, in their own order. */
function indexNames(dialogues: readonly MeasuredDialogue[]): string[] {
  const names = new Set<string>();
  const having = new Set<string>();
  for (const { measured } of dialogues) {
    for (const { indices } of [...measured.before, ...measured.after]) {
      for (const [name, value] of Object.entries(indices)) {
        names.add(name);
        if (value !== null) having.add(name);
      }
    }
  }
  return [...names].filter((name) => having.has(name));
}

async function compareHumanPerplexity<Context>(
  options: EvaluateChildrenOptions<Context>,
): Promise<Comparison> {
  const { before, after, prompts, seed = 0, signal } = options;
  const fits = (row: Continuation | undefined, { model }: Participant): row is Continuation =>
    row !== undefined && row.ids.length <= model.config.maxPositions;
  const pairs = prompts.flatMap((prompt) => {
    const [first, second] = [before, after].map(({ tokenizer }) => humanContinuation(prompt, tokenizer));
    return fits(first, before) && fits(second, after) ? [[first, second] as const] : [];
  });
  const firsts = await computeLikelihoods(
    before.model,
    pairs.map(([row]) => row),
    signal,
  );
  const seconds = await computeLikelihoods(
    after.model,
    pairs.map(([, row]) => row),
    signal,
  );
  return comparePerplexity(firsts, seconds, { seed });
}

async function compareKl<Context>(
  options: EvaluateChildrenOptions<Context>,
  drawn: readonly DrawnTurns[],
): Promise<Comparison> {
  const { before, after, seed = 0, signal } = options;
  if (before.model.config.vocabSize !== after.model.config.vocabSize) return NO_COMPARISON;
  const rows = drawn.flatMap(({ promptIds, childIds }) =>
    childIds.map((ids) => ({ ids: Int32Array.from([...promptIds, ...ids]), start: promptIds.length })),
  );
  const values = await estimateTurnKl(after.model, before.model, rows, signal);
  let at = 0;
  const bySample = drawn.map(({ childIds }) => childIds.map(() => values[at++] ?? null));
  const zero = bySample.map((samples) => samples.map(() => 0));
  const result = compare(zero, bySample, { seed });
  return { ...result, after: grandMean(bySample) };
}
