import { ProgressBar } from "./progress.ts";

/** Progress bars for work in phases. */
export interface PhaseBars {
  /** Updates the bar of a phase. A new phase finishes the bar of the previous one. */
  update(phase: string, done: number, total: number): void;
  /** Finishes the current bar. */
  end(): void;
}

/** Creates progress bars for work on a corpus: its analysis, the learning of spaces in percent, and the calibration. */
export const corpusBars = (): PhaseBars =>
  phaseBars((phase) => (phase === "analyse" || phase === "calibrate" ? "it" : "%"));

/**
 * Creates progress bars for work in phases.
 * @param unitOf returns the unit of a phase's items. Default "it"
 */
export function phaseBars(unitOf: (phase: string) => string = () => "it"): PhaseBars {
  let current: string | undefined;
  let bar: ProgressBar | undefined;
  return {
    update: (phase, done, total) => {
      if (phase !== current) {
        bar?.finish();
        bar = new ProgressBar({ description: phase, total, unit: unitOf(phase) });
        current = phase;
      }
      bar?.update(done);
    },
    end: () => bar?.finish(),
  };
}
