import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { describeSeen, dialogueHash, dialoguesHash, seenHashes, writeSeen } from "../../lib/data/seen.ts";
import { loadTrainingData, type TrainingData } from "../../lib/data/training-data.ts";
import { formatCount } from "../../lib/format.ts";
import { hashFile } from "../../lib/hash.ts";
import { calibrate } from "../../lib/setup/calibrate.ts";
import { findSeen, readSeen, recordWhatTheySaw, warnAboutSeen } from "../../lib/setup/seen.ts";

const root = mkdtempSync(path.join(os.tmpdir(), "dialogue-ppo-seen-"));
const file = path.join(root, "dialogues.csv");
let wide: TrainingData;
let narrow: TrainingData;
let dataHash: string;

beforeAll(async () => {
  const words = ["dog", "garden", "winter", "train", "soup", "letter", "music", "river"];
  const rows = Array.from({ length: 80 }, (_, number) => {
    const [one, two] = [words[number % 8], words[Math.floor(number / 8) % 8]];
    return `${number},"A:: Did you see the ${one} this morning?\nB:: Yes, and the ${two} ${number} was there too because it rained.\nA:: I like it very much."`;
  });
  writeFileSync(file, `id,text\n${rows.join("\n")}\n`);
  dataHash = await hashFile(file);
  const options = { data: file, textColumn: "text", minWords: 1, maxWords: 100, seed: 0 };
  wide = await loadTrainingData({ ...options, evalFraction: 0.4 });
  narrow = await loadTrainingData({ ...options, evalFraction: 0.1 });
});

describe("the hash of dialogues", () => {
  const texts = ["A:: One.\nB:: Two.", "A:: Three.\nB:: Four."].map((text, at) => ({ id: `${at}`, text }));

  it("depends on their texts alone, not on order, id or white space", () => {
    const same = texts.toReversed().map(({ text }) => ({ id: "other", text: `${text} ` }));
    expect(dialoguesHash(same)).toBe(dialoguesHash(texts));
    expect(dialoguesHash(texts)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("tells other dialogues apart, and a dialogue from the same one twice", () => {
    const [one] = texts as [{ id: string; text: string }];
    const hashes = [texts, [one], [one, one], []].map((dialogues) => dialoguesHash(dialogues));
    expect(new Set(hashes).size).toBe(4);
  });
});

describe("held-out dialogues that something has seen", () => {
  it("are all known only if every model records what it saw", async () => {
    const recorded = path.join(root, "recorded");
    const silent = path.join(root, "silent");
    for (const folder of [recorded, silent]) mkdirSync(folder);
    writeSeen(recorded, await describeSeen(narrow.train, { sha256: "x", evalFraction: 0.1, seed: 0 }));
    expect(recordWhatTheySaw([recorded])).toBe(true);
    expect(recordWhatTheySaw([recorded, silent])).toBe(false);
    expect(recordWhatTheySaw([path.join(root, "owner/name")])).toBe(false);
  });

  it("are counted one by one, by text and not by file", async () => {
    const folder = path.join(root, "model");
    mkdirSync(folder);
    const source = { sha256: "another file", evalFraction: 0.1, seed: 0 };
    writeSeen(folder, await describeSeen(narrow.train, source));
    // With the same seed, the smaller part lies within the larger one; the rest of the larger one was seen.
    const expected = wide.evaluation.length - narrow.evaluation.length;
    expect(expected).toBeGreaterThan(5);
    const child = { what: "child", place: folder };
    expect(await findSeen(wide.evaluation, dataHash, [child])).toEqual([{ ...child, dialogues: expected }]);
    expect(await findSeen(narrow.evaluation, dataHash, [child])).toEqual([]);
    const lines: string[] = [];
    const log = { info: () => {}, warn: (line: string) => void lines.push(line) };
    warnAboutSeen(
      [{ ...child, dialogues: expected }],
      formatCount(wide.evaluation.length, "held-out dialogue"),
      log,
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`${expected} of the ${wide.evaluation.length} held-out dialogues`);
  });

  it("are counted for a calibration, whose record lies beside it", async () => {
    const output = path.join(root, "calibration.json");
    const data = { data: file, minWords: 1, maxWords: 100, seed: 0, evalFraction: 0 };
    const scorePreset = path.join(root, "preset.json");
    const terms = [{ index: "pronoun_density", weight: 1 }];
    const preset = { format: "dialogue-ppo score preset", version: 1, name: "own", scope: "turn", terms };
    writeFileSync(scorePreset, JSON.stringify(preset));
    await calibrate({ ...data, output, scorePreset });
    expect(readSeen(output)?.sources).toEqual([
      { sha256: await hashFile(file), evalFraction: 0, seed: 0, dialogues: 80 },
    ]);
    const found = await findSeen(wide.evaluation, dataHash, [{ what: "calibration", place: output }]);
    expect(found.map(({ dialogues }) => dialogues)).toEqual([wide.evaluation.length]);
  });

  it("are known for a model of an older version by its split, and unknown for others", async () => {
    const folder = path.join(root, "older");
    mkdirSync(folder);
    const info = {
      split: { evalFraction: 0.1, seed: 0 },
      data: { sha256: await hashFile(file) },
      ending: "steps",
      step: 1,
      heldOut: null,
      config: {},
    };
    writeFileSync(path.join(folder, "pretraining_info.json"), JSON.stringify(info));
    const [found] = await findSeen(wide.evaluation, dataHash, [{ what: "child", place: folder }]);
    expect(found?.dialogues).toBe(wide.evaluation.length - narrow.evaluation.length);
    expect(await findSeen(wide.evaluation, dataHash, [{ what: "spaces", place: root }])).toEqual([]);
  });

  it("hashes text whatever its white space, and keeps what was seen before", async () => {
    expect(dialogueHash({ text: "A:: Hello\n  there " })).toBe(dialogueHash({ text: "A:: Hello there" }));
    expect(dialogueHash({ text: "A:: Hello there" })).not.toBe(dialogueHash({ text: "A:: Hello there." }));
    const source = { sha256: "x", evalFraction: 0, seed: 0 };
    const before = await describeSeen(narrow.evaluation, source);
    const seen = await describeSeen(narrow.train, source, { before });
    const everyDialogue = [...narrow.evaluation, ...narrow.train].map(dialogueHash).sort();
    expect(everyDialogue).toHaveLength(80);
    expect(seenHashes(seen)).toEqual(everyDialogue);
    expect(seen.sources.map(({ dialogues }) => dialogues)).toEqual([
      narrow.evaluation.length,
      narrow.train.length,
    ]);
  });
});
