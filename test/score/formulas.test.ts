import { expect, it } from "vitest";
import { formatRow } from "../../lib/score/sink.ts";

/** Returns the first cell of the CSV row of a text with this id. */
const idCell = (id: string): string =>
  formatRow(
    "csv",
    { indices: [], counts: [] },
    { id, values: new Float64Array(0), composite: 0.5 },
    false,
  ).slice(0, -",0.5\n".length);

it.each([
  ["=1+1", `"'=1+1"`],
  ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ["+cmd", `"'+cmd"`],
  ["@SUM(A1)", `"'@SUM(A1)"`],
  ["-2+3", `"'-2+3"`],
  ["\t=1", `"'\t=1"`],
  ["\r=1", `"'\r=1"`],
])("the id %j, which a spreadsheet would run, gets an apostrophe", (id, cell) => {
  expect(idCell(id)).toBe(cell);
});

it.each(["dialogue_1", "-5", "-0.5", "a=b", "7", ""])("the id %j stays as it is", (id) => {
  expect(idCell(id)).toBe(id);
});
