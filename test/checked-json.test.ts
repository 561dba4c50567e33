import { describe, expect, it } from "vitest";
import { z } from "zod";
import { schemaError } from "../lib/checked-json.ts";

const schema = z.strictObject({
  format: z.literal("ours"),
  count: z.number().int().min(1).max(9),
  name: z.string().min(1),
  terms: z.array(
    z.strictObject({ weight: z.number(), sign: z.union([z.literal(1), z.literal(-1)]).default(1) }),
  ),
});
const GOOD = { format: "ours", count: 3, name: "a", terms: [{ weight: 1 }] };

function describeError(value: unknown, known: readonly string[] = []): string {
  const { error } = schema.safeParse(value, { reportInput: true });
  return error === undefined ? "" : schemaError(error, known);
}

describe("the first error in a file", () => {
  it("is absent when the file is valid", () => expect(describeError(GOOD)).toBe(""));

  it.each([
    [{ ...GOOD, format: "theirs" }, 'format: expected "ours", got "theirs"'],
    [{ ...GOOD, count: "three" }, 'count: expected a number, got "three"'],
    [{ ...GOOD, count: 1.5 }, "count: expected a whole number, got 1.5"],
    [{ ...GOOD, count: 0 }, "count: expected at least 1, got 0"],
    [{ ...GOOD, count: 10 }, "count: expected at most 9, got 10"],
    [{ ...GOOD, name: "" }, 'name: expected a length of at least 1, got ""'],
    [{ ...GOOD, name: undefined }, "name is missing; expected text"],
    [{ ...GOOD, terms: {} }, "terms: expected a list, got an object"],
    [{ ...GOOD, terms: [{ weight: [] }] }, "terms.0.weight: expected a number, got a list"],
    [{ ...GOOD, terms: [{ weight: 1, sign: 3 }] }, "terms.0.sign: expected 1 or -1, got 3"],
    [[1, 2], "expected an object, got a list"],
    [null, "expected an object, got null"],
  ])("%j: names the place, the expected value and the value found", (value, line) =>
    expect(describeError(value)).toBe(line),
  );

  it("suggests the missing or optional key for a misspelt one", () => {
    expect(describeError({ ...GOOD, terms: [{ wieght: 1 }] })).toBe(
      'terms.0: unknown key "wieght"; did you mean "weight"?',
    );
    expect(describeError({ ...GOOD, terms: [{ weight: 1, sing: 1 }] }, ["sign"])).toBe(
      'terms.0: unknown key "sing"; did you mean "sign"?',
    );
    expect(describeError({ ...GOOD, colour: 1 })).toBe('unknown key "colour"');
  });
});
