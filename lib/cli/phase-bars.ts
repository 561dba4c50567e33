import { ProgressBar } from "./progress.ts";

/** Progress bars for work in phases. */
export interface PhaseBars {
  /** Updates the bar of a phase. A new phase finishes the bar of the previous one. */
  update(phase: string, done: number, total: number): void;
  /** Finishes the current bar. */
  end(): void;
}

/**
 * Creates progress bars for work in phases.
 * @param units unit of the items of a phase, by phase. Default "it"
 */
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
