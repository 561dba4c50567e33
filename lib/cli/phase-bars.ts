import { ProgressBar } from "./progress.ts";

/** Progress bars for work in phases: a new phase ends the bar of the phase before. */
export interface PhaseBars {
  update(phase: string, done: number, total: number): void;
  /** Ends the current bar. */
  end(): void;
}

/** @param units words for an item of a phase, by phase */
export function phaseBars(units: Readonly<Record<string, string>> = {}): PhaseBars {
  let current: string | undefined;
  let bar: ProgressBar | undefined;
  return {
    update: (phase, done, total) => {
      if (phase !== current) {
        bar?.finish();
        const unit = units[phase];
        bar = new ProgressBar({ description: phase, total, ...(unit === undefined ? {} : { unit }) });
        current = phase;
      }
      bar?.update(done);
    },
    end: () => bar?.finish(),
  };
}
