import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OptionalCache } from "../../lib/optional-cache.ts";
import { cachedSpaces } from "../../lib/spaces/spaces.ts";
import { WordVectors } from "../../lib/spaces/vectors.ts";
import { runCli } from "../cli/run-cli.ts";
import { writeSmallCsv } from "../pretrain/fixture.ts";
import { temporaryFolder } from "../temporary.ts";

let home: string;
let warnings: string[];
const warn = (message: string): void => {
  warnings.push(message);
};
const learn = async () => [new WordVectors("lsa", 2, ["a", "b"], Float32Array.of(1, 2, 3, 4))];

beforeEach(() => {
  home = temporaryFolder();
  warnings = [];
});

afterEach(() => vi.unstubAllEnvs());

/** Makes the cache one that cannot be made: a file stands where its folder should be. This holds for root, too. */
function blockCache(): void {
  writeFileSync(path.join(home, "file"), "");
  vi.stubEnv("XDG_CACHE_HOME", path.join(home, "file", "cache"));
}

describe("a cache that cannot be used", () => {
  it("is named once, and the learned spaces are used without it", async () => {
    blockCache();
    const { spaces } = await cachedSpaces("key", learn, warn);
    expect([...(spaces[0]?.values ?? [])]).toEqual([1, 2, 3, 4]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/semantic spaces will not be cached: .*not a folder.*set XDG_CACHE_HOME/);
  });

  it("does not end a command that measures a calibration", async () => {
    blockCache();
    vi.stubEnv("HOME", path.join(home, "file"));
    const output = path.join(home, "calibration.json");
    const data = writeSmallCsv(home, 40);
    const { code, stderr } = await runCli("calibrate", "--data", data, "--output", output);
    expect(stderr).not.toMatch(/EACCES|ENOTDIR: /);
    expect(code).toBe(0);
    expect(existsSync(output)).toBe(true);
  }, 60_000);

  it("is repaired when its entry is damaged", async () => {
    vi.stubEnv("XDG_CACHE_HOME", home);
    await cachedSpaces("key", learn, warn);
    const [entry = ""] = readdirSync(path.join(home, "dialogue-ppo/spaces"));
    expect(readdirSync(path.join(home, "dialogue-ppo/spaces"))).toEqual([entry, `${entry}.sha256`]);
    writeFileSync(path.join(home, "dialogue-ppo/spaces", entry, "spaces.json"), "");
    const { spaces } = await cachedSpaces("key", learn, warn);
    expect([...(spaces[0]?.values ?? [])]).toEqual([1, 2, 3, 4]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/cached semantic spaces cannot be used and will be made again/);
    await cachedSpaces("key", () => Promise.reject(new Error("not cached")), warn);
  });

  it.each(["spaces.json", "lsa.float32", "lsa-words.txt", ".sha256"])(
    "is not believed when %s was changed, emptied, cut short or removed",
    async (name) => {
      vi.stubEnv("XDG_CACHE_HOME", home);
      await cachedSpaces("key", learn, warn);
      const folder = path.join(home, "dialogue-ppo/spaces");
      const entry = path.join(folder, readdirSync(folder)[0] as string);
      const file = name === ".sha256" ? entry + name : path.join(entry, name);
      const whole = readFileSync(file);
      const flipped = Buffer.from(whole);
      flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] as number) ^ 1;
      for (const damaged of [
        flipped,
        Buffer.alloc(0),
        whole.subarray(0, -1),
        Buffer.alloc(whole.length),
        undefined,
      ]) {
        if (damaged === undefined) rmSync(file);
        else writeFileSync(file, damaged);
        warnings = [];
        const { spaces } = await cachedSpaces("key", learn, warn);
        expect([...(spaces[0]?.values ?? [])]).toEqual([1, 2, 3, 4]);
        expect(warnings).toHaveLength(1);
        expect(warnings[0]).toMatch(/cannot be used and will be made again/);
        expect(readFileSync(file)).toEqual(whole);
      }
    },
  );

  it("passes on errors that are not its own", async () => {
    vi.stubEnv("XDG_CACHE_HOME", home);
    await expect(cachedSpaces("key", () => Promise.reject(new TypeError("mine")), warn)).rejects.toThrow(
      "mine",
    );
    const cache = new OptionalCache("part", "entries", warn);
    mkdirSync(path.join(home, "dialogue-ppo/part"), { recursive: true });
    await cache.write("x", async (file) => writeFileSync(file, ""));
    await expect(cache.read("x", () => Promise.reject(new TypeError("mine")))).rejects.toThrow("mine");
    expect(warnings).toEqual([]);
  });
});
