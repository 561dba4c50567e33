import { describe, expect, it } from "vitest";
import { evaluationNotes, whichDialogues } from "../../lib/report/notes.ts";
import { changeOf, type EvaluationRecord, isClear } from "../../lib/run/evaluation.ts";
import { absent, compared, constructed } from "./constructed.ts";

const notes = (changes: Partial<EvaluationRecord>): string[] => evaluationNotes(constructed(changes));
const length = (before: number, after: number, half: number) => ({
  length: { ...compared(before, after, half), teacher: 12, human: 12.7 },
});
const margins = (before: number, after: number, teacher: number, half = 0.01) => {
  const around = (difference: number) => ({ difference, low: difference - half, high: difference + half });
  return {
    margins: {
      overHumanBefore: around(before),
      overHumanAfter: around(after),
      overTeacherBefore: around(teacher),
    },
  };
};

describe("notes on an evaluation", () => {
  it("are absent where the reward rose and nothing else is remarkable", () => expect(notes({})).toEqual([]));

  it("say of few dialogues how large a difference must be, and nothing of 50", () => {
    expect(notes({ dialogues: 14, reward: compared(0, 0.2, 0.06) })).toEqual([
      expect.stringMatching(
        /^14 dialogues are few: a change of less than about 0\.060 in reward cannot be told/,
      ),
    ]);
    expect(notes({ dialogues: 49 })).toHaveLength(1);
    expect(notes({ dialogues: 50 })).toEqual([]);
    expect(notes({ dialogues: 1, reward: absent })[0]).toMatch(/^1 dialogue is few: a change cannot/);
  });

  it("say that a reward is flat or fell, by its interval and not by its size", () => {
    expect(notes({ reward: compared(0, 0.009, 0.06) })).toEqual([
      expect.stringMatching(
        /no clear change \(\+0\.009, 95 % interval -0\.051 to \+0\.069\).*nothing else .* is a gain/,
      ),
    ]);
    expect(notes({ reward: compared(0, 0.5, 0.6) })).toHaveLength(1);
    expect(notes({ reward: compared(0, 0.0005, 0.0001) })).toEqual([]);
    expect(notes({ reward: compared(0.01, -0.04) })).toEqual([expect.stringMatching(/^The reward fell/)]);
  });

  it("name the teacher's side of a reward that rose without the child's score", () => {
    const score = (after: number) => ({
      childScore: { ...compared(0.4, after), teacher: 0.43, human: 0.45 },
    });
    expect(notes(score(0.4))).toEqual([
      expect.stringMatching(/although the child's own score did not rise clearly: the teacher's/),
    ]);
    expect(notes(score(0.39))).toHaveLength(1);
    expect(notes({ ...score(0.4), reward: compared(0, 0) })[0]).toMatch(/no clear change/);
  });

  it("report every clear change of length, and none that is not clear", () => {
    expect(notes(length(10, 5.3, 1))).toEqual([
      expect.stringMatching(/^Turns became shorter, from 10\.0 to 5\.3 words; human turns have 12\.7\./),
    ]);
    expect(notes(length(11.3, 17.3, 1))).toEqual([
      expect.stringMatching(/^Turns became longer, from 11\.3 to 17\.3/),
    ]);
    expect(notes(length(11.3, 11.6, 0.1))).toHaveLength(1);
    expect(notes(length(10, 40, 31))).toEqual([]);
    expect(notes({ length: { ...compared(10, 20), teacher: null, human: null } })[0]).toMatch(
      /20\.0 words\. L/,
    );
  });

  it("report more repetition, but not less", () => {
    const repetition = (after: number) => ({
      repetition: { ...compared(0.02, after), teacher: 0.01, human: 0.02 },
    });
    expect(notes(repetition(0.08))).toEqual([
      expect.stringMatching(/from 0\.0200 to 0\.0800; in human turns it is 0\.0200/),
    ]);
    expect(notes(repetition(0.002))).toEqual([]);
  });

  it("call a higher perplexity the price of the reward only where the reward rose", () => {
    const perplexity = compared(37.6, 40.4);
    expect(notes({ perplexity })).toEqual([
      expect.stringMatching(/perplexity 37\.6 to 40\.4\. That is the price/),
    ]);
    const flat = notes({ perplexity, reward: compared(0, 0.009, 0.06) });
    expect(flat.join("\n")).not.toContain("price");
    expect(flat[1]).toMatch(/no gain in reward for it/);
    expect(notes({ perplexity: compared(40.4, 37.6) })).toEqual([]);
    expect(notes({ perplexity: compared(37.6, 40.4, 3) })).toEqual([]);
  });

  it("report a child that outscores human turns or the teacher only where the interval says so", () => {
    expect(notes(margins(0.02, 0.05, -0.1))).toEqual([
      expect.stringMatching(
        /clearly above human turns before and after training \(0\.400 to 0\.440; human turns 0\.450\)/,
      ),
    ]);
    expect(notes(margins(-0.02, 0.05, -0.1))[0]).toMatch(/above human turns after training/);
    expect(notes(margins(0.02, 0, -0.1))[0]).toMatch(/above human turns before training/);
    expect(notes(margins(0.02, 0.05, -0.1, 0.06))).toEqual([]);
    expect(notes(margins(-0.1, -0.1, 0.024))).toEqual([
      expect.stringMatching(/above the teacher's versions of them \(reward -0\.100\)/),
    ]);
  });

  it("name what has seen the dialogues before, and how many", () => {
    expect(
      notes({
        seen: [
          { by: "the child", count: 18 },
          { by: "the teacher", count: 1 },
          { by: "no one", count: 0 },
        ],
      }),
    ).toEqual([
      expect.stringMatching(/^18 of the 271 dialogues were seen by the child before: figures/),
      expect.stringMatching(/^1 of the 271 dialogues was seen by the teacher before/),
    ]);
    expect(notes({ setting: { unseen: false, data: "x.csv" } })).toEqual([
      expect.stringMatching(/^The dialogues are not known to be held out/),
    ]);
    expect(notes({ setting: { unseen: true }, seen: [] })).toEqual([]);
  });

  it("are absent where a file of an older version, or an evaluation without human turns and teacher, has no values", () => {
    const { margins: _, ...older } = constructed();
    expect(evaluationNotes(older)).toEqual([]);
    const none = { difference: null, low: null, high: null };
    const absentMargins = { overHumanBefore: none, overHumanAfter: none, overTeacherBefore: none };
    expect(notes({ margins: absentMargins, perplexity: absent, kl: absent })).toEqual([]);
  });
});

describe("an interval", () => {
  it("is clear when it excludes zero, not when it touches it or is absent", () => {
    expect(changeOf({ low: 0.1, high: 0.2 })).toBe("up");
    expect(changeOf({ low: -0.2, high: -0.1 })).toBe("down");
    expect(changeOf({ low: -0.2, high: 0 })).toBe("unclear");
    expect(changeOf({ low: null, high: null })).toBe("unknown");
    expect([0.1, -0.1, null].map((low) => isClear({ low, high: 0.2 }))).toEqual([true, false, false]);
  });
});

describe("the dialogues of an evaluation", () => {
  it("are called held-out unless the record says that they may have been seen", () => {
    expect(whichDialogues(constructed())).toBe("271 held-out dialogues");
    expect(whichDialogues(constructed({ dialogues: 1, setting: { unseen: true } }))).toBe(
      "1 held-out dialogue",
    );
    expect(
      whichDialogues(constructed({ dialogues: 1200, setting: { unseen: false, data: "other.csv" } })),
    ).toBe("1,200 dialogues of other.csv");
  });
});
