// Measures how much of the variance of the reward the child's turn explains, and how much the reward depends on the length
// of the turn. Turns of other dialogues stand for the turns of a child and of a teacher. Prints figures only.
//   node scripts/reward-variance.js --data dialogues.csv [--prompts 300] [--spaces DIR]
import { loadDialogues } from "../dist/data/load.js";
import { splitDialogues } from "../dist/data/split.js";
import { splitWords } from "../dist/reward/guards.js";
import { measureCalibration } from "../dist/reward/measure-calibration.js";
import { Scorer } from "../dist/reward/scorer.js";
import { loadSpaces } from "../dist/spaces/load.js";
import { Taaco } from "../dist/taaco/taaco.js";
import { readArguments } from "./arguments.js";
import {
  correlation,
  evenSample,
  mean,
  promptsWithHumanTurn,
  randomGenerator,
  variance,
} from "./sampling.js";

const { values: flags } = readArguments(
  "node scripts/reward-variance.js --data dialogues.csv [--prompts 300] [--spaces DIR]",
  {
    options: {
      data: { type: "string" },
      prompts: { type: "string", default: "300" },
      spaces: { type: "string" },
    },
  },
  ["data"],
);

/** Number of child turns for each prompt, and of teacher turns for each child turn. */
const [CHILDREN, TEACHERS] = [8, 4];

/**
 * Returns the share of the variance of all rewards that the child's turn explains: the variance within a prompt and with
 * fixed teacher turns, divided by the total variance.
 */
function turnsShare(scores, teacherScores) {
  const rewards = scores.flatMap((row, at) =>
    row.map((score, child) => score - (teacherScores ? mean(teacherScores[at][child]) : 0)),
  );
  return mean(scores.map((row) => variance(row) * (CHILDREN / (CHILDREN - 1)))) / variance(rewards);
}

const { dialogues } = await loadDialogues(flags.data);
const { train, evaluation } = splitDialogues(dialogues, { evalFraction: 0.2, seed: 0 });
const prompts = promptsWithHumanTurn(evaluation);
const pool = prompts.map(({ human }) => human).filter((human) => splitWords(human).length > 1);
const sample = evenSample(prompts, Number(flags.prompts));
const random = randomGenerator(1);
const draw = () => pool[Math.floor(random() * pool.length)];
const turns = sample.map(() => Array.from({ length: CHILDREN }, draw));
const teachers = sample.map(() =>
  Array.from({ length: CHILDREN }, () => Array.from({ length: TEACHERS }, draw)),
);

const spaces = flags.spaces ? await loadSpaces(flags.spaces) : [];
const corrected = await Taaco.create({ spaces });
const experiment = await Taaco.create({ mode: "experiment" });
const calibration = await measureCalibration(corrected, promptsWithHumanTurn(train), {
  scoredText: "dialogue",
});
console.log(
  "preset     no teacher    one teacher   mean of four  spread        r with log length, with 8+ words",
);
for (const preset of ["taaco", "turn", "original"]) {
  const taaco = preset === "original" ? experiment : corrected;
  const options = { preset, indexMode: "corrected", scoredText: "dialogue", calibration, taaco };
  const scorer = Scorer.create(options);
  const contexts = sample.map((prompt) => scorer.prepare(prompt));
  const scores = turns.map((row, at) => row.map((turn) => scorer.score(contexts[at], turn).value));
  const teacherScores = teachers.map((row, at) =>
    row.map((drawn) => drawn.map((turn) => scorer.score(contexts[at], turn).value)),
  );
  const firstTeacher = teacherScores.map((row) => row.map(([first]) => [first]));
  const spread = Math.sqrt(mean(scores.map((row) => variance(row) * (CHILDREN / (CHILDREN - 1)))));
  const length = scores.flatMap((row, at) =>
    row.map((score, child) => [Math.log(splitWords(turns[at][child]).length), score - mean(row)]),
  );
  const long = length.filter(([words]) => words >= Math.log(8));
  const figures = [
    turnsShare(scores),
    turnsShare(scores, firstTeacher),
    turnsShare(scores, teacherScores),
    spread,
  ];
  const shown = [
    ...figures.map((figure) => figure.toFixed(4)),
    correlation(length).toFixed(3),
    correlation(long).toFixed(3),
  ];
  console.log(`${preset.padEnd(10)} ${shown.map((text) => text.padEnd(14)).join("")}`);
}
