import { createHash } from "node:crypto";
import type { Exchange } from "../dialogue/exchange.ts";
import type { Prompt } from "../dialogue/prompt.ts";

/** The turns that were drawn for one dialogue, one a sample. */
export interface DrawnTurns {
  readonly promptIds: Int32Array;
  readonly childIds: readonly Int32Array[];
  readonly child: readonly string[];
  /** Teacher turns of each sample; empty without a teacher. */
  readonly teachers: readonly (readonly string[])[];
  /** Share of the samples in which the child ended its turn itself. */
  readonly ended: number;
}

export interface DrawOptions {
  readonly samplesPerPrompt: number;
  /** Rows of one batch. */
  readonly rows: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onRows?: (count: number) => void;
}

/** 48 bits that depend on all the parts, so that no two draws share a stream but by their names. */
function seedFor(...parts: readonly (string | number)[]): number {
  return createHash("sha256").update(parts.join("\0")).digest().readUIntBE(0, 6);
}

/**
 * Draws `samplesPerPrompt` turns for every prompt. Draws depend on seed, dialogue and sample only: two children get the
 * same random numbers, which makes the comparison sharper, and batches do not matter.
 */
export async function drawTurns(
  exchange: Exchange,
  prompts: readonly Prompt[],
  options: DrawOptions,
): Promise<DrawnTurns[]> {
  const { samplesPerPrompt, seed, signal } = options;
  const rows = prompts.flatMap((_, dialogue) =>
    Array.from({ length: samplesPerPrompt }, (_, sample) => ({ dialogue, sample })),
  );
  // Rows of like length run together: the batch is as long as its longest.
  rows.sort((a, b) => promptLength(prompts, a.dialogue) - promptLength(prompts, b.dialogue));
  const drawn = prompts.map(() => [] as { sample: number; result: Drawn }[]);
  for (let at = 0; at < rows.length; at += options.rows) {
    const batch = rows.slice(at, at + options.rows);
    const results = await exchange.run(
      batch.map(({ dialogue }) => prompts[dialogue] as Prompt),
      (row, role, turn) => {
        const { dialogue = 0, sample = 0 } = batch[row] ?? {};
        return seedFor(seed, prompts[dialogue]?.id ?? "", sample, role, turn);
      },
      { signal },
    );
    results.forEach((result, row) => {
      const { dialogue = 0, sample = 0 } = batch[row] ?? {};
      drawn[dialogue]?.push({ sample, result });
    });
    options.onRows?.(batch.length);
  }
  return drawn.map(collectSamples);
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
    ended: results.filter(({ ended }) => ended).length / Math.max(1, results.length),
  };
}
