// How much of a reward is the turn's doing, and how much of it is length: turns of other dialogues stand for samples
// of a child and of a teacher. Figures only.
//   node scripts/reward-variance.js --data dialogues.csv [--prompts 300] [--spaces DIR]
import { parseArgs } from "node:util";
import { loadDialogues } from "../dist/data/load.js";
import { splitDialogues } from "../dist/data/split.js";
import { buildPrompt } from "../dist/dialogue/prompt.js";
import { measureCalibration } from "../dist/reward/calibrate.js";
import { splitWords } from "../dist/reward/guards.js";
import { Scorer } from "../dist/reward/scorer.js";
import { loadSpaces } from "../dist/spaces/spaces.js";
import { Taaco } from "../dist/taaco/taaco.js";

const { values: flags } = parseArgs({
  options: {
    data: { type: "string" },
    prompts: { type: "string", default: "300" },
    spaces: { type: "string" },
  },
});
const [CHILDREN, TEACHERS] = [8, 4];

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values) => {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 2));
};

/** Share of the variance over all prompts and turns that remains inside a prompt with the teacher's luck fixed. */
function turnsShare(scores, teacherScores) {
  // Within: what changes with the child's turn alone. Total: also prompt and teacher.
  const rewards = scores.flatMap((row, at) =>
    row.map((score, child) => score - (teacherScores ? mean(teacherScores[at][child]) : 0)),
  );
  return mean(scores.map((row) => variance(row) * (CHILDREN / (CHILDREN - 1)))) / variance(rewards);
}

function correlation(pairs) {
  const [xs, ys] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
  const [mx, my] = [mean(xs), mean(ys)];
  const together = mean(pairs.map(([x, y]) => (x - mx) * (y - my)));
  return together / Math.sqrt(variance(xs) * variance(ys));
}

const promptsOf = (dialogues) =>
  dialogues.map((dialogue) => buildPrompt(dialogue)).filter((prompt) => prompt?.human);
const { dialogues } = await loadDialogues(flags.data);
const { train, evaluation } = splitDialogues(dialogues, { evalFraction: 0.2, seed: 0 });
const prompts = promptsOf(evaluation);
const pool = prompts.map(({ human }) => human).filter((human) => splitWords(human).length > 1);
const stride = Math.max(1, Math.floor(prompts.length / Number(flags.prompts)));
const sample = prompts.filter((_, at) => at % stride === 0).slice(0, Number(flags.prompts));
let state = 1;
const draw = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return pool[Math.floor((state / 2 ** 32) * pool.length)];
};
const turns = sample.map(() => Array.from({ length: CHILDREN }, draw));
const teachers = sample.map(() =>
  Array.from({ length: CHILDREN }, () => Array.from({ length: TEACHERS }, draw)),
);

const spaces = flags.spaces ? await loadSpaces(flags.spaces) : [];
const corrected = await Taaco.create({ spaces });
const experiment = await Taaco.create({ mode: "experiment" });
const calibration = await measureCalibration(corrected, promptsOf(train), { scoredText: "dialogue" });
console.log(
  "preset     no teacher    one teacher   mean of four  spread        r with log length, with 8+ words",
);
for (const preset of ["taaco", "turn", "original"]) {
  const taaco = preset === "original" ? experiment : corrected;
  const options = { preset, indexMode: "corrected", scoredText: "dialogue", calibration, taaco };
  const scorer = await Scorer.create(options);
  const contexts = sample.map((prompt) => scorer.prepare(prompt));
  const scores = turns.map((row, at) => row.map((turn) => scorer.score(contexts[at], turn).value));
  const four = teachers.map((row, at) =>
    row.map((some) => some.map((turn) => scorer.score(contexts[at], turn).value)),
  );
  const one = four.map((row) => row.map(([first]) => [first]));
  const spread = Math.sqrt(mean(scores.map((row) => variance(row) * (CHILDREN / (CHILDREN - 1)))));
  const length = scores.flatMap((row, at) =>
    row.map((score, child) => [Math.log(splitWords(turns[at][child]).length), score - mean(row)]),
  );
  const long = length.filter(([words]) => words >= Math.log(8));
  const figures = [turnsShare(scores), turnsShare(scores, one), turnsShare(scores, four), spread];
  const shown = [
    ...figures.map((figure) => figure.toFixed(4)),
    correlation(length).toFixed(3),
    correlation(long).toFixed(3),
  ];
  console.log(`${preset.padEnd(10)} ${shown.map((text) => text.padEnd(14)).join("")}`);
}
