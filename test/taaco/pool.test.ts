import { spawnSync } from "node:child_process";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { DialoguePpoError } from "../../lib/errors.ts";
import { TEXT_NAMES } from "../../lib/taaco/catalogue.ts";
import { workerFailure } from "../../lib/taaco/pool/failure.ts";
import { indexRow, rowValues } from "../../lib/taaco/pool/index-row.ts";
import type { TaacoPool } from "../../lib/taaco/pool/pool.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import type { VectorSpace } from "../../lib/taaco/types.ts";
import { compileTaaco } from "./compiled.ts";
import { EXAMPLE, EXAMPLE_TEXT } from "./worked-example.ts";

const words = ["dog", "cat"];
const lsa: VectorSpace = {
  kind: "lsa",
  dimensions: 2,
  values: Float32Array.of(1, 0, 1, 1),
  words,
  row: (word) => words.indexOf(word),
};

let compiled: ReturnType<typeof compileTaaco>;
let Pool: typeof TaacoPool;
let pool: TaacoPool | undefined;

beforeAll(async () => {
  compiled = compileTaaco();
  ({ TaacoPool: Pool } = await import(
    /* @vite-ignore */ path.join(compiled.directory, "taaco/pool/pool.js")
  ));
});
afterEach(() => pool?.close());
afterAll(() => compiled.remove());

const texts = Array.from(
  { length: 40 },
  (_, at) => `The dog saw ${at} cats. Dogs like cats because they run.\nI do, too.`,
);

describe("the scoring pool", () => {
  it("returns exactly the values of one thread, in order", async () => {
    pool = new Pool({ workers: 2, spaces: [lsa] });
    const taaco = await Taaco.create({ spaces: [lsa] });
    const batches = [texts.slice(0, 13), texts.slice(13, 14), [], texts.slice(14)];
    const rows = (await Promise.all(batches.map((batch) => pool?.indices(batch)))).flat();
    expect(rows).toHaveLength(texts.length);
    rows.forEach((row, at) => {
      expect(row).toEqual(indexRow(taaco, texts[at] as string));
    });
    expect(Object.keys(rowValues(rows[0] as never))).toEqual(TEXT_NAMES);
  });

  it("accepts annotated texts, turns and a source", async () => {
    pool = new Pool({ workers: 1, mode: "faithful" });
    const inputs = [{ paragraphs: EXAMPLE }, { turns: [{ speaker: "A", text: EXAMPLE_TEXT }] }];
    const [annotated, turn] = await pool.indices(inputs, "The dog ran. The dog sat.");
    expect(annotated?.values).toHaveLength(194);
    expect(rowValues(annotated as never).lemma_ttr).toBeCloseTo(18 / 23, 12);
    expect(rowValues(turn as never).noun_ttr).toBeCloseTo(1 / 2, 12);
  });

  it("a text that cannot be analysed rejects its batch but not the next one", async () => {
    pool = new Pool({ workers: 1 });
    const bad = { paragraphs: [[[null]]] } as never;
    await expect(pool.indices([bad])).rejects.toMatchObject({ name: "DialoguePpoError" });
    await expect(pool.indices(texts.slice(0, 1))).resolves.toHaveLength(1);
  });

  it("a worker that cannot start rejects its batch, and every later one", async () => {
    pool = new Pool({ workers: 1, lists: { directory: "/nowhere" } });
    await expect(pool.indices(texts)).rejects.toThrow(/expected a word list|worker/);
    await expect(pool.indices(texts)).rejects.toThrow(/expected a word list|worker/);
  });

  it("a limit that a worker meets in a job is an error of the system, in words", () => {
    // Node's loader of modules leaves the name of the system's error in the message alone.
    const limit = new Error("EMFILE: too many open files, open '/package/dist/taaco/analysis/flags.js'");
    expect(workerFailure(limit)).toEqual({
      code: "ERR_IO",
      message: "this process has too many open files (ulimit -n)",
    });
    const own = new DialoguePpoError("ERR_DATA", "text 3: expected a string");
    expect(workerFailure(own)).toEqual({ code: "ERR_DATA", message: "text 3: expected a string" });
    expect(workerFailure(new TypeError("x is not a function"))).toEqual({
      code: "ERR_INTERNAL",
      message: "x is not a function",
    });
  });

  it("closing rejects unfinished and later batches", async () => {
    pool = new Pool({ workers: 1 });
    const waiting = [pool.indices(texts), pool.indices(texts)].map((batch) =>
      expect(batch).rejects.toMatchObject({ code: "ERR_ABORTED" }),
    );
    await pool.close();
    await Promise.all(waiting);
    await expect(pool.indices(texts)).rejects.toMatchObject({ code: "ERR_DISPOSED" });
  });

  it("a space without its words cannot be shared", () => {
    const { words: _, ...bare } = lsa;
    expect(() => new Pool({ workers: 1, spaces: [bare] })).toThrow(/no word list/);
  });

  it("idle workers do not keep the process alive", () => {
    const script = `
      import { TaacoPool } from ${JSON.stringify(path.join(compiled.directory, "taaco/pool/pool.js"))};
      const pool = new TaacoPool({ workers: 2 });
      console.log((await pool.indices(["The dog ran home."])).length);`;
    const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
      timeout: 60_000,
    });
    expect([stdout, status]).toEqual(["1\n", 0]);
  });
});
