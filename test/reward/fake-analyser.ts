import type { Analyser } from "../../lib/reward/analyser.ts";
import type { Calibration, LengthTable } from "../../lib/reward/calibration.ts";
import type { ScorePreset } from "../../lib/reward/preset.ts";
import type { AnnotatedText, AnnotatedToken, ArithmeticMode, IndexValues } from "../../lib/taaco/types.ts";

const sentence = (text: string): AnnotatedToken[] =>
  text
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => [word, word.toLowerCase(), "NN", "CN"]);

/** Counts the words of an annotated text. */
export const formsOf = (text: AnnotatedText): string[] => text.flat(2).map(([form]) => form);

/** An analyser that splits at spaces, measures with the test's function and counts the analyses. */
export function fakeAnalyser(
  measure: {
    text?: (forms: string[], paragraphs: AnnotatedText) => IndexValues;
    turn?: (forms: string[], context: string[]) => IndexValues;
  } = {},
  mode: ArithmeticMode = "corrected",
): Analyser & { analysed: string[] } {
  const analysed: string[] = [];
  return {
    mode,
    spaces: [],
    listSource: "own",
    analysed,
    analyse(input) {
      const lines = typeof input === "string" ? input.split("\n") : input.turns.map(({ text }) => text);
      analysed.push(...lines);
      return lines.map((line) => [sentence(line)]);
    },
    analyseAhead: (_, pause) => pause(),
    indices: ({ paragraphs }) => measure.text?.(formsOf(paragraphs), paragraphs) ?? {},
    turnExtras: (turn, context) => measure.turn?.(formsOf(turn), formsOf(context)) ?? {},
  };
}

/** A preset of one index of the turn, `dppo_turn_x`, which `fakeAnalyser` can measure. */
export const oneIndexPreset: ScorePreset = {
  name: "own",
  scope: "turn",
  raw: false,
  experiment: false,
  terms: [{ index: "dppo_turn_x", weight: 1, sign: 1, clip: [-3, 3] }],
  guards: [],
};

/** A calibration of scored dialogues, measured on no corpus. */
export const fakeCalibration = (text: LengthTable, turn: LengthTable): Calibration => ({
  format: "dialogue-ppo calibration",
  version: 1,
  corpus: { hash: "0".repeat(64), dialogues: 100 },
  indexMode: "corrected",
  scoredText: "dialogue",
  lists: "own",
  spaces: [],
  text,
  turn,
});
