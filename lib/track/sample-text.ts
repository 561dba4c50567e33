import type { SampleRecord } from "../run/records.ts";

const formatScore = (value: number | null): string => (value === null ? "" : ` (${value.toFixed(3)})`);

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** Formats a sample as Markdown for TensorBoard. Turns are code blocks, so that Markdown in them has no effect. */
export function sampleMarkdown(sample: SampleRecord): string {
  const codeLine = (text: string): string => `    ${oneLine(text) || "(nothing)"}`;
  const turns = sample.turns.map(({ speaker, text }) => codeLine(`${speaker}: ${text}`));
  const human = sample.human === null ? [] : ["", "**human**", "", codeLine(sample.human)];
  return [
    `**${sample.id}**`,
    "",
    ...turns,
    "",
    `**child**${formatScore(sample.childScore)}`,
    "",
    codeLine(sample.child),
    "",
    `**teacher**${formatScore(sample.teacherScore)}`,
    "",
    codeLine(sample.teacher),
    ...human,
  ].join("\n");
}

/** Column names of the sample table. */
export const SAMPLE_COLUMNS = [
  "step",
  "id",
  "dialogue",
  "child",
  "teacher",
  "human",
  "child score",
  "teacher score",
];

/** Returns a sample as a table row in the order of {@link SAMPLE_COLUMNS}. */
export function sampleRow(sample: SampleRecord): (string | number | null)[] {
  const { step, id, turns, child, teacher, human, childScore, teacherScore } = sample;
  const dialogue = turns.map(({ speaker, text }) => `${speaker}: ${text}`).join("\n");
  return [step, id, dialogue, child, teacher, human, childScore, teacherScore];
}
