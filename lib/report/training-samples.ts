import { type SampleView, sampleCard, sampleView } from "../page/sample.ts";
import { type GuardLimits, loggedActingGuards } from "../run/guards.ts";
import type { SampleRecord } from "../run/records.ts";
import type { RunRecord } from "./record.ts";

/** Returns at most `count` of the values at even distances, with the first and the last. */
function pickEvenly(values: readonly SampleRecord[], count: number): SampleRecord[] {
  if (values.length <= count) return [...values];
  return Array.from(
    { length: count },
    (_, index) => values[Math.round((index * (values.length - 1)) / (count - 1))],
  ).filter((sample) => sample !== undefined);
}

/** Converts a sample for display, with the guards that lowered the child's score; a log has none of the teacher's. */
function viewWithGuards(sample: SampleRecord, limits: GuardLimits): SampleView {
  const view = sampleView(sample);
  const guards = loggedActingGuards(limits, sample.childParts);
  return { ...view, answers: view.answers.map((one) => (one.role === "child" ? { ...one, guards } : one)) };
}

/** Returns a section with at most eight samples from the whole run, or "" when there are none. */
export function sampleSection(run: RunRecord): string {
  if (run.samples.length === 0) return "";
  const { guards = {} } = run;
  const sampleCards = pickEvenly(run.samples, 8).map((sample) => sampleCard(viewWithGuards(sample, guards)));
  return `<h2>Samples</h2><p class="soft">Turns on training dialogues, from the first step to the last.</p><div class="samples">${sampleCards.join("")}</div>`;
}
