import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { expandFiles } from "../../lib/score/files.ts";
import { runCli } from "../cli/run-cli.ts";
import { temporaryFolder } from "../temporary.ts";

const folder = temporaryFolder();
for (const [name, text] of Object.entries({
  "b.txt": "It rained. It was wet.",
  "a.TXT": "The dog ran. The dog sat.",
  "a10.txt": "She sang.",
  ".hidden.txt": "hidden",
  "notes.md": "notes",
})) {
  writeFileSync(path.join(folder, name), text);
}
mkdirSync(path.join(folder, "inner.txt"));
writeFileSync(path.join(folder, "inner.txt", "c.txt"), "Inner.");

mkdirSync(path.join(folder, ".hidden"));
writeFileSync(path.join(folder, ".hidden", "d.txt"), "hidden");

const names = async (...given: string[]): Promise<string[]> =>
  (await expandFiles(given)).map((file) => path.relative(folder, file.path));
const ids = async (...given: string[]): Promise<string[]> =>
  (await expandFiles(given.map((name) => path.join(folder, name)))).map(({ id }) => id);

describe("a folder of texts", () => {
  it("has one row a .txt file, in the order of the names, with subfolders and without hidden files", async () => {
    const { code, stdout } = await runCli("score", folder, "--workers", "0");
    expect(code).toBe(0);
    const rows = stdout.trim().split("\n").slice(1);
    expect(rows.map((row) => row.split(",")[0])).toEqual(["a.TXT", "a10.txt", "b.txt", "inner.txt/c.txt"]);
  });

  it("gives the rows of its files", async () => {
    const files = (await expandFiles([folder])).map((file) => file.path);
    const [whole, single] = [
      await runCli("score", folder, "--json"),
      await runCli("score", ...files, "--json"),
    ];
    expect(whole.stdout).toBe(single.stdout);
  });

  it("can stand beside files, and names with * and ? are expanded", async () => {
    const file = path.join(folder, "notes.md");
    expect(await names(file, folder)).toEqual(["notes.md", "a.TXT", "a10.txt", "b.txt", "inner.txt/c.txt"]);
    expect(await names(path.join(folder, "*.txt"))).toEqual(["a10.txt", "b.txt"]);
    expect(await names(path.join(folder, "?.t*"))).toEqual(["b.txt"]);
    expect(await names(path.join(folder, "**/?.txt"))).toEqual(["b.txt", "inner.txt/c.txt"]);
    expect(await names(path.join(folder, "*/*.txt"))).toEqual(["inner.txt/c.txt"]);
  });

  it("has ids relative to the folder that holds all files, whoever expands a pattern", async () => {
    expect(await ids("inner.txt")).toEqual(["c.txt"]);
    expect(await ids("b.txt")).toEqual(["b.txt"]);
    expect(await ids("inner.txt/c.txt", "b.txt")).toEqual(["inner.txt/c.txt", "b.txt"]);
    expect(await ids("*/c.txt")).toEqual(["inner.txt/c.txt"]);
  });

  it.each([
    [["inner.txt/none"], /none: no such file or folder; expected a text file/],
    [["*.xml"], /\*\.xml: no file has such a name/],
    [
      ["--data", "."],
      /it is a folder without a CSV or JSON Lines file \(score reads its text files without --data; .*\); expected a CSV/,
    ],
    [["--source", ".", "b.txt"], /it is a folder; expected a text file/],
  ])("refuses %j in one line", async (args, message) => {
    const given = args.map((arg) => (arg.startsWith("--") ? arg : path.join(folder, arg)));
    const { code, stderr } = await runCli("score", ...given);
    expect([code, stderr.trim().split("\n").length]).toEqual([2, 1]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/EISDIR|ENOENT/);
  });

  it("says what an unsuitable folder holds", async () => {
    const empty = temporaryFolder();
    await expect(expandFiles([empty])).rejects.toThrow(
      /a folder with no files; expected files whose names end in/,
    );
    writeFileSync(path.join(empty, "a.docx"), "x");
    await expect(expandFiles([empty])).rejects.toThrow(/a folder with files such as a\.docx/);
  });
});
