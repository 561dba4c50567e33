import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadDialogues } from "../../lib/data/load.ts";
import { train } from "../../lib/train/train.ts";
import { type TinyProject, tinyProject, tinyRun } from "./fixture.ts";

let project: TinyProject;
let messages: string;

beforeAll(async () => {
  project = await tinyProject();
  messages = path.join(project.root, "messages.jsonl");
  const { dialogues } = await loadDialogues(project.data, { minWords: 0 });
  const lines = dialogues.map(({ id, turns }) => ({
    id,
    messages: turns.map(({ speaker, text }) => ({ role: speaker, content: text })),
  }));
  writeFileSync(messages, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
});

/** Trains and returns the samples that the run kept. */
async function samplesOf(name: string, data: string, stopAfter?: number): Promise<string> {
  const more = { data, steps: 4, samplesPerStep: 4, evalFraction: 0.2 };
  const steps = { ...more, ...(stopAfter === undefined ? {} : { stopAfter }) };
  for await (const _ of train({ ...tinyRun(project, name, steps), resume: "auto" }));
  return readFileSync(path.join(project.root, name, "samples.jsonl"), "utf8");
}

describe("a run on JSON Lines", () => {
  it("holds out and trains on the same dialogues as on CSV, with the same numbers, also when resumed", async () => {
    const expected = await samplesOf("csv", project.data);
    expect(expected.split("\n")).toHaveLength(17);
    expect(await samplesOf("json", messages, 2)).not.toBe(expected);
    expect(await samplesOf("json", messages)).toBe(expected);
  });

  it("is refused for resuming when the file has changed", async () => {
    writeFileSync(messages, readFileSync(messages, "utf8").replace("}", " }"));
    const more = { data: messages, steps: 6, samplesPerStep: 4, evalFraction: 0.2 };
    const resumed = train({ ...tinyRun(project, "json", more), resume: true });
    await expect(resumed.next()).rejects.toThrow(/the data file is not the one/);
  });
});
