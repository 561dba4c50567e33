import { describe, expect, it } from "vitest";
import { Residue } from "../../lib/data/residue.ts";
import { loadTrainingData } from "../../lib/data/training-data.ts";
import { runCli } from "../cli/run-cli.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";

const write = writerIn(temporaryFolder());

function warningsOf(...texts: string[]): string[] {
  const residue = new Residue();
  for (const [at, text] of texts.entries()) residue.add(`d${at + 1}`, [text]);
  return residue.warnings();
}

/** What a program makes of UTF-8 that it takes for Latin-1. */
const asLatin = (text: string): string => Buffer.from(text).toString("latin1");
/** What a decoder makes of Windows-1252 that it takes for UTF-8. */
const lossy = (text: string): string => Buffer.from(text, "latin1").toString("utf8");

describe("what other programs left in texts", () => {
  it.each<[string, string, string, RegExp]>([
    [
      "an apostrophe",
      "I don\u00e2\u20ac\u2122t.",
      "I donâ€™t.",
      /^characters of UTF-8 .* took for Windows-1252 stand/,
    ],
    ["a dash in Latin-1", asLatin("So — no."), "So â\u0080\u0094 no.", /^characters of UTF-8/],
    ["an accent", asLatin("A café."), "A cafÃ©.", /^characters of UTF-8/],
    ["a no-break space", asLatin("A\u00a0dog."), "AÂ\u00a0dog.", /^characters of UTF-8/],
    ["a lost letter", lossy("A caf\xe9 here."), "A caf\ufffd here.", /^replacement characters/],
    // As html.escape("Q&A: I don't", quote=True) of Python 3.11 writes them.
    ["entities", "Q&amp;A: I don&#x27;t", "Q&amp;A: I don&#x27;t", /^HTML entities/],
    ["tags", "Well.<br />No.", "Well.<br />No.", /^HTML tags/],
    ["tags with attributes", 'A <a href="x">dog</a>.', 'A <a href="x">dog</a>.', /^HTML tags/],
    // As in DailyDialog, EmpatheticDialogues and the Penn Treebank.
    ["contractions apart", "I don ’ t know .", "I don ’ t know .", /^contractions that blanks split/],
    ["contractions half apart", "Let' s go .", "Let' s go .", /^contractions that blanks split/],
    ["contractions before the mark", "I don 't .", "I don 't .", /^contractions that blanks split/],
    ["ends of utterances", "Hello . __eou__ Hi .", "Hello . __eou__ Hi .", /^marks between turns stand/],
    ["ends in the Ubuntu corpus", "ok __EOT__ hi", "ok __EOT__ hi", /^marks between turns stand/],
    ["separators of the Cornell corpus", "L1 +++$+++ u0", "L1 +++$+++ u0", /^marks between turns stand/],
    ["ChatML", "<|im_start|>user", "<|im_start|>user", /^marks between turns stand/],
    ["ends of texts", "Bye.<|endoftext|>Hi", "Bye.<|endoftext|>Hi", /^marks between turns stand/],
    ["the form of Llama 2", "<s>[INST] Hi", "<s>[INST] Hi", /^marks between turns stand/],
    ["headings for speakers", "### Human: Hi", "### Human: Hi", /^marks between turns stand/],
    ["escapes of characters", "A caf\\u00e9", "A caf\\u00e9", /^escapes that nobody decoded stand/],
    ["escapes of line ends", "Hello.\\nyes", "Hello.\\nyes", /^escapes that nobody decoded stand/],
    [
      "escapes of line ends before words",
      "ok\\nHow are",
      "ok\\nHow are",
      /^escapes that nobody decoded stand/,
    ],
    ["escapes of marks", 'a \\"b\\"', 'a \\"b\\"', /^escapes that nobody decoded stand/],
    ["unknown words", "I am <unk> .", "I am <unk> .", /^placeholders stand/],
    ["names of slots", "It is [hotel_name] .", "It is [hotel_name] .", /^placeholders stand/],
    [
      "times of subtitles",
      "00:01,000 --> 00:02,000",
      "00:01,000 --> 00:02,000",
      /^notes of transcribers stand/,
    ],
    ["thoughts", "<think>So</think>Hi", "<think>So</think>Hi", /^thoughts of a model stand/],
    ["notes of noises", "Oh [laughter] no", "Oh [laughter] no", /^notes of transcribers stand/],
    ["notes of noises in one word", "Oh <noise> no", "Oh <noise> no", /^notes of transcribers stand/],
    ["marks of disfluencies", "{F Uh, } no", "{F Uh, } no", /^notes of transcribers stand/],
    ["zero-width spaces", "One\u200btwo.", "One\u200btwo.", /^zero-width spaces \(U\+200B\) within words/],
    ["names of commas", "Well_comma_ no.", "Well_comma_ no.", /^names of marks/],
    ["names of brackets", "A dog -LRB- big -RRB- .", "A dog -LRB- big -RRB- .", /^names of marks/],
  ])("is named with an example: %s", (_, text, shown, message) => {
    // The decoders above give what the table shows.
    expect(text).toBe(shown);
    const warnings = warningsOf("Plain words.", text, text);
    expect(warnings).toEqual([expect.stringMatching(message)]);
    expect(warnings[0]).toMatch(/stand in 2 of 3 texts, such as ".+" of d2; \w/);
  });

  it.each([
    "“Don’t,” she said — it’s 20 °C in the café… naïve AT&T & Q&A",
    "Âge, Ãlvaro, pâté: 3 < 5 > 2, <3, x<y and y>z; R&D; fish & chips;",
    "He said ' so what ' and left; the dogs ' tails; 'tis",
    "snake_case_name, -LR- and well-known",
    "It 's good , is n't it ? The boys' dog; the boys ' tales; rock 'n' roll; an ' s-shape '; can't",
    "C:\\new C:\\Users \\nabla \\rightarrow \\_ [sic] [link](a) <url",
    "a [s] b <i < 3> c ### Human rights {x} [I laugh] (laughing gas) {Fine} I think <3 |im_end|",
    "One \u200btwo\u200b three \u200b four",
  ])("is not seen in %j", (text) => {
    expect(warningsOf(text)).toEqual([]);
  });

  // The Python that the warning gives, as JavaScript.
  it.each([
    ["I don ’ t know , it ' s what they ' re for .", "I don't know , it's what they're for ."],
    ["Let' s go , I' d say . They don 't .", "Let's go , I'd say . They don't ."],
    [
      "the ' 70s , the boys ' re-election , Anna ' s and is n't",
      "the ' 70s , the boys ' re-election , Anna's and is n't",
    ],
  ])("can be mended as the warning says: %s", (text, mended) => {
    const [source = ""] = /(?<=r"\(\?i\)).+?(?=", r")/.exec(warningsOf(text)[0] ?? "") ?? [];
    expect(text.replace(new RegExp(source, "giu"), "'$1")).toBe(mended);
  });

  it("is told by the commands that train and by score", async () => {
    const text = `A:: I don&#39;t know, ${"well ".repeat(20)}\nB:: So.`;
    const data = write("entities.jsonl", `${JSON.stringify({ id: "x", text })}\n`.repeat(2));
    const { warnings } = await loadTrainingData({ data, evalFraction: 0, seed: 0 });
    const expected =
      'HTML entities stand in 2 of 2 texts, such as "A:: I don&#39;t know, well" of dialogue x;';
    expect(warnings.some((line) => line.startsWith(expected))).toBe(true);
    const { code, stderr } = await runCli(
      "score",
      "--data",
      data,
      "--workers",
      "0",
      "--output",
      `${data}.csv`,
    );
    expect(code).toBe(0);
    expect(stderr).toContain(
      'warning: HTML entities stand in 2 of 2 texts, such as "I don&#39;t know, well" of x;',
    );
  });

  it.each([
    ["calibrate", "--output", "calibration.json"],
    ["spaces", "frequencies", "--output", "frequencies.tsv"],
    ["spaces", "build", "--output", "spaces", "--dimensions", "2", "--topics", "2"],
  ])("is told by %s %s, with labels that are read as words", async (...args) => {
    const text = `A: I don&#39;t know, ${"well ".repeat(20)}\nB: So.`;
    const data = write("corpus.jsonl", `${JSON.stringify({ id: "x", text })}\n`.repeat(2));
    const output = args.map((arg, at) => (args[at - 1] === "--output" ? `${data}.${arg}` : arg));
    const { stderr } = await runCli(...output, "--data", data);
    expect(stderr).toContain(`warning: ${data}: HTML entities stand in 2 of 2 texts, such as`);
    expect(stderr).toContain(
      `warning: ${data}: 4 lines have one colon where a label has two and count as text`,
    );
  });
});
