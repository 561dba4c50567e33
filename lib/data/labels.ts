import { type Dialogue, LABEL } from "./dialogue.ts";

const EXAMPLE_LENGTH = 40;
/** "::" where a label would end, after anything: "Dr. Smith:: Well". */
const MISSED = /^[^:]{1,60}::/;
/** A label but for its second colon: "A: Well". A word before the colon is needed behind it, so that 10:30 is none. */
const ONE_COLON = /^([A-Za-z][\w ]{0,19}):(?!:)(?=\s)/;

/** Lines of one kind: how many, and the first of them. */
class Sightings {
  count = 0;
  example = "";
  /** What stands before the colon of the first. */
  name = "";

  add(line: string, dialogue: Dialogue): void {
    this.count += 1;
    if (this.count > 1) return;
    this.name = line.slice(0, line.indexOf(":"));
    const shown = line.length > EXAMPLE_LENGTH ? `${line.slice(0, EXAMPLE_LENGTH)}...` : line;
    this.example = `${JSON.stringify(shown)} of dialogue ${dialogue.id}`;
  }

  /** "3 lines", "1 line". */
  get lines(): string {
    return `${this.count.toLocaleString("en-US")} ${this.count === 1 ? "line has" : "lines have"}`;
  }
}

/**
 * What in a corpus looks like speakers' labels and is none, so that it was read as text.
 * @returns one line for a person about each kind of trouble; empty when there is none
 */
export function labelWarnings(dialogues: readonly Dialogue[]): string[] {
  const missed = new Sightings();
  const oneColon = new Sightings();
  let unlabelled = 0;
  for (const dialogue of dialogues) {
    const speakers = new Set(dialogue.turns.map(({ speaker }) => speaker).filter((name) => name !== ""));
    if (speakers.size === 0) unlabelled += 1;
    for (const line of dialogue.text.split("\n")) {
      if (MISSED.test(line) && !LABEL.test(line)) missed.add(line, dialogue);
      const name = ONE_COLON.exec(line)?.[1];
      // Among labelled turns "Note: ..." is text; only who speaks elsewhere with two colons is taken for a speaker.
      if (name !== undefined && (speakers.size === 0 || speakers.has(name))) oneColon.add(line, dialogue);
    }
  }
  const warnings: string[] = [];
  if (missed.count > 0) {
    warnings.push(
      `${missed.lines} "::" after what is no label and count as text, such as ${missed.example}; expected a letter and ` +
        'at most 19 more letters, digits, blanks or _ before "::", at the start of the line',
    );
  }
  if (oneColon.count > 0) {
    warnings.push(
      `${oneColon.lines} one colon where a label has two and count as text, such as ${oneColon.example}; expected "${oneColon.name}::"`,
    );
  }
  if (unlabelled === dialogues.length && warnings.length === 0) {
    warnings.push(
      'no dialogue has a speaker\'s label; expected each turn on a line of its own, as in "A:: Hello."',
    );
  }
  return warnings;
}
