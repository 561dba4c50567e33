import { truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { loadSpaces } from "../../lib/spaces/load.ts";
import { saveSpaces } from "../../lib/spaces/spaces.ts";
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
  it("are read into shared memory and stay as they are when the file is cut short or changed", async () => {
    const dir = await saveTinySpace();
    const file = path.join(dir, "lsa.float32");
    const [lsa] = await loadSpaces(dir);
    expect(lsa?.values.buffer).toBeInstanceOf(SharedArrayBuffer);
    truncateSync(file, 4);
    writeFileSync(file, new Uint8Array(4).fill(1));
    expect([...(lsa?.values ?? [])]).toEqual([...tinySpace().values]);
    await expect(loadSpaces(dir)).rejects.toThrow(/it has 4/);
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
