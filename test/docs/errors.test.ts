import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DialoguePpoError, type ErrorCode } from "../../lib/errors.ts";

const root = path.resolve(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(path.join(root, file), "utf8");

describe("docs/errors.md", () => {
  it("lists every code with its exit code", () => {
    const union = /export type ErrorCode =([^;]+);/.exec(read("lib/errors.ts"))?.[1] ?? "";
    const codes = [...union.matchAll(/"(ERR_\w+)"/g)].map(([, code]) => code as ErrorCode);
    expect(codes.length).toBeGreaterThan(10);
    const expected = codes.map((code) => `${code} ${new DialoguePpoError(code, "").exitCode}`);
    const rows = [...read("docs/errors.md").matchAll(/^\| `(ERR_\w+)` \| (\d+) \|/gm)];
    expect(rows.map(([, code, exit]) => `${code} ${exit}`).toSorted()).toEqual(expected.toSorted());
  });
});
