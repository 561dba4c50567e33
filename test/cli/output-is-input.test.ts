import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../temporary.ts";
import { runCli } from "./run-cli.ts";

const TEXT = 'text\n"A:: the dog ran home.\nB:: it was cold."\n';

let folder: string;
const at = (name: string): string => path.join(folder, name);

/** A file of dialogues, and a link to it. */
beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(at("data.csv"), TEXT);
  symlinkSync("data.csv", at("link.csv"));
});

/** Arguments of each command that reads `data` and writes `output`. */
const COMMANDS: Record<string, (data: string, output: string) => string[]> = {
  score: (data, output) => ["score", "--data", data, "--workers", "0", "--output", output],
  "the source text of score": (data, output) => [
    ...["score", "--data", at("other.csv"), "--source", data],
    ...["--workers", "0", "--output", output],
  ],
  calibrate: (data, output) => ["calibrate", "--data", data, "--output", output],
  "the preset of calibrate": (data, output) => [
    ...["calibrate", "--data", at("other.csv"), "--score-preset", data, "--output", output],
  ],
  "spaces frequencies": (data, output) => ["spaces", "frequencies", "--data", data, "--output", output],
};

describe.each(Object.entries(COMMANDS))("%s", (_, args) => {
  it("does not replace what it reads", async () => {
    writeFileSync(at("other.csv"), TEXT);
    for (const [data, output] of [
      ["data.csv", "data.csv"],
      ["data.csv", "link.csv"],
      ["link.csv", "data.csv"],
    ] as const) {
      const { code, stderr } = await runCli(...args(at(data), at(output)));
      expect(stderr).toMatch(new RegExp(`^dialogue-ppo: .*${output} .*is read and would be replaced`, "m"));
      expect(code, stderr).toBe(2);
    }
    expect(readFileSync(at("data.csv"), "utf8")).toBe(TEXT);
  });
});

it("spaces import does not replace the spaces that it reads", async () => {
  mkdirSync(at("spaces"));
  writeFileSync(path.join(at("spaces"), "spaces.json"), "{}");
  const { code, stderr } = await runCli("spaces", "import", at("spaces"), "--output", at("spaces"));
  expect(stderr).toMatch(/spaces is read and would be replaced/);
  expect(code).toBe(2);
  expect(readFileSync(path.join(at("spaces"), "spaces.json"), "utf8")).toBe("{}");
});

it("a file is not written where a folder is named", async () => {
  const args = COMMANDS["spaces frequencies"]?.(at("data.csv"), `${at("new")}/`) ?? [];
  const { code, stderr } = await runCli(...args);
  expect(stderr).toMatch(/new\/ names a folder; expected the name of a file to write/);
  expect(code).toBe(2);
});
