import type { SampleRecord } from "../run/records.ts";
import { escapeHtml } from "./escape.ts";
import { formatNumber } from "./numbers.ts";

/** One dialogue with the turns that were written for it. */
export interface SampleView {
  readonly heading: string;
  readonly turns: readonly { readonly speaker: string; readonly text: string }[];
  readonly answers: readonly {
    readonly who: "before" | "child" | "teacher" | "human";
    readonly label: string;
    readonly text: string;
    readonly score?: number | null;
  }[];
}

/** The dialogue so far and, side by side, how it went on. */
export function sampleCard(sample: SampleView): string {
  const turns = sample.turns.map(
    ({ speaker, text }) => `<li><span class="who">${escapeHtml(speaker)}</span>${escapeHtml(text)}</li>`,
  );
  const answers = sample.answers.map(({ who, label, text, score }) => {
    const shown = text.trim() === "" ? "<em>(nothing)</em>" : escapeHtml(text);
    const rated = score === undefined ? "" : ` · score ${formatNumber(score)}`;
    return `<div class="answer ${who}"><small>${escapeHtml(label)}${rated}</small>${shown}</div>`;
  });
  return (
    `<article class="sample"><p class="note">${escapeHtml(sample.heading)}</p>` +
    `<ul class="turns">${turns.join("")}</ul><div class="answers">${answers.join("")}</div></article>`
  );
}

/** What a run kept of a dialogue, as a sample to show. */
export function sampleView(sample: SampleRecord): SampleView {
  const { step, id, turns, child, teacher, human, childScore, teacherScore } = sample;
  return {
    heading: `step ${step} · ${id}`,
    turns,
    answers: [
      { who: "child", label: "child", text: child, score: childScore },
      { who: "teacher", label: "teacher", text: teacher, score: teacherScore },
      ...(human === null ? [] : [{ who: "human" as const, label: "human", text: human }]),
    ],
  };
}
