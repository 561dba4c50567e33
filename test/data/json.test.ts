import { describe, expect, it } from "vitest";
import { inspectDataFile } from "../../lib/data/data-file.ts";
import { readJsonRecords } from "../../lib/data/json-records.ts";
import { loadDialogues } from "../../lib/data/load.ts";
import { loadCorpus } from "../../lib/pretrain/corpus.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";

const write = writerIn(temporaryFolder());
const lines = (...objects: unknown[]): string => objects.map((one) => `${JSON.stringify(one)}\n`).join("");
const load = (content: string | Uint8Array, name = "data.jsonl", textColumn = "text") =>
  loadDialogues(write(name, content), { minWords: 1, textColumn });
const turnsOf = async (...objects: unknown[]) =>
  (await load(lines(...objects))).dialogues.map(({ turns }) => turns);

const TURNS = [
  { speaker: "user", text: "Hi." },
  { speaker: "assistant", text: "Hello there." },
];

describe("loadDialogues with JSON Lines", () => {
  it("reads text, turns, messages and conversations", async () => {
    const messages = TURNS.map(({ speaker, text }) => ({ role: speaker, content: text }));
    const conversations = TURNS.map(({ speaker, text }) => ({ from: speaker, value: text }));
    for (const content of [
      { text: "user:: Hi.\nassistant:: Hello there." },
      { turns: TURNS },
      { turns: ["user:: Hi.", "assistant:: Hello there."] },
      { messages },
      { conversations },
    ]) {
      const { dialogues } = await load(lines({ id: "x", ...content, other: 1 }));
      expect(dialogues).toEqual([{ id: "x", text: "user:: Hi.\nassistant:: Hello there.", turns: TURNS }]);
    }
  });

  it("lets A and B alternate in a list of texts", async () => {
    expect(await turnsOf({ turns: ["Hi.", "Hello.", ""] })).toEqual([
      [
        { speaker: "A", text: "Hi." },
        { speaker: "B", text: "Hello." },
        { speaker: "A", text: "" },
      ],
    ]);
  });

  it("reads content in parts and with CR, and leaves out messages that nobody says", async () => {
    const { dialogues, notes } = await load(
      lines({
        messages: [
          { role: "system", content: "You are kind." },
          {
            role: "user",
            content: [
              { type: "text", text: "One.\r\nTwo." },
              { type: "input_text", text: "Three." },
            ],
          },
          { role: "assistant", content: null, tool_calls: [{}] },
          { role: "tool", content: "{}" },
          { role: "assistant", content: "\nFour.\n" },
        ],
      }),
    );
    expect(dialogues[0]?.turns).toEqual([
      { speaker: "user", text: "One.\nTwo.\nThree." },
      { speaker: "assistant", text: "Four." },
    ]);
    expect(notes).toEqual(
      ["1 system message", "1 tool call message", "1 tool message"].map(
        (count) => `${count} left out: nobody says them in the dialogue`,
      ),
    );
  });

  it("leaves out messages that only call tools, empty ones, and roles of no speaker in any spelling", async () => {
    const call = { name: "f", arguments: "{}" };
    const { dialogues, notes } = await load(
      lines({
        messages: [
          { role: "System", content: "You are kind." },
          { role: "user", content: "One." },
          { role: "assistant", content: "", tool_calls: [call] },
          { role: "assistant", content: [], tool_calls: [call] },
          { role: "assistant", content: null, function_call: call },
          { role: "assistant", function_call: call },
          ...["TOOL", "function_response", "tool_result", "tool_results", "Tool Result"].map((role) => ({
            role,
            content: "{}",
          })),
          { role: "assistant", content: null, tool_calls: [] },
          { role: "assistant", content: null, tool_calls: null },
          { role: "user", content: [{ type: "text", text: " " }] },
          { role: "assistant", content: "Two.", tool_calls: [call] },
        ],
      }),
    );
    expect(dialogues[0]?.turns).toEqual([
      { speaker: "user", text: "One." },
      { speaker: "assistant", text: "Two." },
    ]);
    expect(notes.map((note) => note.split(" left out: nobody says them")[0])).toEqual([
      "1 System message",
      "4 tool call messages",
      "1 TOOL message",
      "1 function_response message",
      "1 tool_result message",
      "1 tool_results message",
      "1 Tool Result message",
      "3 empty messages",
    ]);
  });

  it("keeps an empty turn beside its label, as in CSV, but not one without a text", async () => {
    const turns = [
      { speaker: "A", text: "" },
      { speaker: "B", text: null },
      { speaker: "A", text: "Hi." },
    ];
    const { dialogues, notes } = await load(lines({ turns }));
    expect(dialogues[0]?.text).toBe("A:: \nA:: Hi.");
    expect(notes).toEqual(["1 empty message left out: nobody says them in the dialogue"]);
  });

  it("takes ids from id, else Filename, else the number of the object", async () => {
    const { dialogues } = await load(
      `${lines({ id: 7, text: "A:: a" })}\n${lines({ Filename: "f.txt", text: "A:: b" }, { text: "A:: c" })}`,
    );
    expect(dialogues.map(({ id }) => id)).toEqual(["7", "f.txt", "3"]);
  });

  it.each(["data.jsonl", "data.json"])("keeps the digits of ids above 2^53 in %s", async (name) => {
    const ids = ["9007199254740993", "9007199254740992", "-12345678901234567890", "7"];
    const objects = ids.map((id) => `{"text": "A:: \\"id\\": 9007199254740993, a", "id": ${id}}`);
    const content = name === "data.json" ? `[${objects.join(",\n")}]` : objects.join("\n");
    const { dialogues, notes } = await load(content, name);
    expect(dialogues.map(({ id }) => id)).toEqual(ids);
    expect(dialogues[0]?.text).toBe('A:: "id": 9007199254740993, a');
    expect(notes).toEqual([]);
  });

  it("refuses a line and an array that are longer than a string can be, with the limit", async () => {
    const object = '{"text": "A:: a"}';
    const readAll = async (content: string): Promise<void> => {
      const file = await inspectDataFile(write("long.json", content));
      for await (const _ of readJsonRecords(file, 30));
    };
    await readAll(`${object}\n${object}\n`);
    await expect(readAll(`${object}\n${object}${" ".repeat(20)}\n`)).rejects.toThrow(
      /long\.json, line 2: more than 30 characters in one JSON value; expected one JSON object per line$/,
    );
    await expect(readAll(`[\n${object},\n${object}\n]`)).rejects.toThrow(
      /long\.json: more than 30 characters in one JSON value; expected one JSON object per line$/,
    );
  });

  it("reads another field by --text-column, whatever its form", async () => {
    const both = { text: "A:: from text", messages: [{ role: "A", content: "from messages" }] };
    const { dialogues } = await load(lines(both), "data.jsonl", "messages");
    expect(dialogues[0]?.text).toBe("A:: from messages");
    expect((await load(lines({ dialog: ["Hi.", "Yes."] }), "data.jsonl", "dialog")).dialogues[0]?.text).toBe(
      "A:: Hi.\nB:: Yes.",
    );
  });

  it.each<[string, string | Uint8Array]>([
    ["data.ndjson", lines({ text: "A:: a" }, { text: "B:: b" })],
    ["data.json", JSON.stringify([{ text: "A:: a" }, { text: "B:: b" }])],
    ["data.json", JSON.stringify([{ text: "A:: a" }, { text: "B:: b" }], null, 2)],
    ["data.json", lines({ text: "A:: a" }, { text: "B:: b" })],
    ["data", lines({ text: "A:: a" }, { text: "B:: b" })],
    ["data.csv", `\ufeff${lines({ text: "A:: a" }, { text: "B:: b" }).replaceAll("\n", "\r\n")}`],
    ["data.txt", Buffer.from(`\ufeff${lines({ text: "A:: a" }, { text: "B:: b" })}`, "utf16le")],
  ])("recognises the form of %s by its content", async (name, content) => {
    expect((await load(content, name)).dialogues.map(({ text }) => text)).toEqual(["A:: a", "B:: b"]);
  });

  const good = lines({ messages: [{ role: "A", content: "one two" }] });
  it.each([
    [
      "a field that is unknown",
      lines({ prompt: "a", completion: "b" }),
      "line 1: its fields are prompt, completion; expected text, turns, messages or conversations",
    ],
    [
      "a corpus by ids",
      lines({ a: { turns: [] }, b: { turns: [] } }),
      "line 1: its fields are a, b (an object of objects; in Python, json.dump(list(data.values()), file) writes an array);",
    ],
    [
      "two fields",
      lines({ text: "a", turns: [] }),
      "line 1: it has text and turns; expected one of them, or --text-column NAME",
    ],
    [
      "another field than the first object has",
      good + lines({ text: "A:: a" }),
      'line 2: no field "messages", which the first object has; its fields are text',
    ],
    ["text that is not JSON", `${good}hello\n`, "line 2: it is not valid JSON"],
    [
      "a line that breaks off",
      `${good}{"messages": [`,
      "line 2: it breaks off before its end; expected one JSON object per line",
    ],
    ["NaN", '{"text": NaN}\n', "which has no NaN (write null)"],
    ["a line that is no object", `${good}3\n`, "line 2: found 3; expected a JSON object"],
    [
      "a message without content",
      lines({ messages: [{ role: "user" }] }),
      'line 1, field "messages", turn 1: its fields are role; expected role and content',
    ],
    [
      "a speaker that is no label",
      lines({ turns: [{ speaker: "Dr. No", text: "a" }] }),
      'turn 1: the speaker "Dr. No"; expected a letter',
    ],
    [
      "a part that is no text",
      lines({ messages: [{ role: "user", content: [{ type: "image_url" }] }] }),
      'a part of type "image_url"; expected {"type": "text"',
    ],
    [
      "turns of which only some have a label",
      lines({ turns: ["A:: a", "b"] }),
      "some of its turns begin with a speaker's label and some do not",
    ],
    [
      "turns of both kinds",
      lines({ turns: ["a", { speaker: "B", text: "b" }] }),
      "turn 1: no object; expected a list of texts or of objects",
    ],
    [
      "a number in place of the dialogue",
      lines({ text: 3 }),
      'line 1, field "text": neither a text nor a list of turns',
    ],
    [
      "columns as pandas writes them",
      JSON.stringify({ text: { 0: "A:: a" } }),
      "neither a text nor a list of turns; in pandas, write to_json(orient='records', lines=True)",
    ],
    [
      "columns as lists of dialogues",
      lines({ text: ["A:: a\nB:: b", "A:: c\nB:: d"] }),
      'line 1, field "text", turn 1: it holds several turns; expected one. A list of dialogues, such as a column',
    ],
    [
      "an id that is an object",
      lines({ id: {}, text: "A:: a" }),
      "line 1: the id is neither a text nor a number",
    ],
    ["an id that is rounded", '{"id": 1e300, "text": "A:: a"}\n', "line 1: the id is a number above 2^53"],
    ["half of a character", '{"text": "A:: \\ud83d"}\n', "line 1: half of a character (\\ud800 to"],
    [
      "a key that stands twice",
      `${good}{"messages": [{"role": "A", "content": "x", "content": "y"}]}\n`,
      'line 2: the key "content" stands twice in an object; expected it once',
    ],
    ["a NUL", lines({ text: "A:: a\0b" }), "line 1: a NUL character"],
    ["no object", "\n\n", "holds no object"],
  ])("refuses %s in one line", async (_, content, message) => {
    const error = await load(content).catch((reason) => reason);
    expect(error).toMatchObject({ code: "ERR_DATA" });
    expect(error.message).toContain(message);
    expect(error.message).toContain("data.jsonl");
    expect(error.message).not.toMatch(/\n|Unexpected|JSON input/);
  });

  it("is read by pretrain, whatever the name of the file", async () => {
    const data = write("corpus.txt", lines({ id: "x", messages: [{ role: "A", content: "one" }] }));
    const config = { data, textColumn: "text", minWords: 1, maxWords: 9, evalFraction: 0, seed: 0 };
    expect((await loadCorpus(config)).train).toEqual([
      { id: "x", text: "A:: one", turns: [{ speaker: "A", text: "one" }] },
    ]);
  });

  it("names the item of an array and the line of invalid UTF-8", async () => {
    await expect(load('[{"text": "A:: a"}, 3]', "data.json")).rejects.toThrow(/item 2: found 3/);
    const damaged = Buffer.from(`${good}{"messages": [{"role": "A", "content": "caf\xe9"}]}\n`, "latin1");
    await expect(load(damaged)).rejects.toThrow(/line 2 is not valid UTF-8/);
  });
});
