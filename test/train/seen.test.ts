import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { dialogueHash, type SeenDialogues } from "../../lib/data/seen.ts";
import { loadTrainingData } from "../../lib/data/training-data.ts";
import { train } from "../../lib/train/train.ts";
import { type TinyProject, tinyProject, tinyRun } from "./fixture.ts";

let project: TinyProject;

beforeAll(async () => {
  project = await tinyProject();
});

/** Returns a copy of the child with a record of the dialogues that it has seen. */
function childThatHasSeen(name: string, record: object): string {
  const child = path.join(project.root, name);
  cpSync(project.child, child, { recursive: true });
  writeFileSync(path.join(child, "seen_dialogues.json"), JSON.stringify(record));
  return child;
}

const record = (hashes: unknown): object => {
  const source = { sha256: "other", evalFraction: 0, seed: 0, dialogues: 1 };
  return { format: "dialogue-ppo seen dialogues", version: 2, sources: [source], hashes };
};

describe("the dialogues that a child has seen", () => {
  it("are, in every checkpoint, those of the training and those of before", async () => {
    const child = childThatHasSeen("read", record("01234567"));
    const split = { evalFraction: 0.3, seed: 0 };
    const input = tinyRun(project, "seen", { ...split, child, steps: 2, checkpointInterval: 1 });
    for await (const _ of train(input));
    const data = { ...split, data: project.data, textColumn: "text", minWords: 20, maxWords: 400 };
    const { train: dialogues } = await loadTrainingData(data);
    const expected = ["01234567", ...[...dialogues].map(dialogueHash)].sort().join("");
    for (const step of [1, 2]) {
      const folder = path.join(input.outputDir as string, `checkpoint-step-${step}/child_model`);
      const text = readFileSync(path.join(folder, "seen_dialogues.json"), "utf8");
      const { hashes, sources } = JSON.parse(text) as SeenDialogues;
      expect(hashes).toEqual(expected);
      expect(sources.map((source) => source.dialogues)).toEqual([1, dialogues.length]);
      expect(Object.keys(sources[1] ?? {})).toEqual(["sha256", "evalFraction", "seed", "dialogues"]);
    }
  });

  it("are refused before the run begins when their record is damaged", async () => {
    const input = tinyRun(project, "damaged", {
      child: childThatHasSeen("damaged-child", record("0123456")),
    });
    await expect(train(input).next()).rejects.toMatchObject({
      code: "ERR_DATA",
      message: expect.stringContaining("seen_dialogues.json"),
    });
    expect(existsSync(input.outputDir as string)).toBe(false);
  });
});
