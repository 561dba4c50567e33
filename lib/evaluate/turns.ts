import type { Exchange, ExchangeSample } from "../dialogue/exchange.ts";
import type { Prompt } from "../dialogue/prompt.ts";
import { Group } from "../group/group.ts";
import { hashToInt48 } from "../random.ts";

/** The turns that were generated for one dialogue, one per sample. */
export interface DrawnTurns {
  /** Token ids of the prompt. */
  readonly promptIds: Int32Array;
  /** Token ids of the child's turns. */
  readonly childIds: readonly Int32Array[];
  /** The child's turns as text. */
  readonly child: readonly string[];
  /** The teacher's turns of each sample; empty without a teacher. */
  readonly teachers: readonly (readonly string[])[];
}

/** Options of {@link drawTurns}. */
export interface DrawOptions {
  /** Processes that share the rows. Default: this process alone. */
  readonly group?: Group | undefined;
  /** Turns per prompt. */
  readonly samplesPerPrompt: number;
  /** Turns generated at once. */
  readonly rows: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of turns of each finished batch. */
  readonly onRows?: (count: number) => void;
}

/**
 * Generates `samplesPerPrompt` turns for every prompt. The random numbers depend only on seed, dialogue and sample, not
 * on the batches. Two children get the same random numbers, which makes the interval of their difference narrower.
 */
export async function drawTurns(
  exchange: Exchange,
  prompts: readonly Prompt[],
  options: DrawOptions,
): Promise<DrawnTurns[]> {
  const { samplesPerPrompt, group = Group.alone } = options;
  const rows = prompts.flatMap((prompt, dialogue) =>
    Array.from({ length: samplesPerPrompt }, (_, sample): Row => ({ prompt, dialogue, sample })),
  );
  // A batch is padded to its longest row, so rows of similar length are generated together.
  rows.sort((a, b) => a.prompt.text.length - b.prompt.text.length);
  const results = await group.map(rows, (own) => generateRows(exchange, own, options));
  const samplesOf = prompts.map((): ExchangeSample[] => []);
  for (const [index, { dialogue, sample }] of rows.entries()) {
    (samplesOf[dialogue] as ExchangeSample[])[sample] = results[index] as ExchangeSample;
  }
  return samplesOf.map(toDrawnTurns);
}

/** One turn to generate. */
interface Row {
  readonly prompt: Prompt;
  /** Index of the prompt. */
  readonly dialogue: number;
  /** Number of the turn among those of its prompt, from 0. */
  readonly sample: number;
}

/** Generates one turn for each row, batch by batch. */
async function generateRows(
  exchange: Exchange,
  rows: readonly Row[],
  { seed, signal, rows: batchSize, onRows }: DrawOptions,
): Promise<ExchangeSample[]> {
  const samples: ExchangeSample[] = [];
  for (let at = 0; at < rows.length; at += batchSize) {
    const batch = rows.slice(at, at + batchSize);
    const results = await exchange.run(
      batch.map(({ prompt }) => prompt),
      (index, role, turn) => {
        const { prompt, sample } = batch[index] as Row;
        return hashToInt48([seed, prompt.id, sample, role, turn].join("\0"));
      },
      { signal },
    );
    samples.push(...results);
    onRows?.(batch.length);
  }
  return samples;
}

function toDrawnTurns(samples: readonly ExchangeSample[]): DrawnTurns {
  return {
    promptIds: samples[0]?.promptIds ?? new Int32Array(),
    childIds: samples.map(({ childIds }) => childIds),
    child: samples.map(({ child }) => child),
    teachers: samples.map(({ teachers }) => teachers),
  };
}
