import { describe, expect, it } from "vitest";
import { loadDialogues } from "../../lib/data/load.ts";
import { runCli } from "../cli/run-cli.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";

const write = writerIn(temporaryFolder());

/** Tables that pandas 3.0.6 wrote with `to_csv(index=False)`; the column "text" held what each name says. */
const LISTS: readonly [name: string, csv: string][] = [
  ["a list", 'id,text\nd1,"[\'Did you get the boat?\', ""Yes, it wouldn\'t start."", \'Oh ""no"".\']"\n'],
  [
    "a NumPy array",
    'id,text\nd1,"[\'Did you get the boat?\' ""Yes, it wouldn\'t start."" \'Oh ""no"".\']"\n',
  ],
  [
    "messages",
    "id,text\nd1,\"[{'role': 'user', 'content': 'Did you get the boat?'}, {'role': 'user', 'content': \"\"Yes, it wouldn't start.\"\"}, {'role': 'user', 'content': 'Oh \"\"no\"\".'}]\"\n",
  ],
  [
    "a NumPy array of messages",
    "id,text\nd1,\"[{'role': 'user', 'content': 'Did you get the boat?'}\n {'role': 'user', 'content': \"\"Yes, it wouldn't start.\"\"}\n {'role': 'user', 'content': 'Oh \"\"no\"\".'}]\"\n",
  ],
  [
    "an object",
    'id,text\nd1,"{\'turns\': [\'Did you get the boat?\', ""Yes, it wouldn\'t start."", \'Oh ""no"".\']}"\n',
  ],
  [
    "JSON",
    'id,text\nd1,"[{""role"": ""user"", ""content"": ""Did you get the boat?""}, {""role"": ""user"", ""content"": ""Yes, it wouldn\'t start.""}, {""role"": ""user"", ""content"": ""Oh \\""no\\"".""}]"\n',
  ],
];

describe("a list that was spelt out in a cell", () => {
  const message =
    /field|column "text": a list or an object that was spelt out as text; expected a text, or JSON Lines/;

  it.each(LISTS)("is refused: %s", async (_, csv) => {
    const error = await loadDialogues(write("list.csv", csv), { minWords: 1 }).catch((reason) => reason);
    expect(error).toMatchObject({ code: "ERR_DATA", message });
    expect(error.message).toMatch(/list\.csv, row 1 \(line \d\), column "text"/);
  });

  it("is refused of R, in a field of JSON Lines and as a source text", async () => {
    const r = write("r.csv", 'text\n"c(""Hi there."", ""Hello."")"\n');
    await expect(loadDialogues(r, { minWords: 1 })).rejects.toThrow(message);
    const json = write(
      "twice.jsonl",
      `${JSON.stringify({ messages: JSON.stringify([{ role: "user", content: "Hi." }]) })}\n`,
    );
    await expect(loadDialogues(json, { minWords: 1 })).rejects.toThrow(
      /twice\.jsonl, line 1, field "messages": a list/,
    );
    const source = write(
      "source.jsonl",
      `${JSON.stringify({ text: "A dog ran.", source: "['A dog.', 'A cat.']" })}\n`,
    );
    const { code, stderr } = await runCli("score", "--data", source, "--workers", "0");
    expect(code).toBe(2);
    expect(stderr).toMatch(/source\.jsonl, line 1, field "source": a list or an object/);
  });

  it.each([
    '["Hi," she said. He answered "no."]',
    "['Tis the season', they sang. 'It is']",
    '{"answer": 42}',
  ])("is not what a text in brackets is: %s", async (text) => {
    const file = write(
      "text.jsonl",
      `${JSON.stringify({ text: `A:: ${text}` })}\n${JSON.stringify({ text })}\n`,
    );
    const { code, stderr } = await runCli("score", "--data", file, "--workers", "0");
    expect([code, stderr]).toEqual([0, expect.not.stringMatching(/spelt out/)]);
  });

  it.each([
    "[He nods.] I don't [laughs]",
    "['Twas the night.] He said [it is so]",
    "c(a) is what I said",
    "{laughs} yes: {it is}",
    "[]",
  ])("is not seen in the text %j", async (text) => {
    const { dialogues } = await loadDialogues(write("text.csv", `text\n"${text}"\n`), { minWords: 1 });
    expect(dialogues.map((dialogue) => dialogue.text)).toEqual([text]);
  });
});

describe("ids of a CSV file", () => {
  const ids = async (csv: string) =>
    (await loadDialogues(write("ids.csv", csv), { minWords: 1 })).dialogues.map(({ id }) => id);

  it("stand in the column id where there is no Filename, as in JSON Lines", async () => {
    expect(await ids("text,id\nA:: One.,007\nA:: Two.,1e5\nA:: Three.,\n")).toEqual(["007", "1e5", "3"]);
    expect(await ids("id,text,Filename\n7,A:: One.,d1\n")).toEqual(["d1"]);
  });

  it("are numbers of rows without both, of which score tells", async () => {
    const text = write("no-ids.csv", "key,text\n9,A dog ran.\n8,A dog sat.\n");
    const { stdout, stderr } = await runCli(
      "score",
      "--data",
      text,
      "--workers",
      "0",
      "--families",
      "givenness",
    );
    expect(stdout.split("\n").map((line) => line.split(",")[0])).toEqual(["Filename", "1", "2", ""]);
    expect(stderr).toContain(
      `${text}: its first row has no id, in Filename or id; rows without one are named by`,
    );
    const named = write("with-ids.csv", "id,text\n9,A dog ran.\n8,A dog sat.\n");
    const second = await runCli("score", "--data", named, "--workers", "0", "--families", "givenness");
    expect(second.stdout.split("\n").map((line) => line.split(",")[0])).toEqual(["Filename", "9", "8", ""]);
    expect(second.stderr).not.toContain("has no id");
  });
});

describe("source texts that not every row has", () => {
  it("are found where the first objects lack the field, and NA of R is none", async () => {
    const lines = [{ text: "A dog ran." }, { text: "A dog ran.", source: "The dog ran. The dog sat." }];
    const json = write("later.jsonl", lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const csv = write(
      "later.csv",
      '"","text","source"\n"1","A dog ran.",NA\n"2","A dog ran.","The dog ran. The dog sat."\n',
    );
    for (const data of [json, csv]) {
      const { stdout } = await runCli("score", "--data", data, "--workers", "0", "--families", "source");
      const [header = [], first = [], second = []] = stdout.split("\n").map((line) => line.split(","));
      const at = header.indexOf("source_similarity_lsa");
      expect([first[at], Number(second[at]) > 0]).toEqual(["", true]);
    }
  });
});
