import type { SampleRecord } from "../run/records.ts";
import { escapeHtml } from "./escape.ts";
import { formatNumber } from "./numbers.ts";

/** A dialogue and its possible next turns, ready for display. */
export interface SampleView {
  readonly heading: string;
  /** Child score minus teacher score. Without it, no reward is shown. */
  readonly reward?: number | null | undefined;
  /** Turns of the dialogue so far. */
  readonly turns: readonly { readonly speaker: string; readonly text: string }[];
  /** Next turns from the models and from the data. */
  readonly answers: readonly {
    /** Author of the turn, which selects its colour. */
    readonly role: "before" | "child" | "teacher" | "human";
    readonly label: string;
    readonly text: string;
    /** Composite score. Without it, no score is shown; null is shown as a dash. */
    readonly score?: number | null;
    /** Names of the guards that lowered the score. */
    readonly guards?: readonly string[] | undefined;
  }[];
}

/** Returns the HTML of a sample: the dialogue so far and the next turns side by side. */
export function sampleCard(sample: SampleView): string {
  const turns = sample.turns.map(
    ({ speaker, text }) => `<li><span class="who">${escapeHtml(speaker)}</span>${escapeHtml(text)}</li>`,
  );
  const answers = sample.answers.map(({ role, label, text, score, guards = [] }) => {
    const content = text.trim() === "" ? "<em>(nothing)</em>" : escapeHtml(text);
    const scoreText = score === undefined ? "" : ` · score ${formatNumber(score)}`;
    const lowered = guards.map((name) => `<small>${escapeHtml(guardText(name))}</small>`).join("");
    return `<div class="answer ${role}"><small>${escapeHtml(label)}${scoreText}</small>${content}${lowered}</div>`;
  });
  return (
    `<article class="sample"><p class="note">${escapeHtml(sample.heading)}${rewardText(sample)}</p>` +
    `<ul class="turns">${turns.join("")}</ul><div class="answers">${answers.join("")}</div></article>`
  );
}

/** What a turn has when a guard lowers its score. */
const GUARD_MEANINGS = new Map([
  ["copied", "copies words of the dialogue"],
  ["echoed", "hardly any new words"],
  ["repeated", "repeats word pairs"],
  ["linked", "many connectives"],
  ["terse", "fewer than eight words"],
]);

/** Returns the line that names a guard: "lowered by guard terse: fewer than eight words". */
function guardText(name: string): string {
  const meaning = GUARD_MEANINGS.get(name);
  return `lowered by guard ${name}${meaning === undefined ? "" : `: ${meaning}`}`;
}

function rewardText({ reward }: SampleView): string {
  if (reward === undefined || reward === null) return "";
  return ` · <b>reward ${reward > 0 ? "+" : ""}${formatNumber(reward)}</b>`;
}

/** Converts a sample from a run's log for display. */
export function sampleView(sample: SampleRecord): SampleView {
  const { step, id, turns, child, teacher, human, childScore, teacherScore, reward } = sample;
  return {
    heading: `step ${step} · ${id}`,
    reward,
    turns,
    answers: [
      { role: "child", label: "child", text: child, score: childScore },
      { role: "teacher", label: "teacher", text: teacher, score: teacherScore },
      ...(human === null ? [] : [{ role: "human" as const, label: "human", text: human }]),
    ],
  };
}
