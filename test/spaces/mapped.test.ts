import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, it, vi } from "vitest";
import { DialoguePpoError } from "../../lib/errors.ts";
import * as loader from "../../lib/native/loader.ts";
import { loadSpaces, saveSpaces } from "../../lib/spaces/spaces.ts";
import { WordVectors } from "../../lib/spaces/vectors.ts";
import { TEXT_NAMES } from "../../lib/taaco/catalogue.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { runCli } from "../cli/run-cli.ts";
import { temporaryFolder } from "../temporary.ts";
import { tinySpace } from "./made.ts";

async function saveTinySpace(): Promise<string> {
  const dir = path.join(temporaryFolder(), "spaces");
  await saveSpaces(dir, [tinySpace("lsa")]);
  return dir;
}

describe("float32 matrices of a folder", () => {
  it("are memory-mapped, with the module and file for a worker thread", async () => {
    const dir = await saveTinySpace();
    const [lsa] = await loadSpaces(dir);
    const file = path.join(dir, "lsa.float32");
    if (process.platform === "linux") expect(readFileSync("/proc/self/maps", "utf8")).toContain(file);
    expect(lsa?.reopen).toMatchObject({ file });
    const { openMatrix } = await import(/* @vite-ignore */ lsa?.reopen?.module ?? "");
    expect([...openMatrix(file)]).toEqual([...tinySpace().values]);
  });

  it("cannot be changed through the mapping", async () => {
    const dir = await saveTinySpace();
    const file = path.join(dir, "lsa.float32");
    const before = readFileSync(file);
    const [lsa] = await loadSpaces(dir);
    (lsa as WordVectors).values[0] = 99;
    expect(lsa?.values[0]).toBe(99);
    expect(readFileSync(file)).toEqual(before);
    expect((await loadSpaces(dir))[0]?.values[0]).toBe(1);
  });

  it("are read into shared memory when the addon is missing, while other errors are passed on", async () => {
    const dir = await saveTinySpace();
    const load = vi.spyOn(loader, "loadAddon");
    try {
      load.mockImplementation(() => {
        throw new DialoguePpoError("ERR_NATIVE_MISSING", "not built");
      });
      const [lsa] = await loadSpaces(dir);
      expect([...(lsa?.values ?? [])]).toEqual([...tinySpace().values]);
      expect(lsa?.values.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect(lsa?.reopen).toBeUndefined();
      load.mockImplementation(() => {
        throw new Error("out of address space");
      });
      await expect(loadSpaces(dir)).rejects.toThrow("out of address space");
    } finally {
      load.mockRestore();
    }
  });

  it("give the same scores with worker threads as with one thread", async () => {
    const words = ["tea", "kettle", "warm", "pour", "cup", "like"];
    const values = Float32Array.from({ length: 6 * 4 }, (_, at) => Math.sin(3 * at + 1));
    const folder = temporaryFolder();
    const spaces = path.join(folder, "spaces");
    await saveSpaces(
      spaces,
      ["lsa", "word2vec"].map((kind) => new WordVectors(kind as "lsa", 4, words, values)),
    );
    const texts = ["I like tea. The kettle is warm.", "Pour a cup. The tea is warm. I like the cup."];
    const data = path.join(folder, "texts.csv");
    writeFileSync(data, `Filename,text\n${texts.map((text, at) => `${at},${text}`).join("\n")}\n`);
    const { code, stdout } = await runCli("score", "--data", data, "--spaces", spaces, "--workers", "2");
    expect(code).toBe(0);
    // The reference uses plain arrays in one thread.
    const memory = ["lsa", "word2vec"].map((kind) => new WordVectors(kind as "lsa", 4, words, values));
    const taaco = await Taaco.create({ spaces: memory });
    const rows: Record<string, string>[] = parse(stdout, { columns: true });
    expect(rows).toHaveLength(2);
    for (const [at, row] of rows.entries()) {
      const expected = taaco.indices(texts[at] as string);
      expect(expected.lsa_1_all_sent).not.toBeNull();
      for (const name of TEXT_NAMES) {
        expect(row[name], name).toBe(expected[name] === null ? "" : String(expected[name]));
      }
    }
  });
});
