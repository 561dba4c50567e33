import type { Participant } from "../dialogue/exchange.ts";
import { partialOf } from "../dialogue/prompt.ts";
import type { ChatMarker } from "../dialogue/teacher-chat.ts";
import { showIds, type TokenIds } from "../dialogue/token-ids.ts";
import { formatCount, formatInteger, printable } from "../format.ts";
import type { TrainingSetup } from "../setup/training.ts";
import type { Rollout } from "./rollout.ts";
import { failCheck } from "./trial.ts";

/** A prompt that the teacher gets for a dialogue of the data, and how it was made. */
export interface TeacherPromptReport {
  /** Where the chat form comes from: the chat_template of the teacher, or Llama 3's form. */
  readonly form: string;
  /** The whole prompt, with its special tokens. */
  readonly text: string;
  /** Number of tokens of the prompt. */
  readonly tokens: number;
  /** Markers in the prompt with their ids; a marker without an id is spelt out in several tokens. */
  readonly markers: readonly ChatMarker[];
  /** Whether the system message is part of the user's message, because the template has no system messages. */
  readonly joinsSystem: boolean;
}

/** Describes how the tokenizer and the vocabulary of a model agree. */
export function describeTokenIds({ model, tokenizer }: Participant, ids: TokenIds): string {
  const rows = model.config.vocabSize;
  const unused = tokenizer.unusedIds(rows).length;
  const facts = [
    unused === 0
      ? formatCount(rows, "id")
      : `${formatCount(rows - unused, "id")} in ${formatCount(rows, "embedding")}; the other ` +
        `${formatInteger(unused)} have no token and are never drawn`,
    `ends at ${showIds(tokenizer, ids.endIds)}`,
    `pads with ${showIds(tokenizer, [ids.padId])}`,
    ...ids.notes,
  ];
  return facts.join("; ");
}

/** Returns the teacher's prompt for the first sample of a trial. */
export function reportTeacherPrompt(
  { exchange, config }: TrainingSetup,
  { samples: [sample] }: Rollout,
): TeacherPromptReport {
  const { teacherChat } = exchange;
  if (!sample || !teacherChat) return failCheck("there is no sample with a teacher");
  const partial = partialOf(sample);
  const { text, ids } = exchange.promptForTeacher(partial, sample.child);
  const { form, markers, joinsSystem } = teacherChat;
  const teacher = config.teacher ?? "the starter teacher";
  return {
    form: form === "chat_template" ? `chat_template of ${teacher}` : form,
    text,
    tokens: ids.length,
    markers,
    joinsSystem,
  };
}

const LONGEST_LINE = 400;
const MOST_LINES = 24;

/** Returns a prompt for the terminal: a long one without its middle, and long lines without their ends. */
function shortenPrompt(text: string): string[] {
  const lines = text.split("\n").map((whole) => {
    const line = printable(whole);
    const more = line.length - LONGEST_LINE;
    return more > 0 ? `${line.slice(0, LONGEST_LINE)} ... (${formatCount(more, "more character")})` : line;
  });
  if (lines.length <= MOST_LINES) return lines;
  const half = MOST_LINES / 2;
  const left = formatCount(lines.length - MOST_LINES, "line");
  return [...lines.slice(0, half), `... (${left} left out) ...`, ...lines.slice(-half)];
}

/** Describes the teacher's prompt in several lines. */
export function describeTeacherPrompt({
  form,
  text,
  tokens,
  markers,
  joinsSystem,
}: TeacherPromptReport): string {
  const single = markers.filter(({ id }) => id !== undefined).map((marker) => `${marker.text} ${marker.id}`);
  const spelt = markers.filter(({ id }) => id === undefined).map((marker) => marker.text);
  const facts = [
    form,
    formatCount(tokens, "token"),
    `markers that are one token: ${single.join(", ") || "none"}`,
    ...(spelt.length > 0 ? [`markers that the form writes as text: ${spelt.join(", ")}`] : []),
    ...(joinsSystem ? ["the template has no system message: its text stands in the user's message"] : []),
  ];
  return [facts.join("; "), ...shortenPrompt(text).map((line) => `    | ${line}`)].join("\n");
}
