import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isHeldOut } from "../../lib/data/split.ts";
import { loadEvaluationData } from "../../lib/evaluate/held-out.ts";
import { hashFile } from "../../lib/hash.ts";
import { resolveConfig } from "../../lib/options/resolve.ts";
import { warnAboutLostSplit } from "../../lib/setup/known-split.ts";
import { findSeen } from "../../lib/setup/seen.ts";

let root: string;
let data: string;
const ids = Array.from({ length: 60 }, (_, index) => `d${index}`);

beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-held-out-"));
  data = path.join(root, "dialogues.csv");
  const text = `A:: ${"one two three four five six ".repeat(3)}\nB:: seven eight nine ten`;
  writeFileSync(data, `Filename,text\n${ids.map((id) => `${id},"${text}"\n`).join("")}`);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Writes the split information that `pretrain` stores and returns its folder. */
async function writePretrained(name: string, evalFraction: number, seed: number, of = data): Promise<string> {
  const folder = path.join(root, name);
  mkdirSync(folder);
  const info = {
    split: { evalFraction, seed },
    data: { sha256: await hashFile(of) },
    ending: "steps",
    step: 5,
    heldOut: null,
    config: {},
  };
  writeFileSync(path.join(folder, "pretraining_info.json"), JSON.stringify(info));
  return folder;
}

/** Writes the split information that `train` stores and returns the folder of its child. */
async function writeTrained(name: string, evalFraction: number, seed: number): Promise<string> {
  const checkpoint = path.join(root, name, "checkpoint-step-5");
  mkdirSync(path.join(checkpoint, "child_model"), { recursive: true });
  writeFileSync(path.join(root, name, "config.json"), JSON.stringify({ evalFraction }));
  const info = {
    step: 5,
    epoch: 0,
    stats: {},
    dropped: {},
    retries: 0,
    dataHash: await hashFile(data),
    modelHashes: { child: "", teacher: "" },
    versions: {},
    seed,
    threads: 1,
  };
  writeFileSync(path.join(checkpoint, "training_info.json"), JSON.stringify(info));
  return path.join(checkpoint, "child_model");
}

async function open(before: string, after: string, flags: Record<string, unknown> = {}) {
  const { config, origins } = resolveConfig({ flags: { data, ...flags } });
  const messages: string[] = [];
  const log = {
    info: (line: string) => void messages.push(line),
    warn: (line: string) => void messages.push(`! ${line}`),
  };
  const splitGiven = origins.evalFraction === "flag";
  const tokenizers = { before: undefined, after: undefined };
  const compared = { before, after, tokenizers, splitGiven };
  const { heldOut, train, dataHash } = await loadEvaluationData(compared, config, log);
  const children = [...new Set([before, after])].map((place) => ({ what: "child", place }));
  return {
    seen: await findSeen(heldOut, dataHash, children),
    heldOut: heldOut.map(({ id }) => id),
    train: [...train].map(({ id }) => id),
    messages: messages.join("\n"),
  };
}

const heldOutBy = (evalFraction: number, seed: number): string[] =>
  ids.filter((id) => isHeldOut(id, { evalFraction, seed }));

describe("evaluating two models", () => {
  it("uses the dialogues that the pretrained child held out and logs it", async () => {
    const before = await writePretrained("child", 0.3, 4);
    const after = await writeTrained("run", 0.3, 4);
    const { heldOut, train, messages } = await open(before, after);
    expect(heldOut).toEqual(heldOutBy(0.3, 4));
    expect(train).toEqual(ids.filter((id) => !heldOut.includes(id)));
    expect(messages).toContain(`held out, as ${before} did (--eval-fraction 0.3 --seed 4)`);
  });

  it("rejects different splits without a flag, and counts those of the selected dialogues that a model has seen", async () => {
    const before = await writePretrained("child", 0.3, 4);
    const after = await writeTrained("run", 0.3, 5);
    await expect(open(before, after)).rejects.toThrow(/held out other parts of .*--seed 4, .*--seed 5/);
    const { heldOut, seen } = await open(before, after, { evalFraction: 0.2, seed: 4 });
    expect(heldOut).toEqual(heldOutBy(0.2, 4));
    const keptByRun = heldOutBy(0.3, 5);
    const dialogues = heldOut.filter((id) => !keptByRun.includes(id)).length;
    expect(seen).toEqual([{ what: "child", place: after, dialogues }]);
  });

  it("uses all dialogues of a file that neither model was trained on", async () => {
    const other = path.join(root, "other.csv");
    writeFileSync(other, "text\nsomething else\n");
    const before = await writePretrained("child", 0.3, 4, other);
    const { heldOut, messages } = await open(before, before);
    expect(heldOut).toEqual(ids);
    expect(messages).toMatch(/evaluating on all of it, 60 dialogues/);
  });
});

describe("training a child that held out a part", () => {
  async function warnings(child: string | undefined, flags: Record<string, unknown>): Promise<string[]> {
    const messages: string[] = [];
    const { config } = resolveConfig({
      flags: { data, ...(child === undefined ? {} : { child }), ...flags },
    });
    await warnAboutLostSplit(config, { info: () => {}, warn: (line) => void messages.push(line) });
    return messages;
  }

  it("warns when the run trains on that part, and suggests the flags that hold it out", async () => {
    const child = await writePretrained("child", 0.3, 4);
    expect(await warnings(child, {})).toEqual([
      `${child} held out a part of ${data}; this run trains on it and holds out nothing. To keep the same part apart: --eval-fraction 0.3 --seed 4`,
    ]);
    expect(await warnings(child, { evalFraction: 0.3, seed: 5 })).toHaveLength(1);
    expect(await warnings(child, { evalFraction: 0.1, seed: 4 })).toHaveLength(1);
  });

  it("does not warn when the run has the same split, or when the child has another file, no split or no information", async () => {
    const other = path.join(root, "other.csv");
    writeFileSync(other, "another");
    expect(await warnings(await writePretrained("same", 0.3, 4), { evalFraction: 0.3, seed: 4 })).toEqual([]);
    expect(await warnings(await writePretrained("elsewhere", 0.3, 4, other), {})).toEqual([]);
    expect(await warnings(await writePretrained("whole", 0, 4), {})).toEqual([]);
    expect(await warnings(root, {})).toEqual([]);
    expect(await warnings(undefined, {})).toEqual([]);
  });
});
