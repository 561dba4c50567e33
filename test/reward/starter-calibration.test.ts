import path from "node:path";
import { expect, it } from "vitest";
import { loadDialogues } from "../../lib/data/load.ts";
import { splitDialogues } from "../../lib/data/split.ts";
import { buildPrompt } from "../../lib/dialogue/prompt.ts";
import { readCalibration } from "../../lib/reward/calibration-file.ts";
import { Scorer } from "../../lib/reward/scorer.ts";
import { loadSpaces } from "../../lib/spaces/load.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";

const starter = path.resolve(import.meta.dirname, "../../data/starter");

it.each([
  ["corrected", "calibration.json"],
  ["faithful", "calibration-faithful.json"],
] as const)(
  "%s: the shipped calibration fits the shipped spaces, and held-out human turns score about the middle",
  async (mode, file) => {
    const spaces = await loadSpaces(path.join(starter, "spaces"));
    const taaco = await Taaco.create({ mode, spaces });
    const calibration = readCalibration(path.join(starter, file));
    const { dialogues } = await loadDialogues(path.join(starter, "dialogues.csv"));
    const { evaluation } = splitDialogues(dialogues, { evalFraction: 0.05, seed: 0 });
    const prompts = evaluation.slice(0, 120).flatMap((dialogue) => buildPrompt(dialogue) ?? []);
    for (const preset of ["taaco", "turn"] as const) {
      const options = { preset, indexMode: mode, scoredText: "dialogue", calibration, taaco } as const;
      const scorer = Scorer.create(options);
      expect(scorer.missing).toEqual([]);
      const scores = prompts.map((one) => scorer.score(scorer.prepare(one), one.human ?? "").value);
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      // In preset turn the mean is below a half, because values above the human mean gain less than values below it cost.
      expect(mean, preset).toBeGreaterThan(0.4);
      expect(mean, preset).toBeLessThan(0.55);
    }
  },
);
