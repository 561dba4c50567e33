import { describe, expect, it } from "vitest";
import { loadDialogues } from "../../lib/data/load.ts";
import { loadTrainingData } from "../../lib/data/training-data.ts";
import { loadCorpus } from "../../lib/pretrain/corpus.ts";
import { parseRecord } from "../../lib/score/record.ts";
import { openRowData, readTexts } from "../../lib/score/texts.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";

const write = writerIn(temporaryFolder());
const lines = (...objects: unknown[]): string => objects.map((one) => `${JSON.stringify(one)}\n`).join("");
const load = (object: unknown, textColumn = "text") =>
  loadDialogues(write("data.jsonl", lines(object)), { minWords: 1, textColumn });
const textOf = async (object: unknown, textColumn?: string) =>
  (await load(object, textColumn)).dialogues[0]?.text;

/** What three people say, one after the other, as a chat API logs it. */
const GROUP = [
  { role: "user", name: "Anna", content: "Who comes?" },
  { role: "user", name: "Ben", content: "I do." },
  { role: "assistant", content: "So do I." },
  { role: "user", name: "Anna", content: "Good." },
];
const GROUP_TEXT = "Anna:: Who comes?\nBen:: I do.\nassistant:: So do I.\nAnna:: Good.";

describe("the speaker of a message", () => {
  it("is the name beside a role, for every command that reads dialogues", async () => {
    const data = write("group.jsonl", lines({ messages: GROUP }));
    const config = { data, textColumn: "text", minWords: 1, maxWords: 99, evalFraction: 0, seed: 0 };
    const { train, warnings } = await loadTrainingData(config);
    expect([...train].map(({ text }) => text)).toEqual([GROUP_TEXT]);
    expect(warnings).toEqual([]);
    const corpus = await loadCorpus(config);
    expect(corpus.train[0]?.turns).toEqual((await loadDialogues(data, { minWords: 1 })).dialogues[0]?.turns);
    expect(corpus.train[0]?.text).toBe(GROUP_TEXT);
  });

  it.each<[string, object[], string]>([
    [
      "names beside ShareGPT's from",
      [
        { from: "human", value: "a", name: "Anna" },
        { from: "gpt", value: "b", name: null },
        { from: "human", value: "c", name: " Ben " },
      ],
      "Anna:: a\ngpt:: b\nBen:: c",
    ],
    [
      "names that are absent, empty or no text",
      [undefined, null, "", "  ", 3, {}].map((name) => ({ role: "user", content: "a", name })),
      Array(6).fill("user:: a").join("\n"),
    ],
    [
      "speaker before name, and both before role",
      [
        { role: "user", speaker: "Anna", name: "a_7", content: "a" },
        { role: "user", name: "Ben", content: "b" },
      ],
      "Anna:: a\nBen:: b",
    ],
    [
      "the speaker of turns before name",
      [
        { speaker: "A", name: "Dr. Müller", text: "a" },
        { speaker: "B", name: "Ben", text: "b" },
      ],
      "A:: a\nB:: b",
    ],
    [
      "roles that nobody says, whatever their name",
      [
        { role: "system", name: "example_user", content: "a" },
        { role: "tool", name: "search", content: "b" },
        { role: "user", content: "c" },
      ],
      "user:: c",
    ],
  ])("is read from %s", async (_, messages, text) => {
    expect(await textOf({ messages })).toBe(text);
  });

  it("is refused as a name that is no label, with what to do; score reads it", async () => {
    const messages = GROUP.map((message) => ({ ...message, name: "anna-1" }));
    await expect(load({ messages })).rejects.toMatchObject({
      code: "ERR_DATA",
      message: expect.stringMatching(
        /data\.jsonl, line 1, field "messages", turn 1: the name "anna-1"; expected a letter of A to Z .* or _; without the field name, the field role names the speaker$/,
      ),
    });
    const { input } = parseRecord({ value: { messages }, number: 1, line: 1, where: "a file" }, "text");
    expect(input).toEqual({ turns: GROUP.map(({ content: text }) => ({ speaker: "anna-1", text })) });
  });

  it.each<[string, object[], string | undefined]>([
    [
      "author",
      ["anna-1", "ben-2", "anna-1"].map((author) => ({ role: "user", author, content: "a" })),
      'author "anna-1" and "ben-2" of user in 1',
    ],
    [
      "speaker_id",
      [0, 1].map((id) => ({ from: "human", speaker_id: id, value: "a" })),
      'speaker_id "0" and "1" of human in 1',
    ],
    [
      "name beside speaker",
      ["Anna", "Ben"].map((name) => ({ speaker: "user", name, text: "a" })),
      'name "Anna" and "Ben" of user in 1',
    ],
    [
      "sender, one of each role",
      [0, 1, 0, 1].map((at) => ({
        role: ["user", "assistant"][at],
        sender: ["Anna", "Ben"][at],
        content: "a",
      })),
      undefined,
    ],
    ["name", GROUP, undefined],
  ])("is said to be several people when it is: %s", async (_, messages, example) => {
    const { notes } = await load({ messages });
    expect(notes).toEqual(
      example === undefined
        ? []
        : [
            `in 1 row several people became one speaker, such as ${example}; expected a label for each of them, as ` +
              "name beside the role, or as speaker",
          ],
    );
  });
});

