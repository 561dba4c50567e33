import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readCsv } from "../../lib/data/csv.ts";
import { temporaryFile } from "../temporary.ts";
import { anyText, fc, resultOrError, textOver } from "./laws.ts";

interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

interface Style {
  readonly lineEnd: string;
  readonly quoteAll: boolean;
  readonly byteOrderMark: boolean;
  readonly endsWithLine: boolean;
}

/** Writes CSV by RFC 4180. The line ends within cells are those between the rows. */
function serialise(
  { header, rows }: Table,
  { lineEnd, quoteAll, byteOrderMark, endsWithLine }: Style,
): string {
  const field = (text: string): string =>
    quoteAll || text === "" || /[",\r\n\ufeff]/.test(text)
      ? `"${text.replaceAll('"', '""').replaceAll("\n", lineEnd)}"`
      : text;
  const lines = [header, ...rows].map((row) => row.map(field).join(","));
  return (byteOrderMark ? "\ufeff" : "") + lines.join(lineEnd) + (endsWithLine ? lineEnd : "");
}

/** A cell as the reader returns it: its line ends are line feeds. No text has a NUL. */
const value = fc
  .oneof(anyText(), textOver('",\n\r; \taé', 8))
  .map((text) => text.replace(/\r\n?/g, "\n").replaceAll("\0", ""));
const style: fc.Arbitrary<Style> = fc.record({
  lineEnd: fc.constantFrom("\n", "\r\n", "\r"),
  quoteAll: fc.boolean(),
  byteOrderMark: fc.boolean(),
  endsWithLine: fc.boolean(),
});
const table: fc.Arbitrary<Table> = fc.integer({ min: 1, max: 4 }).chain((columns) =>
  fc.record({
    header: fc.uniqueArray(
      // A header of one name that contains another separator has several names.
      value.filter((name) => name !== "" && (columns > 1 || !/[;\t|]/.test(name))),
      // Names that differ in blanks around them alone are refused.
      { minLength: columns, maxLength: columns, selector: (name) => name.trim() },
    ),
    rows: fc.array(fc.array(value, { minLength: columns, maxLength: columns }), { maxLength: 5 }),
  }),
);

async function read(content: string | Uint8Array): Promise<Table> {
  const file = temporaryFile("table.csv");
  writeFileSync(file, content);
  let header: readonly string[] = [];
  const rows: string[][] = [];
  for await (const row of readCsv(file)) {
    header = row.columns;
    rows.push(header.map((name) => row.values[name] as string));
  }
  return { header, rows };
}

describe("readCsv", () => {
  it("reads every table as it was written", async () => {
    await fc.assert(
      fc.asyncProperty(table, style, async (written, how) => {
        const expected = written.rows.length === 0 ? { header: [], rows: [] } : written;
        expect(await read(serialise(written, how))).toEqual(expected);
      }),
    );
  });

  it("reads arbitrary bytes or refuses them in one line", async () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      textOver('",\n\r;a \ufffd').map((text) => Buffer.from(text)),
    );
    await fc.assert(fc.asyncProperty(content, (bytes) => resultOrError(() => read(bytes)).then(() => {})));
  });

  it("refuses a row that is too short or too long", async () => {
    const ragged = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }));
    await fc.assert(
      fc.asyncProperty(
        ragged.filter(([columns, fields]) => columns !== fields),
        async ([columns, fields]) => {
          const header = Array.from({ length: columns }, (_, at) => `c${at}`).join(",");
          const row = Array(fields).fill("x").join(",");
          await expect(read(`${header}\n${row}\n`)).rejects.toMatchObject({ code: "ERR_DATA" });
        },
      ),
    );
  });
});
