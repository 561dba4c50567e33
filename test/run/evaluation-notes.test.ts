import { describe, expect, it } from "vitest";
import { type Comparison, type EvaluationRecord, isClear } from "../../lib/run/evaluation.ts";
import { evaluationNotes, whichDialogues } from "../../lib/run/evaluation-notes.ts";

const compared = (before: number, after: number, half = 0.001): Comparison => ({
  before,
  after,
  difference: after - before,
  low: after - before - half,
  high: after - before + half,
});

/** An evaluation without anything remarkable. */
function record(changes: Partial<EvaluationRecord> = {}): EvaluationRecord {
  return {
    dialogues: 271,
    samplesPerPrompt: 4,
    reward: compared(-0.1, 0.01),
    childScore: { ...compared(0.4, 0.44), teacher: 0.43, human: 0.45 },
    kl: compared(0, 2),
    perplexity: compared(30, 30.2, 0.5),
    length: { ...compared(11, 12), teacher: 12, human: 12.7 },
    repetition: { ...compared(0.02, 0.02), teacher: 0.01, human: 0.02 },
    indices: {},
    ...changes,
  };
}

describe("notes on an evaluation", () => {
  it("are absent where nothing is remarkable", () => expect(evaluationNotes(record())).toEqual([]));

  it("report a child that scores above human turns, before or after training", () => {
    const score = (before: number, after: number): string[] =>
      evaluationNotes(record({ childScore: { ...compared(before, after), teacher: 0.43, human: 0.432 } }));
    expect(score(0.447, 0.46)).toEqual([
      expect.stringMatching(
        /above people's before training already \(0\.447 before, 0\.460 after, 0\.432 for/,
      ),
    ]);
    expect(score(0.4, 0.46)[0]).toMatch(/above people's after training/);
    expect(score(0.4, 0.43)).toEqual([]);
  });

  it("report a reward above zero at the start, turns much longer or shorter than human ones, and a higher perplexity", () => {
    expect(evaluationNotes(record({ reward: compared(0.024, 0.041) }))[0]).toMatch(
      /already \(reward 0\.024\)/,
    );
    const length = (after: number): string[] =>
      evaluationNotes(record({ length: { ...compared(20, after), teacher: 12, human: 12.5 } }));
    expect(length(39)[0]).toMatch(/longer than people's by far: 39\.0 words against 12\.5, 20\.0 before/);
    expect(length(5)[0]).toMatch(/shorter than people's by far: 5\.0 words/);
    expect(length(24)).toEqual([]);
    expect(evaluationNotes(record({ perplexity: compared(37.6, 40.4) }))[0]).toMatch(
      /perplexity 37\.6, now 40\.4/,
    );
    expect(evaluationNotes(record({ perplexity: compared(40.4, 37.6) }))).toEqual([]);
  });

  it("are absent where the values of human or teacher are absent", () => {
    const none = { teacher: null, human: null };
    expect(
      evaluationNotes(
        record({
          reward: compared(0.4, 0.5),
          childScore: { ...compared(0.4, 0.5), ...none },
          length: { ...compared(2, 90), ...none },
        }),
      ),
    ).toEqual([]);
  });
});

describe("an interval", () => {
  it("is clear when it excludes zero, not when it touches it or is absent", () => {
    expect(isClear({ low: 0.1, high: 0.2 })).toBe(true);
    expect(isClear({ low: -0.2, high: -0.1 })).toBe(true);
    expect(isClear({ low: -0.2, high: 0 })).toBe(false);
    expect(isClear({ low: null, high: null })).toBe(false);
  });
});

describe("the dialogues of an evaluation", () => {
  it("are called held-out unless the record says that they may have been seen", () => {
    expect(whichDialogues(record())).toBe("271 held-out dialogues");
    expect(whichDialogues(record({ dialogues: 1, setting: { unseen: true } }))).toBe("1 held-out dialogue");
    expect(whichDialogues(record({ dialogues: 1200, setting: { unseen: false, data: "other.csv" } }))).toBe(
      "1,200 dialogues of other.csv",
    );
  });
});
