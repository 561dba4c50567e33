import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hashFile } from "../../lib/data/load.ts";
import { isHeldOut } from "../../lib/data/split.ts";
import { loadEvaluationData } from "../../lib/evaluate/held-out.ts";
import { resolveConfig } from "../../lib/options/resolve.ts";
import { warnAboutLostSplit } from "../../lib/setup/known-split.ts";

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

/** A folder as `pretrain` leaves it, as far as its split goes. */
async function pretrained(name: string, evalFraction: number, seed: number, of = data): Promise<string> {
  const folder = path.join(root, name);
  mkdirSync(folder);
  const info = { split: { evalFraction, seed }, data: { sha256: await hashFile(of) } };
  writeFileSync(path.join(folder, "pretraining_info.json"), JSON.stringify(info));
  return folder;
}

/** The child of a run's checkpoint, as far as the run's split goes. */
async function trained(name: string, evalFraction: number, seed: number): Promise<string> {
  const checkpoint = path.join(root, name, "checkpoint-step-5");
  mkdirSync(path.join(checkpoint, "child_model"), { recursive: true });
  writeFileSync(path.join(root, name, "config.json"), JSON.stringify({ evalFraction }));
  const info = { dataHash: await hashFile(data), seed };
  writeFileSync(path.join(checkpoint, "training_info.json"), JSON.stringify(info));
  return path.join(checkpoint, "child_model");
}

async function open(before: string, after: string, flags: Record<string, unknown> = {}) {
  const { config, origins } = resolveConfig({ flags: { data, ...flags } });
  const told: string[] = [];
  const log = {
    info: (line: string) => void told.push(line),
    warn: (line: string) => void told.push(`! ${line}`),
  };
  const splitGiven = origins.evalFraction === "flag";
  const { heldOut, train } = await loadEvaluationData({ before, after, splitGiven }, config, log);
  return { heldOut: heldOut.map(({ id }) => id), train: train.map(({ id }) => id), told: told.join("\n") };
}

const heldOutBy = (evalFraction: number, seed: number): string[] =>
  ids.filter((id) => isHeldOut(id, { evalFraction, seed }));

describe("evaluating two models", () => {
  it("takes what the pretrained child held out, calibrates on the rest, and says so", async () => {
    const before = await pretrained("child", 0.3, 4);
    const after = await trained("run", 0.3, 4);
    const { heldOut, train, told } = await open(before, after);
    expect(heldOut).toEqual(heldOutBy(0.3, 4));
    expect(train).toEqual(ids.filter((id) => !heldOut.includes(id)));
    expect(told).toContain(`held out, as ${before} did (--eval-fraction 0.3 --seed 4)`);
  });

  it("asks when they held out different parts, and warns when told to use dialogues that one has seen", async () => {
    const before = await pretrained("child", 0.3, 4);
    const after = await trained("run", 0.3, 5);
    await expect(open(before, after)).rejects.toThrow(/held out other parts of .*--seed 4, .*--seed 5/);
    const { heldOut, told } = await open(before, after, { evalFraction: 0.2, seed: 4 });
    expect(heldOut).toEqual(heldOutBy(0.2, 4));
    expect(told).toMatch(/! .*run.*has seen some/);
    expect(told).not.toMatch(/! .*child was trained with/);
  });

  it("takes all dialogues of a file that neither was made from", async () => {
    const other = path.join(root, "other.csv");
    writeFileSync(other, "text\nsomething else\n");
    const before = await pretrained("child", 0.3, 4, other);
    const { heldOut, told } = await open(before, before);
    expect(heldOut).toEqual(ids);
    expect(told).toMatch(/evaluating on all of it, 60 dialogues/);
  });
});

describe("training a child that held out a part", () => {
  async function warnings(child: string | undefined, flags: Record<string, unknown>): Promise<string[]> {
    const told: string[] = [];
    const { config } = resolveConfig({
      flags: { data, ...(child === undefined ? {} : { child }), ...flags },
    });
    await warnAboutLostSplit(config, { info: () => {}, warn: (line) => void told.push(line) });
    return told;
  }

  it("warns when the run does not keep that part apart, with the flags that do", async () => {
    const child = await pretrained("child", 0.3, 4);
    expect(await warnings(child, {})).toEqual([
      `${child} held out a part of ${data}; this run trains on it and holds out nothing. To keep the same part apart: --eval-fraction 0.3 --seed 4`,
    ]);
    expect(await warnings(child, { evalFraction: 0.3, seed: 5 })).toHaveLength(1);
    expect(await warnings(child, { evalFraction: 0.1, seed: 4 })).toHaveLength(1);
  });

  it("is silent when it does, when the child saw another file or held out nothing, or is unknown", async () => {
    const other = path.join(root, "other.csv");
    writeFileSync(other, "another");
    expect(await warnings(await pretrained("same", 0.3, 4), { evalFraction: 0.3, seed: 4 })).toEqual([]);
    expect(await warnings(await pretrained("elsewhere", 0.3, 4, other), {})).toEqual([]);
    expect(await warnings(await pretrained("whole", 0, 4), {})).toEqual([]);
    expect(await warnings(root, {})).toEqual([]);
    expect(await warnings(undefined, {})).toEqual([]);
  });
});
