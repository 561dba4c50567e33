import { describe, expect, it } from "vitest";
import { type Dialogue, parseTurns } from "../../lib/data/dialogue.ts";
import { LabelCheck } from "../../lib/data/labels.ts";

const corpus = (...texts: string[]): Dialogue[] =>
  texts.map((text, index) => ({ id: `d${index + 1}`, text, turns: parseTurns(text) }));

function labelWarnings(dialogues: readonly Dialogue[]): string[] {
  const check = new LabelCheck();
  for (const dialogue of dialogues) check.add(dialogue);
  return check.warnings();
}

describe("the warnings about labels", () => {
  it("gives no warning about labelled turns, even when they contain colons", () => {
    const text = "A:: Look: it is 10:30.\nMiss Jones 2:: Note: std::vector\nNote: this goes on\nNo: 1";
    expect(labelWarnings(corpus(text))).toEqual([]);
  });

  it("counts labels of speakers inside turns that a file gives apart", () => {
    const turns = [
      { speaker: "A", text: "A:: Hi." },
      { speaker: "B", text: "Yes.\nA:: No.\nNote:: this is text" },
    ];
    const text = turns.map((turn) => `${turn.speaker}:: ${turn.text}`).join("\n");
    expect(labelWarnings([{ id: "d1", text, turns }])).toEqual([
      '2 lines have a speaker\'s label inside the text of a turn, such as "A:: Hi." of dialogue d1; ' +
        "expected a turn of its own for each speaker, and no label in its text",
    ]);
  });

  it("counts names after the label of a turn, as in a list of texts with names", () => {
    const named = "A:: Alice: Hi there.\nB:: Bob: Yes.\nA:: Alice: No.";
    expect(
      labelWarnings(corpus(named, "A:: User: Hi.\nB:: Bot: Yes.", "A:: Look: a dog.\nB:: Yes.\nA:: No.")),
    ).toEqual([
      '5 lines have a name and a colon after the label of the turn and count as text, such as "Alice: Hi there." of ' +
        'dialogue d1; expected the text alone, or "Alice::" in place of the label',
    ]);
  });

  it("counts labels that are too long or have other characters, and quotes the first", () => {
    const warnings = labelWarnings(
      corpus(
        "A:: Hi.\nDr. Smith:: Well.\nB:: Yes.",
        "A:: Hi.\n A:: Again.\nInterviewer (female):: So?\nB:: No.",
      ),
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^3 lines have "::" after what is no label .* "Dr\. Smith:: Well\." of dialogue d1;/,
    );
  });

  it("counts labels with one colon in dialogues without labels, and those of speakers with a valid label elsewhere", () => {
    const warnings = labelWarnings(corpus("A: Hi.\nB: Yes.", "A:: One.\nB:: Two.\nA: Three.\nNote: four."));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^3 lines have one colon .* "A: Hi\." of dialogue d1; expected "A::"$/);
  });

  it.each([
    ["\u2028", "U+2028 (line separator)"],
    ["\u0085", "U+0085 (next line)"],
    ["\\n", "\\n"],
    ["<br>", "<br>"],
    ["<BR/>", "<BR/>"],
  ])("counts labels after %j in place of a line end", (mark, name) => {
    const warnings = labelWarnings(corpus(`A:: Hi.${mark}B:: Yes.`, "A:: One.\nB:: see\\now"));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`1 line has a speaker's label after ${name}, which is no line end`);
  });

  it.each([
    ["blanks", "A:: Hi. B:: Yes. A:: No.", "B:: Yes. A:: No."],
    ["tabs", "A:: Hi.\tSpeaker 1:: Yes.", "Speaker 1:: Yes."],
    ["nothing at the end", "A:: Hi. B::", "B::"],
  ])("counts labels after %s", (_, text, shown) => {
    expect(labelWarnings(corpus(text, "A:: One::two and std::vector\nB:: 10::20"))).toEqual([
      `1 line has a speaker's label after a blank or a tab, such as "${shown}" of dialogue d1; ` +
        "expected a line feed before each label",
    ]);
  });

  it("counts dialogues in which a speaker has two spellings, and blanks before the colons are none", () => {
    const text = "Anna:: Hi.\nB:: Yes.\nANNA:: No.";
    expect(corpus("A :: Hi.\nA:: Yes.")[0]?.turns.map(({ speaker }) => speaker)).toEqual(["A", "A"]);
    expect(labelWarnings(corpus("A :: Hi.\nA:: Yes.", text, text))).toEqual([
      '2 dialogues with speakers that differ only in upper and lower case, such as "Anna and ANNA" of dialogue d2; ' +
        "expected each speaker in one spelling",
    ]);
  });

  it("warns when no dialogue has a label or anything like it, and shortens a long example", () => {
    expect(labelWarnings(corpus("Some prose.", "More prose."))).toEqual([
      'no dialogue has a speaker\'s label; expected each turn on a line of its own, as in "A:: Hello.", and all turns of a dialogue in one row',
    ]);
    const [long] = labelWarnings(corpus(`A:: Hi.\nMr. ${"x".repeat(30)}:: ${"word ".repeat(20)}`));
    expect(long).toMatch(/^1 line has .*\.\.\." of dialogue d1/);
  });
});