describe("messages of the system", () => {
  const messages = (...roles: string[]) => roles.map((role, at) => ({ role, content: `text ${at}` }));

  it.each<[string, string[], string[]]>([
    [
      "who answers the only speaker are turns, as in MultiWOZ",
      ["user", "system", "user", "system"],
      ["user", "system", "user", "system"],
    ],
    ["in capitals", ["USER", "SYSTEM", "USER"], ["USER", "SYSTEM", "USER"]],
    ["before a chat are none", ["system", "user", "assistant"], ["user", "assistant"]],
    ["before a prompt are none", ["system", "user"], ["user"]],
    [
      "within a chat are none",
      ["user", "system", "assistant", "user", "system"],
      ["user", "assistant", "user"],
    ],
    ["that come once in a while are none", ["user", "user", "user", "system", "user"], Array(4).fill("user")],
    ["beside tools are none", ["system", "user", "tool"], ["user"]],
  ])("%s", async (_, roles, speakers) => {
    const { dialogues } = await load({ messages: messages(...roles) });
    expect(dialogues[0]?.turns.map(({ speaker }) => speaker)).toEqual(speakers);
    const conversations = roles.map((from, at) => ({ from, value: `text ${at}` }));
    expect((await load({ conversations })).dialogues[0]?.text).toBe(dialogues[0]?.text);
  });

  it("that are left out are told by score", async () => {
    const rows = [0, 1].map(() => ({ messages: messages("system", "user", "assistant", "tool") }));
    const warned: string[] = [];
    const warn = (message: string) => void warned.push(message);
    const file = write("chats.jsonl", lines(...rows));
    const data = await openRowData(file, "text", undefined, warn);
    expect(warned).toEqual([]);
    const reading = { keepLabels: false, paragraphs: "lines", source: undefined, files: [], warn } as const;
    const counts: number[] = [];
    for await (const { input } of readTexts({ ...reading, data })) {
      counts.push((input as { turns: unknown[] }).turns.length);
    }
    expect(counts).toEqual([2, 2]);
    expect(warned).toEqual(
      ["system", "tool"].map(
        (role) => `${file}: 2 ${role} messages left out: nobody says them in the dialogue`,
      ),
    );
  });
});

describe("the speakers of a list of texts", () => {
  const dialogue = ["a", "b", "c", "d"];

  it.each<[string, object, string]>([
    ["a list of as many speakers", { speakers: ["Dr. No", "Anna", "Anna", "Ben"] }, "A B B C"],
    ["a list of numbers", { speaker: [1, 0, 0, 1] }, "A B B A"],
    ["a list of those who take part", { speakers: ["Anna", "Ben"] }, "A B A B"],
    ["no list", { speakers: "Anna" }, "A B A B"],
    ["a list with gaps", { speakers: ["Anna", null, "", "Ben"] }, "A B A B"],
  ])("are those of %s", async (_, fields, speakers) => {
    const { dialogues } = await load({ dialogue, ...fields }, "dialogue");
    expect(dialogues[0]?.turns.map(({ speaker }) => speaker).join(" ")).toBe(speakers);
  });

  it("are refused when there are more than letters", async () => {
    const many = Array.from({ length: 27 }, (_, at) => `s${at}`);
    await expect(load({ turns: many, speakers: many })).rejects.toThrow(
      /line 1, field "turns": more than 26 speakers; expected at most 26$/,
    );
  });
});
