import { describe, expect, it } from "vitest";
import { evaluationLines } from "../../lib/evaluate/text-table.ts";
import { evaluationNotes } from "../../lib/report/notes.ts";
import { compared } from "../report/constructed.ts";
import { exampleRun } from "../report/example-run.ts";

const { evaluation } = exampleRun(1);
if (!evaluation) throw new Error("the example has an evaluation");

describe("evaluationLines", () => {
  it("aligns the columns and marks intervals that exclude zero", () => {
    const lines = evaluationLines(evaluation);
    expect(lines[0]).toMatch(/^112 held-out dialogues, 4 turns each/);
    const reward = lines.find((line) => line.startsWith("reward"));
    expect(reward).toMatch(/^reward +-0\.08 +0\.03 +\+0\.11\* +\+0\.07\.\.\+0\.15 +– +–$/);
    const pairs = lines.find((line) => line.startsWith("repeated word pairs"));
    expect(pairs).toMatch(/\+0\.010 {3,}-0\.010\.\.\+0\.030/);
    expect(pairs?.indexOf("0.020")).toBe(reward?.indexOf("-0.08") ?? 0);
  });

  it("lists the clearest indices first and leaves out those that did not change", () => {
    const lines = evaluationLines(evaluation, { indices: 3, width: 120 });
    const at = lines.indexOf("5 of 7 indices changed clearly; the 3 clearest:");
    const notes = lines.findIndex((line) => line.startsWith("note: "));
    const names = lines.slice(at + 1, notes).map((line) => line.split(" ")[0]);
    expect(names).toHaveLength(3);
    expect(names[0]).toBe("dppo_turn_content_overlap");
    expect(lines.join("\n")).not.toContain("all_connective");
  });

  it("fits a terminal of 80 columns: long names have a line of their own, and no word is cut", () => {
    const long = "adjacent_overlap_binary_2_pronoun_para";
    const indices = { [long]: { ...compared(0.4, 0.5), teacher: 0.5, human: 0.5 } };
    const lines = evaluationLines({ ...evaluation, indices, dialogues: 12 });
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    const at = lines.indexOf(long);
    expect(lines[at + 1]).toMatch(/^ +0\.40 +0\.50 +\+0\.10\*/);
    expect(lines[at + 1]?.indexOf("0.40")).toBeGreaterThan(14);
    const words = (all: readonly string[]): string => all.join(" ").replace(/\s+/g, " ");
    for (const note of evaluationNotes({ ...evaluation, dialogues: 12 }))
      expect(words(lines)).toContain(`note: ${note}`);
    expect(words(lines)).toMatch(/verdict: The reward rose clearly [^.]*\..*\.$/);
    const wide = evaluationLines({ ...evaluation, indices }, { width: 120 });
    expect(wide.find((line) => line.startsWith(long))).toContain("+0.10*");
  });
});
