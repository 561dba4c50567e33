import { describe, expect, it } from "vitest";
import { flipBit, mutate } from "../../faults/damage.js";
import { complaint } from "../../faults/program.js";
import { markdown } from "../../faults/report.js";

const ended = (code: number | null, stderr: string, more: object = {}) => ({
  code,
  stderr,
  signal: null,
  hung: false,
  ...more,
});

describe("the judge of a command's end", () => {
  it("accepts one clear line, or success", () => {
    expect(complaint(ended(0, "step 1\n"), [0])).toBeUndefined();
    expect(complaint(ended(2, "dialogue-ppo: x.csv: line 3: no text\n"), [0, 2])).toBeUndefined();
    expect(complaint(ended(130, "finishing the step\n"), [130])).toBeUndefined();
  });

  it.each([
    ["another exit code", ended(1, "dialogue-ppo: no\n"), /exit code 1: no/],
    ["no line", ended(2, ""), /0 lines of error/],
    ["two lines", ended(2, "dialogue-ppo: a\ndialogue-ppo: b\n"), /2 lines/],
    ["a signal", ended(null, "", { signal: "SIGSEGV" }), /died of SIGSEGV/],
    ["a hanging command", ended(null, "", { hung: true }), /hung/],
    [
      "a message of the language",
      ended(2, "dialogue-ppo: Cannot read properties of null (reading 'a')\n"),
      /raw message/,
    ],
    ["a stack", ended(2, "dialogue-ppo: x\n    at load (lib/a.js:3:4)\n"), /raw message/],
    ["a line without end", ended(2, `dialogue-ppo: ${"x".repeat(5000)}\n`), /5000 characters/],
  ])("names %s", (_, outcome, message) => {
    expect(complaint(outcome, [0, 2])).toMatch(message);
  });
});

describe("damage", () => {
  const bytes = Buffer.from('a text of some words, in quotes "as here"');

  it("changes exactly one bit", () => {
    for (const share of [0, 0.3, 0.99]) {
      const flipped = flipBit(bytes, () => share);
      const bits = [...bytes].map(
        (byte, at) => (byte ^ (flipped[at] ?? 0)).toString(2).replaceAll("0", "").length,
      );
      expect(bits.reduce((sum, count) => sum + count)).toBe(1);
    }
  });

  it("is the same for the same random numbers, and leaves the original alone", () => {
    const random = (): (() => number) => {
      let state = 7;
      return () => {
        state = (state * 16_807) % 2_147_483_647;
        return state / 2_147_483_647;
      };
    };
    const before = Buffer.from(bytes);
    expect(mutate(bytes, random()).equals(mutate(bytes, random()))).toBe(true);
    expect(bytes.equals(before)).toBe(true);
  });
});

describe("the table of faults", () => {
  it("shows what failed and what could not be tried, not only what held", () => {
    const kind = {
      title: "a fault",
      promise: "a promise",
      tries: 3,
      held: 3,
      happened: "all well",
      failures: [],
    };
    const text = markdown({
      command: "npm run faults",
      system: "Linux",
      triedAt: "2026-01-01T00:00:00Z",
      kinds: [
        kind,
        { ...kind, held: 1, failures: ["one | two: hung", "three: died (2 times)"] },
        { ...kind, tries: 0, held: 0, missing: "no tmpfs" },
      ],
    });
    expect(text).toContain("| a fault | a promise | 3 | 3 | all well |");
    expect(text).toContain("**2 failed**: one \\| two: hung; three: died (2 times). all well");
    expect(text).toContain("**not tried**: no tmpfs");
  });
});
