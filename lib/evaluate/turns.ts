import type { Exchange } from "../dialogue/exchange.ts";
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
  const rows = prompts.flatMap((_, dialogue) =>
    Array.from({ length: samplesPerPrompt }, (_, sample) => ({ dialogue, sample })),
  );
  // A batch is padded to its longest row, so rows of similar length are generated together.
  rows.sort((a, b) => promptLength(prompts, a.dialogue) - promptLength(prompts, b.dialogue));
  const results = await group.map(rows, (own) => drawRows(exchange, prompts, own, options));
  const drawn = prompts.map(() => [] as { sample: number; result: Drawn }[]);
  results.forEach((result, row) => {
    const { dialogue = 0, sample = 0 } = rows[row] ?? {};
    drawn[dialogue]?.push({ sample, result });
  });
  return drawn.map(collectSamples);
}

interface Row {
  readonly dialogue: number;
  readonly sample: number;
}

/** Generates one turn for each row, batch by batch. */
async function drawRows(
  exchange: Exchange,
  prompts: readonly Prompt[],
  rows: readonly Row[],
  { seed, signal, rows: most, onRows }: DrawOptions,
): Promise<Drawn[]> {
  const drawn: Drawn[] = [];
  for (let at = 0; at < rows.length; at += most) {
    const batch = rows.slice(at, at + most);
    const results = await exchange.run(
      batch.map(({ dialogue }) => prompts[dialogue] as Prompt),
      (row, role, turn) => {
        const { dialogue = 0, sample = 0 } = batch[row] ?? {};
        return hashToInt48([seed, prompts[dialogue]?.id ?? "", sample, role, turn].join("\0"));
      },
      { signal },
    );
    drawn.push(...results);
    onRows?.(batch.length);
  }
  return drawn;
}

type Drawn = Awaited<ReturnType<Exchange["run"]>>[number];

const promptLength = (prompts: readonly Prompt[], dialogue: number): number =>
  prompts[dialogue]?.text.length ?? 0;

function collectSamples(samples: { sample: number; result: Drawn }[]): DrawnTurns {
  const results = samples.toSorted((a, b) => a.sample - b.sample).map(({ result }) => result);
  return {
    promptIds: results[0]?.promptIds ?? new Int32Array(),
    childIds: results.map(({ childIds }) => childIds),
    child: results.map(({ child }) => child),
    teachers: results.map(({ teachers }) => teachers),
  };
}
