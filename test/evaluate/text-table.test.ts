import { describe, expect, it } from "vitest";
import { evaluationLines } from "../../lib/evaluate/text-table.ts";
import { exampleRun } from "../report/example-run.ts";

const { evaluation } = exampleRun(1);
if (!evaluation) throw new Error("the example has an evaluation");

describe("evaluationLines", () => {
  it("aligns the columns and marks intervals that exclude zero", () => {
    const lines = evaluationLines(evaluation);
    expect(lines[0]).toMatch(/^112 held-out dialogues, 4 turns each/);
    const reward = lines.find((line) => line.startsWith("reward"));
    expect(reward).toMatch(/^reward +-0\.08 +0\.03 +\+0\.11 \* +\+0\.07 \.\. \+0\.15 +– +–$/);
    const pairs = lines.find((line) => line.startsWith("repeated word pairs"));
    expect(pairs).toMatch(/\+0\.010 {3,}-0\.010 \.\. \+0\.030/);
    expect(pairs?.indexOf("0.020")).toBe(reward?.indexOf("-0.08") ?? 0);
  });

  it("lists the clearest indices first and leaves out those that did not change", () => {
    const lines = evaluationLines(evaluation, 3);
    const at = lines.findIndex((line) => line.startsWith("5 of 7 indices"));
    const notes = lines.findIndex((line) => line.startsWith("note: "));
    const names = lines.slice(at + 1, notes).map((line) => line.split(" ")[0]);
    expect(names).toHaveLength(3);
    expect(names[0]).toBe("dppo_turn_content_overlap");
    expect(lines.join("\n")).not.toContain("all_connective");
  });
});
