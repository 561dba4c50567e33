import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { readPreset, writePreset } from "../../lib/reward/preset-file.ts";
import { resolvePreset } from "../../lib/reward/presets.ts";
import { TURN_MEASURE_NAMES } from "../../lib/taaco/catalogue.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { runCli } from "../cli/run-cli.ts";
import { temporaryFile } from "../temporary.ts";

/** Two indices that a short text has, the second of them unwanted. */
const OWN = {
  format: "dialogue-ppo score preset",
  version: 1,
  name: "own",
  scope: "text",
  terms: [
    { index: "lemma_ttr", weight: 3 },
    { index: "pronoun_density", weight: 1, sign: -1 },
  ],
};

function file(change: object = {}): string {
  const name = temporaryFile("own.json");
  writeFileSync(name, JSON.stringify({ ...OWN, ...change }));
  return name;
}

describe("a file of indices and weights", () => {
  it("is a preset, in which omitted fields have their defaults", () => {
    expect(resolvePreset(file())).toEqual({
      name: "own",
      scope: "text",
      raw: false,
      experiment: false,
      terms: [
        { index: "lemma_ttr", weight: 3, sign: 1, clip: [-3, 3] },
        { index: "pronoun_density", weight: 1, sign: -1, clip: [-3, 3] },
      ],
      guards: [],
    });
  });

  it.each(["taaco", "original", "turn"])("preset %s is read as it was written", async (name) => {
    const copy = temporaryFile("copy.json");
    writePreset(copy, resolvePreset(name));
    expect(readPreset(copy)).toEqual(resolvePreset(name));
  });

  it.each([
    [{ terms: [{ index: "lemma_tr", weight: 1 }] }, /lemma_tr is no index .* did you mean lemma_ttr\?/],
    [{ terms: [{ index: "dppo_turn_mattr", weight: 1 }] }, /dppo_turn_mattr is no index .* scope "text"/],
    [{ terms: [{ index: "lemma_ttr", weight: "much" }] }, /terms\.0\.weight: expected a number, got "much"$/],
    [
      { terms: [{ index: "lemma_ttr", wieght: 1 }] },
      /terms\.0: unknown key "wieght"; did you mean "weight"\?$/,
    ],
    [{ guards: undefined, gaurds: [] }, /: unknown key "gaurds"; did you mean "guards"\?$/],
    [{ terms: [{ index: "lemma_ttr", weight: -1 }] }, /weight of lemma_ttr is -1/],
    [{ terms: [{ index: "lemma_ttr", weight: 1, wieght: 2 }] }, /wieght/],
    [{ terms: [OWN.terms[0], OWN.terms[0]] }, /names lemma_ttr twice/],
    [{ terms: [] }, /has no terms/],
    [{ scope: "sentence" }, /scope/],
    [{ guards: [{ name: "copied", free: 1, cost: 1 }] }, /guard copied/],
    [{ experiment: true }, /experiment needs raw/],
    [{ format: "dialogue-ppo calibration" }, /format/],
  ])("%j is refused by name", (change, message) => {
    const wrong = file(change);
    expect(() => resolvePreset(wrong)).toThrow(message);
    expect(() => resolvePreset(wrong)).toThrow(wrong);
  });

  it("an error lists the known names, or names the file that cannot be read", () => {
    expect(() => resolvePreset("tacco")).toThrow(/"tacco", expected taaco, turn, original or a \.json file/);
    expect(() => resolvePreset("none.json")).toThrow(
      /none\.json: no such file or folder; expected a JSON file of indices and weights$/,
    );
  });

  it("may contain every index that is measured on a turn, and no other", async () => {
    const taaco = await Taaco.create();
    const text = taaco.analyse({ turns: [{ speaker: "A", text: "I like tea. The kettle is warm." }] });
    expect(Object.keys(taaco.turnExtras(text, text))).toEqual(TURN_MEASURE_NAMES);
  });
});

describe("--score-preset FILE", () => {
  it("scores with the file's weights: a raw mean of two indices, by hand", async () => {
    const preset = file({ raw: true });
    const text = path.join(path.dirname(preset), "text.txt");
    writeFileSync(text, "The dog saw the cat. It ran because it was afraid.\n");
    const { code, stdout } = await runCli(
      "score",
      text,
      "--score-preset",
      preset,
      "--workers",
      "0",
      "--json",
    );
    expect(code).toBe(0);
    const row = JSON.parse(stdout.split("\n")[0] ?? "");
    const { lemma_ttr, pronoun_density } = row.indices;
    expect(row.composite).toBeCloseTo(1 / (1 + Math.exp((pronoun_density - 3 * lemma_ttr) / 4)), 12);
  });

  it("an invalid preset gives an error of one line and exit code 2, and nothing is written", async () => {
    const preset = file({ terms: [{ index: "nothing", weight: 1 }] });
    const outputDir = path.join(path.dirname(preset), "run");
    const { code, stderr } = await runCli("train", "--score-preset", preset, "--output-dir", outputDir);
    expect(code).toBe(2);
    expect(stderr).toContain("nothing is no index");
    expect(() => readFileSync(path.join(outputDir, "config.json"))).toThrow();
  });
});
