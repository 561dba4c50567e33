import { describe, expect, it } from "vitest";
import type { JsonRecord } from "../../lib/data/json-records.ts";
import { parseRecord } from "../../lib/score/record.ts";
import { anyText, fc, resultOrError, textOver } from "./laws.ts";

const FIELDS = ["text", "turns", "messages", "conversations", "paragraphs"];
const token = fc.tuple(anyText(5), anyText(5), anyText(3), textOver("CFNVJRPGAMD", 4));
const body = fc.oneof(
  fc.record({ text: anyText() }),
  fc.record({ turns: fc.array(fc.record({ speaker: anyText(5), text: anyText() }), { maxLength: 3 }) }),
  fc.record({
    paragraphs: fc.array(fc.array(fc.array(token, { maxLength: 3 }), { maxLength: 3 }), { maxLength: 3 }),
  }),
);
/** An object as a file holds it after it was written as JSON. */
const recordOf = (value: object): JsonRecord => ({
  value: JSON.parse(JSON.stringify(value)),
  number: 1,
  line: 1,
  where: "texts.jsonl, line 1",
});
const plain = (text: string): boolean => !/[\0\r]/.test(text);
const id = fc.option(fc.oneof(anyText(), fc.integer()), { nil: undefined });

describe("parseRecord", () => {
  it("reads what was written", () => {
    fc.assert(
      fc.property(id, body, (id, content) => {
        fc.pre(plain(JSON.stringify(content).replaceAll("\\u0000", "\0").replaceAll("\\r", "\r")));
        const { id: name, input } = parseRecord(recordOf({ id, ...content }), "text");
        expect(name).toBe(String(id ?? "").trim() || undefined);
        if ("turns" in content) {
          const turns = content.turns.map(({ speaker, text }) => ({
            speaker,
            text: text.replace(/^\n+|\n+$/g, ""),
          }));
          expect(input).toEqual({ turns });
        } else {
          expect(input).toEqual("text" in content ? content.text : content);
        }
      }),
    );
  });

  it("ignores other keys", () => {
    const others = fc.dictionary(
      fc.string().filter((key) => !["id", "Filename", ...FIELDS].includes(key)),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(others, anyText().filter(plain), (other, text) => {
        expect(parseRecord(recordOf({ ...other, text }), "text").input).toBe(text);
      }),
    );
  });

  it("reads any object or refuses it with a one-line error", async () => {
    const key = fc.constantFrom("id", ...FIELDS);
    const message = fc.dictionary(
      fc.constantFrom("role", "content", "from", "value", "speaker", "text", "type", "tool_calls"),
      fc.oneof(fc.jsonValue(), anyText(), fc.constantFrom("user", "assistant", "system")),
    );
    const value = fc.oneof(
      fc.jsonValue(),
      anyText(),
      fc.array(message),
      fc.array(anyText()),
      fc.array(fc.array(fc.array(fc.jsonValue()))),
    );
    await fc.assert(
      fc.asyncProperty(fc.dictionary(key, value), (object) =>
        resultOrError(() => void parseRecord(recordOf(object), "text")),
      ),
    );
  });
});
