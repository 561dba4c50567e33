import { formatCount, formatInteger } from "../format.ts";
import type { Turn } from "../sample.ts";
import { type Dialogue, LABEL, LABEL_SOURCE, restFromLabel, SPEAKER_SOURCE } from "./dialogue.ts";
import { nameOf, turnsWithNames } from "./speaker-names.ts";

/** Number of characters of a line that a warning quotes. */
const EXAMPLE_LENGTH = 40;
/** Matches a line that starts with any text and "::". The text need not be a valid label: "Dr. Smith:: Well". */
const LABEL_LIKE = /^[^:]{1,60}::/;
/** Matches a label after a character that some programs take for a line end, or after a line end that is spelt out. */
const LABEL_WITHIN_LINE = new RegExp(
  String.raw`(\u2028|\u2029|\x85|\v|\f|\\n|\\r|<[bB][rR] ?/?>)\s?${LABEL_SOURCE}`,
);
const LINE_END_NAMES: Readonly<Record<string, string>> = {
  "\u2028": "U+2028 (line separator)",
  "\u2029": "U+2029 (paragraph separator)",
  "\x85": "U+0085 (next line)",
  "\v": "a vertical tab",
  "\f": "a form feed",
};
/**
 * Matches a label that lacks its second colon: "A: Well". White space must follow, so that "at 10:30" does not match.
 */
const SINGLE_COLON_LABEL = new RegExp(String.raw`^(${SPEAKER_SOURCE}):(?!:)(?=\s)`);

/** Number of lines with the same problem, and the first of them. */
class LineMatches {
  /** Number of lines. */
  count = 0;
  /** The first line in quotes and its dialogue. */
  example = "";
  /** Text before the colon of the first line, or what stands there in place of a line end. */
  name = "";

  add(line: string, dialogue: Dialogue, name = line.slice(0, line.indexOf(":"))): void {
    this.count += 1;
    if (this.count > 1) return;
    this.name = name;
    const shown = line.length > EXAMPLE_LENGTH ? `${line.slice(0, EXAMPLE_LENGTH)}...` : line;
    this.example = `${JSON.stringify(shown)} of dialogue ${dialogue.id}`;
  }

  /** Number and verb: "1 line has", "3 lines have". */
  get lines(): string {
    return `${formatInteger(this.count)} ${this.count === 1 ? "line has" : "lines have"}`;
  }

  /** Returns the warning that `text` makes of the lines; an empty list when there is none. */
  describe(text: (matches: this) => string): string[] {
    return this.count === 0 ? [] : [text(this)];
  }
}

/**
 * Returns the lines inside turns that begin with the label of a speaker of the dialogue. The models see them as turns,
 * although they are not.
 */
function labelsWithinTurns(turns: readonly Turn[], speakers: ReadonlySet<string>): string[] {
  const isLabelled = (line: string): boolean => speakers.has(LABEL.exec(line)?.[1] ?? "");
  return turns.flatMap(({ text }) => text.split("\n").filter(isLabelled));
}

/** Returns two speakers that differ only in upper and lower case; undefined without any. */
function oneInTwoSpellings(speakers: ReadonlySet<string>): string | undefined {
  const byLowerCase = new Map<string, string>();
  for (const speaker of speakers) {
    const other = byLowerCase.get(speaker.toLowerCase());
    if (other !== undefined) return `${other} and ${speaker}`;
    byLowerCase.set(speaker.toLowerCase(), speaker);
  }
  return undefined;
}

/** Returns the turns of a dialogue whose label a name such as "Anna:" follows, as in a list of texts with names. */
function namesAfterLabels(turns: readonly Turn[]): readonly string[] {
  const texts = turns.filter(({ speaker }) => speaker !== "").map(({ text }) => text);
  return turnsWithNames(texts).filter((line) => !LABEL.test(line));
}

