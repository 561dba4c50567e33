import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { loadSpaces } from "../../lib/spaces/load.ts";
import { readSpacesMeta } from "../../lib/spaces/meta.ts";
import { cachedSpaces, saveSpaces } from "../../lib/spaces/spaces.ts";
import { WordVectors } from "../../lib/spaces/vectors.ts";
import { temporaryFolder } from "../temporary.ts";
import { tinySpace } from "./made.ts";

describe("a folder of spaces", () => {
  it("is loaded as it was saved", async () => {
    const dir = path.join(temporaryFolder(), "spaces");
    await saveSpaces(dir, [tinySpace("lsa"), tinySpace("lda")], { seed: 7 });
    const [lsa, lda] = await loadSpaces(dir);
    expect(lsa?.kind).toBe("lsa");
    expect(lda?.kind).toBe("lda");
    expect(lsa?.words).toEqual(["tea", "kettle", "naïve"]);
    expect([...(lsa?.values ?? [])]).toEqual([1, 0.5, 0.25, -2, 0, 0]);
    expect(lsa?.row("kettle")).toBe(1);
    expect(lsa?.row("coffee")).toBe(-1);
    expect(readSpacesMeta(dir).origin).toEqual({ seed: 7 });
  });

  it("contains the matrix as little-endian float32, row by row", async () => {
    const dir = path.join(temporaryFolder(), "spaces");
    await saveSpaces(dir, [tinySpace()]);
    const bytes = readFileSync(path.join(dir, "lsa.float32"));
    expect([0, 1, 2, 3].map((at) => bytes.readFloatLE(4 * at))).toEqual([1, 0.5, 0.25, -2]);
    expect(readFileSync(path.join(dir, "lsa-words.txt"), "utf8")).toBe("tea\nkettle\nnaïve\n");
  });

  it("has an error of at most half a step of each row in int8", async () => {
    const dir = path.join(temporaryFolder(), "spaces");
    const values = Float32Array.from({ length: 40 }, (_, i) => Math.sin(i) * 10 ** (i % 3));
    const words = ["a", "b", "c", "d", "e"];
    await saveSpaces(dir, [new WordVectors("word2vec", 8, words, values)], {}, { dtype: "int8" });
    expect(statSync(path.join(dir, "word2vec.int8")).size).toBe(5 * 4 + 40);
    const [space] = await loadSpaces(dir);
    for (let row = 0; row < 5; row++) {
      const before = values.subarray(8 * row, 8 * row + 8);
      const step = Math.max(...before.map(Math.abs)) / 127;
      space?.vector(row).forEach((value, i) => {
        expect(Math.abs(value - (before[i] as number))).toBeLessThanOrEqual(step * 0.501);
      });
    }
  });

  it("is replaced as a whole, while a folder with other content is refused", async () => {
    const parent = temporaryFolder();
    const dir = path.join(parent, "spaces");
    await saveSpaces(dir, [tinySpace("lsa"), tinySpace("lda")]);
    await saveSpaces(dir, [tinySpace("lda")]);
    expect((await loadSpaces(dir)).map(({ kind }) => kind)).toEqual(["lda"]);
    expect(readdirSync(parent)).toEqual(["spaces"]);
    expect(readdirSync(dir).some((name) => name.startsWith("lsa"))).toBe(false);
    await expect(saveSpaces(parent, [tinySpace()])).rejects.toMatchObject({ code: "ERR_CONFIG" });
  });

  it.each([
    ["spaces.json", "{", /spaces\.json: it is not valid JSON at column 2; expected a description of spaces/],
    [
      "spaces.json",
      '{"format":"other"}',
      /spaces\.json: format: expected "dialogue-ppo spaces", got "other"/,
    ],
    ["lsa.float32", "1234", /lsa\.float32: expected 24 bytes .* it has 4/],
    ["lsa-words.txt", "tea\n", /lsa-words\.txt: expected 3 lines .* it has 1/],
  ])("cannot be loaded with a damaged %s, which the message names", async (file, content, message) => {
    const dir = path.join(temporaryFolder(), "spaces");
    await saveSpaces(dir, [tinySpace()]);
    writeFileSync(path.join(dir, file), content);
    await expect(loadSpaces(dir)).rejects.toMatchObject({
      code: "ERR_DATA",
      message: expect.stringMatching(message),
    });
  });

  it("cannot refer to files outside the folder", async () => {
    const dir = path.join(temporaryFolder(), "spaces");
    await saveSpaces(dir, [tinySpace()]);
    const file = path.join(dir, "spaces.json");
    writeFileSync(file, readFileSync(file, "utf8").replace("lsa.float32", "../../etc/passwd"));
    await expect(loadSpaces(dir)).rejects.toMatchObject({ code: "ERR_DATA" });
  });

  it("cannot contain vectors that are not finite, or words with line feeds", async () => {
    const dir = path.join(temporaryFolder(), "spaces");
    await saveSpaces(dir, [new WordVectors("lsa", 1, ["a", "b"], Float32Array.from([1, Number.NaN]))]);
    await expect(loadSpaces(dir)).rejects.toThrow(/finite numbers; the vector of "b"/);
    const broken = new WordVectors("lsa", 1, ["a\nb"], Float32Array.from([1]));
    await expect(saveSpaces(path.join(dir, "x"), [broken])).rejects.toMatchObject({ code: "ERR_DATA" });
  });
});

const noWarning = (message: string): never => {
  throw new Error(message);
};

describe("cachedSpaces", () => {
  it("learns once per key", async () => {
    vi.stubEnv("XDG_CACHE_HOME", temporaryFolder());
    const learn = vi.fn(async () => [tinySpace()]);
    await cachedSpaces("one", learn, noWarning);
    const again = await cachedSpaces("one", learn, noWarning);
    expect(learn).toHaveBeenCalledTimes(1);
    expect(again.origin).toBe("cache");
    expect([...(again.spaces[0]?.values ?? [])]).toEqual([1, 0.5, 0.25, -2, 0, 0]);
    await cachedSpaces("two", learn, noWarning);
    expect(learn).toHaveBeenCalledTimes(2);
    vi.unstubAllEnvs();
  });

  it("stores nothing when learning fails", async () => {
    vi.stubEnv("XDG_CACHE_HOME", temporaryFolder());
    await expect(cachedSpaces("k", () => Promise.reject(new Error("no")), noWarning)).rejects.toThrow("no");
    const learn = vi.fn(async () => [tinySpace()]);
    await cachedSpaces("k", learn, noWarning);
    expect(learn).toHaveBeenCalledTimes(1);
    vi.unstubAllEnvs();
  });
});
