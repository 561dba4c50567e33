import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Dialogue } from "../../lib/data/dialogue.ts";
import { loadDialogues } from "../../lib/data/load.ts";
import { buildPrompt, type Prompt } from "../../lib/dialogue/prompt.ts";
import { resolveConfig } from "../../lib/options/resolve.ts";
import { starterDialogues } from "../../lib/package.ts";
import { runFolder } from "../../lib/run/folder.ts";
import { prepareScoring, restoreScoring, saveScoring } from "../../lib/setup/scoring.ts";
import { createTaacoReward } from "../../lib/setup/taaco-reward.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { temporaryFolder } from "../temporary.ts";

let folder: string;
let notes: string[];
const log = { info: (line: string) => void notes.push(line), warn: (line: string) => void notes.push(line) };

beforeEach(() => {
  folder = temporaryFolder();
  notes = [];
  // Nothing is found in the cache at first.
  vi.stubEnv("XDG_CACHE_HOME", path.join(folder, "cache"));
});
afterEach(() => vi.unstubAllEnvs());

async function starter(count: number): Promise<{ dialogues: Dialogue[]; prompts: Prompt[] }> {
  const { dialogues } = await loadDialogues(starterDialogues);
  const some = dialogues.slice(0, count);
  return { dialogues: some, prompts: some.flatMap((dialogue) => buildPrompt(dialogue) ?? []) };
}

/** A preset of one index that needs no semantic space. */
function ownPreset(): string {
  const file = path.join(folder, "own.json");
  const terms = [{ index: "lemma_ttr", weight: 1 }];
  const head = { format: "dialogue-ppo score preset", version: 1, name: "own", scope: "text" };
  writeFileSync(file, JSON.stringify({ ...head, terms }));
  return file;
}

describe("scoring of a run", () => {
  it("is measured on the training dialogues, and taken from the cache the second time", async () => {
    const { config } = resolveConfig({ flags: { scorePreset: ownPreset() } });
    const data = await starter(40);
    const first = await prepareScoring({ config, ...data, log });
    expect(notes).toEqual(["measuring the indices on 40 training dialogues"]);
    notes = [];
    const second = await prepareScoring({ config, ...data, log });
    expect(notes).toEqual(["calibration: measured on the same dialogues before"]);
    expect(second.calibration).toEqual(first.calibration);
    // The mean over the dialogues, each with its human turn.
    const taaco = await Taaco.create();
    const ratios = data.dialogues.map(({ turns }) => taaco.indices({ turns }).lemma_ttr ?? Number.NaN);
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    expect(first.calibration?.text.all.lemma_ttr).toMatchObject({ mean: expect.closeTo(mean, 8), count: 40 });
    expect(first.spaces).toEqual([]);
  });

  it("says how far its preparation is, and nothing when it comes from the cache", async () => {
    const { config } = resolveConfig({ flags: { scorePreset: "turn" } });
    const data = await starter(40);
    const seen: [string, number, number][] = [];
    const onProgress = (...progress: [string, number, number]): void => void seen.push(progress);
    await prepareScoring({ config, ...data, log, onProgress });
    expect([...new Set(seen.map(([phase]) => phase))]).toEqual(["analyse", "lsa", "calibrate"]);
    for (const last of [
      ["analyse", 40, 40],
      ["lsa", 100, 100],
      ["calibrate", 40, 40],
    ])
      expect(seen.findLast(([phase]) => phase === last[0])).toEqual(last);
    seen.length = 0;
    await prepareScoring({ config, ...data, log, onProgress });
    expect(seen).toEqual([]);
  });

  it("scores the same after it was saved in a run's folder, whatever became of preset and cache", async () => {
    const preset = ownPreset();
    const { config } = resolveConfig({ flags: { scorePreset: preset } });
    const data = await starter(40);
    const { scorer, ...rest } = await prepareScoring({ config, ...data, log });
    const run = runFolder(path.join(folder, "run"));
    mkdirSync(run.root);
    await saveScoring({ scorer, ...rest }, run);
    writeFileSync(preset, "{}");
    vi.stubEnv("XDG_CACHE_HOME", path.join(folder, "other"));
    const restored = await restoreScoring({ config, log }, run);
    const [prompt] = data.prompts as [Prompt];
    const turn = "Well, I think that it was a very good idea to go there.";
    const before = scorer.score(scorer.prepare(prompt), turn);
    expect(restored.scorer.score(restored.scorer.prepare(prompt), turn)).toEqual(before);
  });

  it.each<[string, string[] | undefined, string, RegExp]>([
    ["was trained with a reward of its own", ["spaces/x"], "ERR_CONFIG", /trained with a reward of its own/],
    [
      "has lost its preset",
      ["score_preset.json"],
      "ERR_CHECKPOINT_FORMAT",
      /score_preset\.json, with the reward of the run, is missing; restore it from a copy$/,
    ],
    [
      "was emptied",
      undefined,
      "ERR_CHECKPOINT_FORMAT",
      /has neither score_preset\.json nor manifest\.json, so nothing says with which reward/,
    ],
  ])("cannot be restored from a run that %s", async (_, names, code, message) => {
    const { config } = resolveConfig({});
    const run = runFolder(mkdtempSync(path.join(folder, "run-")));
    const entries = names?.map((name) => [name, { size: 1, sha256: "0".repeat(64) }]);
    if (entries !== undefined) {
      const manifest = { run: "x", files: Object.fromEntries(entries) };
      writeFileSync(path.join(run.root, "manifest.json"), JSON.stringify(manifest));
    }
    const restored = restoreScoring({ config, log }, run);
    await expect(restored).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe("the TAACO reward for a program", () => {
  it("gives child minus teacher score", async () => {
    const reward = await createTaacoReward({ scorePreset: "original", evalFraction: 0.9 });
    const turns = [{ speaker: "A", text: "Did you see the dog in the garden?" }];
    const base = {
      id: "d",
      prompt: "A:: Did you see the dog in the garden?\nB::",
      turns,
      speaker: "B",
      human: null,
    };
    const turn = "Yes, I saw the dog and it was happy.";
    const other = "No no no no no no.";
    const [same, different] = await reward.score([
      { ...base, child: turn, teacher: turn, teachers: [turn] },
      { ...base, child: turn, teacher: other, teachers: [other] },
    ]);
    expect(same).toMatchObject({ reward: 0 });
    if (different === undefined || "reason" in different) throw new Error("expected a reward");
    const { child = 0, teacher = 0 } = different.scores ?? {};
    expect(different.reward).toBeCloseTo(child - teacher, 12);
    expect(different.reward).not.toBe(0);
  });
});
