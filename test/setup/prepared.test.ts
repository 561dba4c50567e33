import { existsSync } from "node:fs";
import path from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { loadTrainingData } from "../../lib/data/training-data.ts";
import { resolveConfig } from "../../lib/options/resolve.ts";
import { measureCalibration } from "../../lib/reward/measure-calibration.ts";
import { resolvePreset } from "../../lib/reward/presets.ts";
import { promptsOf } from "../../lib/setup/prompts.ts";
import { prepareScoring } from "../../lib/setup/scoring.ts";
import { analyseDialogues, collectLemmas } from "../../lib/spaces/documents.ts";
import { neighbours } from "../../lib/spaces/nearest.ts";
import { learnSpaces } from "../../lib/spaces/spaces.ts";
import type { WordVectors } from "../../lib/spaces/vectors.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { temporaryFolder } from "../temporary.ts";

afterEach(() => vi.unstubAllEnvs());

// If this fails after a change of the version, the dialogues or the analysis: npm run starter:prepared.
it("the package ships what a default run would learn and measure first, with the same values", async () => {
  const cache = temporaryFolder();
  vi.stubEnv("XDG_CACHE_HOME", cache);
  const { config } = resolveConfig({ flags: {} });
  const { train: dialogues } = await loadTrainingData(config);
  const prompts = promptsOf(dialogues, config.promptTurns);
  const notes: string[] = [];
  const note = (line: string): void => void notes.push(line);
  const shipped = await prepareScoring({ config, dialogues, prompts, log: { info: note, warn: note } });
  expect(notes).toEqual([
    "semantic spaces (lsa): learned from these dialogues, part of the package",
    "calibration: measured on these dialogues, part of the package",
  ]);
  expect(existsSync(path.join(cache, "dialogue-ppo"))).toBe(false);

  const taaco = await Taaco.create();
  const documents = await collectLemmas(analyseDialogues(dialogues, taaco));
  const [learned] = await learnSpaces(documents, { kinds: ["lsa"], seed: config.seed });
  const space = shipped.spaces[0] as WordVectors;
  expect(space.words).toEqual(learned?.words);
  for (const word of ["soup", "fishing", "dentist"]) {
    const similarities = neighbours(learned as WordVectors, word, 5).map(({ similarity }) => similarity);
    neighbours(space, word, 5).forEach(({ similarity }, at) => {
      expect(similarity, word).toBeCloseTo(similarities[at] ?? Number.NaN, 3);
    });
  }
  const presets = [resolvePreset(config.scorePreset)];
  const measured = await measureCalibration(shipped.taaco, prompts, { scoredText: "dialogue", presets });
  expect(shipped.calibration).toEqual(measured);
}, 120_000);