/** Finds lines of a corpus that look like speaker labels but were read as text. */
export class LabelCheck {
  readonly #invalidLabels = new LineMatches();
  readonly #singleColons = new LineMatches();
  readonly #withinLines = new LineMatches();
  readonly #afterBlanks = new LineMatches();
  readonly #caseOnly = new LineMatches();
  readonly #withinTurns = new LineMatches();
  readonly #afterLabels = new LineMatches();
  #dialogues = 0;
  #unlabelled = 0;

  /** Checks the lines of a dialogue. */
  add(dialogue: Dialogue): void {
    const speakers = new Set(dialogue.turns.map(({ speaker }) => speaker).filter((name) => name !== ""));
    this.#dialogues += 1;
    if (speakers.size === 0) this.#unlabelled += 1;
    const names = oneInTwoSpellings(speakers);
    if (names !== undefined) this.#caseOnly.add(names, dialogue);
    for (const line of labelsWithinTurns(dialogue.turns, speakers)) this.#withinTurns.add(line, dialogue);
    for (const line of namesAfterLabels(dialogue.turns)) {
      this.#afterLabels.add(line, dialogue, nameOf(line));
    }
    for (const line of dialogue.text.split("\n")) {
      const mark = LABEL_WITHIN_LINE.exec(line)?.[1];
      if (mark !== undefined) this.#withinLines.add(line, dialogue, LINE_END_NAMES[mark] ?? mark);
      // Without a label of its own, "Dr. Smith:: Well" is one that is not valid.
      const [label] = LABEL.exec(line) ?? [];
      const rest = label && restFromLabel(line.slice(label.length).trimStart());
      if (rest !== undefined) this.#afterBlanks.add(rest, dialogue);
      if (LABEL_LIKE.test(line) && !LABEL.test(line)) this.#invalidLabels.add(line, dialogue);
      const name = SINGLE_COLON_LABEL.exec(line)?.[1];
      // In a dialogue with valid labels, "Note: ..." is text unless a speaker has this name.
      if (name !== undefined && (speakers.size === 0 || speakers.has(name))) {
        this.#singleColons.add(line, dialogue);
      }
    }
  }

  /** Returns one warning for each kind of problem; an empty list when there is none. */
  warnings(): string[] {
    const warnings = [
      this.#invalidLabels.describe(
        ({ lines, example }) =>
          `${lines} "::" after what is no label and count as text, such as ${example}; expected a letter and ` +
          'at most 19 more letters, digits, blanks or _ before "::", at the start of the line',
      ),
      this.#singleColons.describe(
        ({ lines, example, name }) =>
          `${lines} one colon where a label has two and count as text, such as ${example}; expected "${name}::"`,
      ),
      this.#withinLines.describe(
        ({ lines, example, name }) =>
          `${lines} a speaker's label after ${name}, which is no line end, such as ${example}; ` +
          "expected a line feed before each label",
      ),
      this.#afterBlanks.describe(
        ({ lines, example }) =>
          `${lines} a speaker's label after a blank or a tab, such as ${example}; ` +
          "expected a line feed before each label",
      ),
      this.#caseOnly.describe(
        ({ count, example }) =>
          `${formatCount(count, "dialogue")} with speakers that differ only in upper and lower case, such as ${example}; ` +
          "expected each speaker in one spelling",
      ),
      this.#withinTurns.describe(
        ({ lines, example }) =>
          `${lines} a speaker's label inside the text of a turn, such as ${example}; ` +
          "expected a turn of its own for each speaker, and no label in its text",
      ),
      this.#afterLabels.describe(
        ({ lines, example, name }) =>
          `${lines} a name and a colon after the label of the turn and count as text, such as ${example}; ` +
          `expected the text alone, or "${name}::" in place of the label`,
      ),
    ].flat();
    if (this.#unlabelled !== this.#dialogues || warnings.length > 0) return warnings;
    return [
      'no dialogue has a speaker\'s label; expected each turn on a line of its own, as in "A:: Hello.", ' +
        "and all turns of a dialogue in one row",
    ];
  }
}
