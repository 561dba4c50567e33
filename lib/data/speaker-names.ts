/** Matches the time or the number before a line: "[12/03/24, 10:00:11] ", "10:00 - ", "3. ". */
const STAMP = String.raw`[[(<]?\d[\d/.,: -]{0,24}(?:[AaPp]\.?[Mm]\.?)?[\])>]?[ -]*`;
/** A name and one or two colons, after a dash or marks of formatting: "Dr. Müller::", "#Person1#:", "**Anna:**". */
const WITH_COLON = String.raw`[#*<([-]{0,3} ?(\p{L}[^:：]{0,40})[:：]{1,2}\*{0,2}`;
/** A name before a tab, as in a table: "Anna". */
const BEFORE_TAB = String.raw`(\p{L}[\p{L}\p{N} ._]{0,30})(?=\t)`;
/** Matches the start of a line that names its speaker. One of the three groups is the name. */
const NAME = new RegExp(
  String.raw`^\s*(?:(?:${STAMP})?${WITH_COLON}|${STAMP}<([^<>\s]{1,30})>|${BEFORE_TAB})(?=\s)`,
  "u",
);
/** Smallest share of the lines of a dialogue that begin with a name. */
const SMALLEST_SHARE = 0.5;

/** Matches names of speakers that hardly begin a turn as words. */
const USUAL_NAME =
  /^(?:user|assistant|human|ai|bot|gpt|system|agent|customer|client|doctor|patient|teacher|student|interviewer|interviewee|participant|caller|(?:speaker|person|participant)[ _]?\w{1,2}|[a-z]\d?)$/i;

/** Returns the name with which a line begins; an empty text without one. */
export function nameOf(line: string): string {
  const [, ...groups] = NAME.exec(line) ?? [];
  const name = groups.find((group) => group !== undefined) ?? "";
  return name.replace(/[#*<>()[\]]+/g, "").trim();
}

/**
 * Returns the lines that begin with the name of a speaker; none when the lines are no dialogue. In an essay,
 * "Introduction: ..." and "Conclusion: ..." stand once. Somebody who talks to others talks again.
 */
export function linesWithNames(lines: readonly string[]): readonly string[] {
  const named = lines.filter((line) => NAME.test(line));
  const names = new Set(named.map(nameOf));
  return names.size < named.length && named.length >= SMALLEST_SHARE * lines.length ? named : [];
}

/**
 * Returns the turns whose text begins with the name of a speaker, although they have a label. Names must come again, or
 * be usual ones, for "Look: it rains." names nobody.
 */
export function turnsWithNames(texts: readonly string[]): readonly string[] {
  const lines = texts.map((text) => text.trimStart().split("\n", 1)[0] ?? "");
  const usual = lines.filter((line) => NAME.test(line) && USUAL_NAME.test(nameOf(line)));
  return usual.length === lines.length ? usual : linesWithNames(lines);
}
