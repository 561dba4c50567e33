import path from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../cli/run-cli.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";

const folder = temporaryFolder();
const write = writerIn(folder);

/** Scores a text file and returns what standard error says of it. */
async function messages(text: string, ...args: string[]): Promise<string> {
  const output = path.join(folder, "out.csv");
  const file = write("text.txt", text);
  const { stderr, code } = await runCli("score", file, "--workers", "0", "--output", output, ...args);
  expect(code).toBe(0);
  return stderr;
}

const TURNS = ["Did you get the boat?", "Yes, we did.", "Oh, good for you.", "It was not easy."];
const dialogue = (...names: string[]): string =>
  TURNS.map((turn, at) => `${names[at % names.length]} ${turn}`).join("\n");

describe("score of a dialogue whose labels are none", () => {
  it.each([
    ["one colon", ["A:", "B:"], "A: Did you get the boat?"],
    ["an umlaut", ["Jürgen::", "Anna::"], "Jürgen:: Did you get the boat?"],
    ["an umlaut in the second name", ["Anna::", "Jürgen::"], "Jürgen:: Yes, we did."],
    ["a name after the label", ["A:: Anna:", "B:: Bob:"], "Anna: Did you get the boat?"],
    ["a title", ["Dr. Smith::", "Ms. Lee::"], "Dr. Smith:: Did you get the boat?"],
    ["marks around the name", ["#Person1#:", "#Person2#:"], "#Person1#: Did you get the boat?"],
    ["bold names", ["**Anna:**", "**Ben:**"], "**Anna:** Did you get the boat?"],
    ["a list", ["- Anna:", "- Ben:"], "- Anna: Did you get the boat?"],
    ["the time", ["10:00 Anna:", "10:01 Ben:"], "10:00 Anna: Did you get the boat?"],
    [
      "a chat of WhatsApp",
      ["[12/03/24, 10:00:11] Anna:", "[12/03/24, 10:00:54] Ben:"],
      "[12/03/24, 10:00:11] Anna: Did you get t...",
    ],
    [
      "a chat of WhatsApp on Android",
      ["12/03/2024, 10:00 - Anna:", "12/03/2024, 10:01 - Ben:"],
      "12/03/2024, 10:00 - Anna: Did you get th...",
    ],
    ["wide colons", ["Anna：：", "Ben："], "Anna：： Did you get the boat?"],
    ["a tab", ["Anna\t", "Ben\t"], "Anna\t Did you get the boat?"],
    ["a log of IRC", ["[10:00] <anna>", "[10:01] <ben>"], "[10:00] <anna> Did you get the boat?"],
  ])("warns of %s, with the first such line", async (_, names, line) => {
    expect(await messages(dialogue(...names))).toContain(
      `in 1 of 1 text names of speakers count as words, such as ${JSON.stringify(line)} of text.txt; expected`,
    );
  });

  it("warns of labels within a line, whose line ends were lost", async () => {
    const joined = dialogue("A::", "B::").replaceAll("\n", " ");
    const expected = 'such as "B:: Yes, we did. A:: Oh, good for you. B..." of text.txt;';
    expect(await messages(joined)).toContain(expected);
    expect(await messages(`So. ${joined.slice(4)}`)).toContain(expected);
  });

  it.each([
    ["labels", dialogue("A::", "B::")],
    ["an essay with headings", "Introduction: the sea is deep.\nConclusion: we liked the sea a lot."],
    ["a numbered list", "1. Introduction: the sea is deep.\n2. Conclusion: we liked the sea a lot."],
    ["times", "At 10:00 the ship left.\n10:30 was too late.\nAt 11:00 it was gone."],
    ["a note in a labelled turn", "A:: I said this: go.\nNote: it rained.\nB:: Note: I did not.\nNote: no."],
  ])("says nothing of %s", async (_, text) => {
    expect(await messages(text)).not.toContain("count as words");
  });

  it("says nothing where labels are words on purpose", async () => {
    expect(await messages(dialogue("A:", "B:"), "--score-preset", "original")).not.toContain(
      "count as words",
    );
  });
});

describe("score of another language", () => {
  // Written for this test. The English text says the same.
  const german =
    "Hast du gestern das Boot ins Wasser gelassen? Ja, haben wir, aber dann wollte es nicht anspringen. ".repeat(
      3,
    );
  const english =
    "Did you put the boat into the water yesterday? Yes, we did, but then it did not want to start. ".repeat(
      3,
    );

  it("warns that the indices are made for English", async () => {
    expect(await messages(german)).toMatch(/only \d+ % of the words are known as English function words/);
    expect(await messages(english)).not.toContain("function words");
  });

  it("does not judge a few words", async () => {
    expect(await messages("Boats, sails, masts and ropes.")).not.toContain("function words");
  });
});

describe("score of texts without values", () => {
  it("names the indices that lack the same texts in one line", async () => {
    // One word has no index, and two words have no neighbouring sentences.
    const data = write("rows.csv", 'id,text\n1,"The dog ran. The dog sat in its house."\n2,Boats sailed.\n');
    const output = path.join(folder, "rows-out.csv");
    const { stderr } = await runCli("score", "--data", data, "--output", output);
    const lines = stderr.split("\n").filter((line) => line.includes("had no value"));
    const named = lines.map((line) => line.split(" had ")[0]?.split(", ") ?? []);
    expect(named.flat()).toEqual([...new Set(named.flat())]);
    expect(
      lines.some((line) => /^\w+(, \w+)+ had no value in 1 of 2 texts and do not count in/.test(line)),
    ).toBe(true);
    const counts = lines.map((line) => /in (\d+) of/.exec(line)?.[1]);
    expect(counts).toEqual([...new Set(counts)]);
  });
});

describe("score --output", () => {
  it("says at the end which file has how many rows", async () => {
    const lines = (await messages("The dog ran. The dog sat.")).trimEnd().split("\n");
    expect(lines.at(-1)).toBe(`${path.join(folder, "out.csv")}: 1 text, one row each`);
  });
});
