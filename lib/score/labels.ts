import { LABEL, restFromLabel } from "../data/dialogue.ts";
import { linesWithNames, turnsWithNames } from "../data/speaker-names.ts";
import { formatCount, formatInteger } from "../format.ts";
import type { Logger } from "../log.ts";
import type { TaacoInput } from "../taaco/types.ts";
import type { NamedText } from "./texts.ts";

/** Matches a name and two colons, which hardly anything but a label has. */
const DOUBLE = /^\s*\p{L}[^:]{0,40}::(?=\s)/u;
/** Number of characters of a line that the warning quotes. */
const QUOTED = 40;

/** Returns the first line whose label counts as words; undefined when the text has none. */
function labelReadAsWords(input: TaacoInput): string | undefined {
  if (typeof input === "string") {
    const lines = input.split("\n").filter((line) => line.trim() !== "");
    // One label after a blank can be the words of a text about labels.
    const joined = lines.map(restFromLabel).find((rest) => restFromLabel(rest ?? "") !== undefined);
    return linesWithNames(lines)[0] ?? joined;
  }
  if (!("turns" in input)) return undefined;
  const lines = input.turns.flatMap(({ text }) => text.split("\n"));
  const first = input.turns.map(({ text }) => text.split("\n", 1)[0] ?? "");
  return (
    first.map(restFromLabel).find((rest) => rest !== undefined) ??
    lines.find((line) => DOUBLE.test(line) && !LABEL.test(line)) ??
    turnsWithNames(input.turns.map(({ text }) => text))[0]
  );
}

/**
 * Counts texts that look like dialogues but whose speaker labels have another form than expected, so that they are read
 * as words: labels with one colon, or with a name that cannot be a label, and names after the label of their turn.
 */
export class LabelsAsWords {
  #texts = 0;
  #count = 0;
  #example = "";

  /** Counts a text if its labels are read as words. */
  add({ id, input }: NamedText): void {
    this.#texts += 1;
    const line = labelReadAsWords(input);
    if (line === undefined) return;
    this.#count += 1;
    const shown = line.length > QUOTED ? `${line.slice(0, QUOTED)}...` : line;
    this.#example ||= `${JSON.stringify(shown)} of ${id}`;
  }

  /** Warns once of all these texts. */
  log(log: Logger): void {
    if (this.#count === 0) return;
    const some = `${formatInteger(this.#count)} of ${formatCount(this.#texts, "text")}`;
    log.warn(
      `in ${some} names of speakers count as words, such as ${this.#example}; expected the label "A::" at the ` +
        "start of each turn: a letter from A to Z, at most 19 more letters, digits, blanks or _, and two colons",
    );
  }
}
