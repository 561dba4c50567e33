import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { makeTinyProject, type TinyProject } from "../../faults/tiny-project.js";
import { LanguageModel } from "../../lib/model/language-model.ts";
import type { TrainInput } from "../../lib/train/train.ts";

export type { TinyProject };

/** Makes a folder with a tiny random child and teacher and a file of dialogues. */
export const tinyProject = (dialogues?: number): Promise<TinyProject> =>
  makeTinyProject(LanguageModel, mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-train-")), dialogues);

/** Options of a short run; preset `original` needs no corpus statistics. */
export function tinyRun(project: TinyProject, name: string, more: TrainInput = {}): TrainInput {
  return {
    child: project.child,
    teacher: project.teacher,
    data: project.data,
    outputDir: path.join(project.root, name),
    scorePreset: "original",
    batchSize: 4,
    ppoEpochs: 2,
    maxNewTokens: 8,
    learningRate: 1e-3,
    threads: 1,
    device: "cpu",
    ...more,
  };
}
