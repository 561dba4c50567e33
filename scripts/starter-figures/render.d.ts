/** A measure before and after training. */
interface Change {
  readonly before: number;
  readonly after: number;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

/** The figures of one run. */
export interface StarterRun {
  readonly seed: number;
  readonly dialogues: number;
  readonly reward: Change & { readonly deviations: number };
  readonly onSubject: Change & { readonly human: number };
  readonly pairs: Change;
  readonly perplexity: Change;
  readonly length: Change & { readonly human: number };
  readonly training: { readonly seconds: number; readonly processorSeconds: number };
}

/** A dialogue of the held-out part with the child's turns before and after training. */
export interface StarterSample {
  readonly subject: string;
  readonly turns: readonly { readonly speaker: string; readonly text: string }[];
  readonly before: string;
  readonly after: string;
  readonly human: string;
}

/** data/starter/figures.json */
export interface StarterFigures {
  readonly processor: string;
  readonly cores: number;
  readonly runs: readonly StarterRun[];
  /** Shares of replies on the subject, and of pairs, after a run of seed 0 with random rewards. */
  readonly randomRewards: { readonly onSubject: number; readonly pairs: number };
  readonly samples: readonly StarterSample[];
  /** What the commands print with seed 0. */
  readonly session: { readonly train: readonly string[]; readonly evaluate: readonly string[] };
}

/** Reads data/starter/figures.json. */
export function readFigures(): StarterFigures;

/** Pages with figures, and the sections that they have. */
export const PAGES: Readonly<Record<string, readonly string[]>>;

/** Returns a page as it must be for the figures. */
export function renderPage(name: string, figures: StarterFigures): string;
