import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Dialogue } from "../../lib/data/dialogue.ts";
import { loadDialogues } from "../../lib/data/load.ts";
import { formatTurn, type Turn } from "../../lib/sample.ts";
import { temporaryFile } from "../temporary.ts";
import { anyText, fc, textOver } from "./laws.ts";

/** Text of a turn that all forms can hold: no label begins a line of it, and no line end begins or ends it. */
const turnText = fc
  .array(fc.oneof(textOver('ab "\\,:;n', 12), anyText(12)), { minLength: 1, maxLength: 3 })
  .map((lines) => lines.map((line) => line.replace(/[\0\r\n]|::|\\n/g, "")).join("\n"))
  .map((text) => text.replace(/^\n+|\n+$/g, ""));
const speaker = fc.constantFrom("A", "B", "user", "assistant", "Miss Jones 2");
const dialogues = fc.array(
  fc.tuple(
    fc.array(fc.record({ speaker, text: turnText }), { minLength: 1, maxLength: 4 }),
    fc.stringMatching(/^[a-z]{1,6}$/),
  ),
  { minLength: 1, maxLength: 4 },
);

interface Written {
  readonly id: string;
  readonly turns: readonly Turn[];
}

const textOf = ({ turns }: Written): string => turns.map(formatTurn).join("\n");

function csv(written: readonly Written[], lineEnd: string): string {
  const rows = written.map((one) => `${one.id},"${textOf(one).replaceAll('"', '""')}"`);
  return ["Filename,text", ...rows, ""].join("\n").replaceAll("\n", lineEnd);
}

const jsonLines = (written: readonly Written[], form: (one: Written) => object): string =>
  written.map((one) => `${JSON.stringify({ id: one.id, ...form(one) })}\n`).join("");

/** Returns whether something is said in each turn. Empty messages of chats are left out. */
const isChat = (written: readonly Written[]): boolean =>
  written.every(({ turns }) => turns.every(({ text }) => text.trim() !== ""));

/** The same dialogues in every form, by the name of the file. */
const forms = (written: readonly Written[]): [string, string][] => [
  ...labelledForms(written),
  ...(isChat(written) ? chatForms(written) : []),
];

const labelledForms = (written: readonly Written[]): [string, string][] => [
  ["lf.csv", csv(written, "\n")],
  ["crlf.csv", csv(written, "\r\n")],
  ["cr.csv", csv(written, "\r")],
  ["text.jsonl", jsonLines(written, (one) => ({ text: textOf(one) }))],
  ["crlf.jsonl", jsonLines(written, (one) => ({ text: textOf(one).replaceAll("\n", "\r\n") }))],
  ["turns.jsonl", jsonLines(written, ({ turns }) => ({ turns }))],
  ["strings.jsonl", jsonLines(written, ({ turns }) => ({ turns: turns.map(formatTurn) }))],
];

const chatForms = (written: readonly Written[]): [string, string][] => [
  [
    "messages.jsonl",
    jsonLines(written, ({ turns }) => ({
      messages: turns.map(({ speaker, text }) => ({ role: speaker, content: [{ type: "text", text }] })),
    })),
  ],
  [
    "array.json",
    JSON.stringify(
      written.map(({ id, turns }) => ({
        id,
        conversations: turns.map(({ speaker, text }) => ({ from: speaker, value: text })),
      })),
    ),
  ],
];

it("the same dialogues in CSV with any line end and in every form of JSON are the same", async () => {
  await fc.assert(
    fc.asyncProperty(dialogues, async (drawn) => {
      const written = drawn.map(([turns, id]) => ({ id, turns }));
      const expected: Dialogue[] = written.map((one) => ({ ...one, text: textOf(one) }));
      for (const [name, content] of forms(written)) {
        const file = temporaryFile(name);
        writeFileSync(file, content);
        const { dialogues } = await loadDialogues(file, { minWords: 0, maxWords: 1000 });
        expect(dialogues, name).toEqual(expected);
      }
    }),
    { numRuns: 40 },
  );
});

it("any bytes and anything like JSON Lines is read, or refused in one line without the words of a library", async () => {
  const jsonLike = fc.oneof(
    textOver('{}[]":,textrolns\n\r0 \\', 40),
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify({ messages: value })),
    fc.array(fc.jsonValue()).map((turns) => `{"text": "A:: a"}\n${JSON.stringify({ turns })}`),
  );
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    jsonLike.map((text) => Buffer.from(text)),
  );
  const name = fc.constantFrom("any.jsonl", "any.json", "any.csv", "any");
  await fc.assert(
    fc.asyncProperty(content, name, async (bytes, name) => {
      const file = temporaryFile(name);
      writeFileSync(file, bytes);
      const error = await loadDialogues(file, { minWords: 0 }).catch((reason: unknown) => reason);
      if (!(error instanceof Error)) return;
      expect(error).toMatchObject({ code: "ERR_DATA", message: expect.stringMatching(/^[^\n\r]+$/) });
      expect(error.message.replaceAll(/"[^"]*"/g, "")).not.toMatch(
        /Unexpected|in JSON at|Invalid .*Quote|CSV_/,
      );
    }),
  );
});
