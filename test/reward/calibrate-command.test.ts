import { mkdir, mkdtemp, readdir, rmdir, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDialogues } from "../../lib/data/load.ts";
import { splitDialogues } from "../../lib/data/split.ts";
import { buildPrompt } from "../../lib/dialogue/prompt.ts";
import { starterFolder } from "../../lib/package.ts";
import { readCalibration } from "../../lib/reward/calibration-file.ts";
import { corpusHash } from "../../lib/reward/measure-calibration.ts";
import { runCli } from "../cli/run-cli.ts";

let folder = "";
let data = "";
const before = process.env.XDG_CACHE_HOME;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "calibrate-"));
  process.env.XDG_CACHE_HOME = path.join(folder, "cache");
  data = path.join(folder, "dialogues.csv");
  const rows = Array.from({ length: 40 }, (_, at) => {
    const ask = `A:: so what did you and your sister do about the ${at % 2 ? "boat" : "garden"} this year?`;
    const answer = `B:: well, we sold it ${"and then we sat ".repeat(at % 5)}because it was old, I think.`;
    return `"${ask}\n${answer}"`;
  });
  await writeFile(data, `text\n${rows.join("\n")}\n`);
});

afterAll(() => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
});

const calibrate = (...args: string[]) =>
  runCli("calibrate", "--data", data, "--eval-fraction", "0.3", "--seed", "5", "--json", ...args);

describe("dialogue-ppo calibrate", () => {
  it("warns of dialogues that are hardly English, measured now or before", async () => {
    const german = path.join(folder, "german.csv");
    const rows = Array.from({ length: 12 }, (_, at) => {
      const ask = `A:: Hast du gestern das ${at % 2 ? "Boot" : "Rad"} in den Keller gebracht, oder steht es noch immer draußen?`;
      return `"${ask}\nB:: Ja, das haben wir, aber dann wollte es ${"wirklich ".repeat(at % 4)}nicht mehr hinein."`;
    });
    await writeFile(german, `text\n${rows.join("\n")}\n`);
    const spaces = path.join(starterFolder, "spaces");
    for (const text of [german, german, data]) {
      const output = path.join(folder, "language.json");
      const { code, stderr } = await runCli(
        "calibrate",
        "--data",
        text,
        "--spaces",
        spaces,
        "--output",
        output,
      );
      expect(code).toBe(0);
      expect(stderr.includes("the indices are made for English")).toBe(text === german);
    }
  });

  it("measures only the training split and reports the output file", async () => {
    const output = path.join(folder, "calibration.json");
    const { code, last, stderr } = await calibrate("--output", output, "--score-preset", "turn");
    expect(stderr).toContain(output);
    expect(code).toBe(0);
    const { dialogues } = await loadDialogues(data);
    const { train } = splitDialogues(dialogues, { evalFraction: 0.3, seed: 5 });
    expect(train.length).toBeLessThan(40);
    expect(last).toEqual({ type: "result", output, dialogues: train.length });
    const calibration = readCalibration(output);
    expect(calibration.corpus.hash).toBe(corpusHash(train.flatMap((one) => buildPrompt(one) ?? [])));
    expect(calibration.turn.all.all_connective?.mean).toBeGreaterThan(0);
    expect(calibration.text.texts).toBe(0);
  });

  it("reads an earlier measurement from the cache", async () => {
    const output = path.join(folder, "again.json");
    expect((await calibrate("--output", output, "--score-preset", "turn")).stderr).not.toContain("measuring");
    expect(readCalibration(output)).toEqual(readCalibration(path.join(folder, "calibration.json")));
  });

  it("refuses bad input and writes nothing", async () => {
    const output = path.join(folder, "never.json");
    const refused = [
      ["--score-preset", "original"],
      ["--score-preset", "best"],
      ["--prompt-turns", "9"],
      ["--scored-text", "all"],
    ];
    await mkdir(path.join(folder, "never.seen.json"));
    expect((await calibrate("--output", output)).last).toMatchObject({ code: "ERR_CONFIG" });
    await rmdir(path.join(folder, "never.seen.json"));
    for (const args of refused) {
      const { code, last } = await calibrate("--output", output, ...args);
      expect(code, args.join(" ")).toBe(2);
      expect(last).toMatchObject({ type: "error" });
    }
    expect(await readdir(folder)).not.toContain("never.json");
  });
});
