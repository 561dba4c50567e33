// Scoring as a training step does it: the child's and the teacher's turn of 16 dialogues, in one thread.
import { loadDialogues } from "../dist/data/load.js";
import { measureCalibration } from "../dist/reward/measure-calibration.js";
import { Scorer } from "../dist/reward/scorer.js";
import { scoreTurns } from "../dist/reward/taaco-reward.js";
import { Taaco } from "../dist/taaco/taaco.js";
import { promptsWithHumanTurn } from "../scripts/sampling.js";

export const DIALOGUES = 16;
const CALIBRATION_PROMPTS = 500;

/** Returns a space with a vector for every word. The values of the vectors do not affect the time. */
function completeSpace(kind, dimensions) {
  const rows = 1000;
  const values = Float32Array.from(
    { length: rows * dimensions },
    (_, at) => 0.5 + Math.sin(at * 12.9898) / 2,
  );
  const known = new Map();
  const row = (lemma) => {
    if (!known.has(lemma)) known.set(lemma, known.size % rows);
    return known.get(lemma);
  };
  return { kind, dimensions, values, row };
}

/**
 * Returns a function that scores the turns of the next 16 dialogues, `steps` times, and returns the seconds of each time.
 *
 * @param {{ data: string, dimensions: number, preset: string, steps: number }} work
 */
export async function prepareScoring({ data, dimensions, preset, steps }) {
  const spaces = ["lsa", "lda", "word2vec"].map((kind) => completeSpace(kind, dimensions));
  const corrected = await Taaco.create({ spaces });
  const { dialogues } = await loadDialogues(data);
  const prompts = promptsWithHumanTurn(dialogues);
  const scorer = Scorer.create({
    preset,
    indexMode: "corrected",
    scoredText: "dialogue",
    calibration: await measureCalibration(corrected, prompts.slice(0, CALIBRATION_PROMPTS), {
      scoredText: "dialogue",
    }),
    taaco: preset === "original" ? await Taaco.create({ mode: "experiment" }) : corrected,
  });
  let next = 0;
  const step = () => {
    const began = performance.now();
    for (let row = 0; row < DIALOGUES; row++, next++) {
      const at = next % prompts.length;
      // Human turns of other dialogues stand for the turns of the models.
      const child = prompts[(at + 1) % prompts.length].human;
      const teachers = [prompts[(at + 2) % prompts.length].human];
      scoreTurns(scorer, { ...prompts[at], child, teachers, human: null });
    }
    return (performance.now() - began) / 1000;
  };
  return () => Array.from({ length: steps }, step);
}
