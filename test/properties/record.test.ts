import { describe, expect, it } from "vitest";
import { parseRecord } from "../../lib/score/record.ts";
import { anyText, fc, resultOrError, textOver } from "./laws.ts";

const token = fc.tuple(anyText(5), anyText(5), anyText(3), textOver("CFNVJRPGAMD", 4));
const body = fc.oneof(
  fc.record({ text: anyText() }),
  fc.record({ turns: fc.array(fc.record({ speaker: anyText(5), text: anyText() }), { maxLength: 3 }) }),
  fc.record({
    paragraphs: fc.array(fc.array(fc.array(token, { maxLength: 3 }), { maxLength: 3 }), { maxLength: 3 }),
  }),
);
const id = fc.option(fc.oneof(anyText(), fc.integer()), { nil: undefined });

describe("parseRecord", () => {
  it("reads what was written", () => {
    fc.assert(
      fc.property(id, body, (id, content) => {
        const { id: name, input } = parseRecord(JSON.stringify({ id, ...content }), "texts.jsonl:1");
        expect(name).toBe(id === undefined ? undefined : String(id));
        expect(input).toEqual("text" in content ? content.text : content);
      }),
    );
  });

  it("ignores other keys", () => {
    const others = fc.dictionary(
      fc.string().filter((key) => !["id", "text", "turns", "paragraphs"].includes(key)),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(others, anyText(), (other, text) => {
        expect(parseRecord(JSON.stringify({ ...other, text }), "here").input).toBe(text);
      }),
    );
  });

  it("reads any JSON and any text, or refuses it with a one-line error", async () => {
    const key = fc.constantFrom("id", "text", "turns", "paragraphs");
    const near = fc.dictionary(
      key,
      fc.oneof(fc.jsonValue(), anyText(), fc.array(fc.array(fc.array(fc.jsonValue())))),
    );
    const line = fc.oneof(
      anyText(40),
      textOver('{}[]":,text0\n', 40),
      fc.json(),
      near.map((value) => JSON.stringify(value)),
    );
    await fc.assert(fc.asyncProperty(line, (text) => resultOrError(() => void parseRecord(text, "here"))));
  });
});
