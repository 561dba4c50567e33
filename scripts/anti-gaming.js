// Compares the scores of turns that try to game the reward with the score of the human turn, for each score preset. Prints
// figures only, no text. The calibration is measured on the training split, and the scored dialogues are held out.
//   node scripts/anti-gaming.js --data dialogues.csv [--score-preset NAME|FILE ...] [--sample 1000] [--spaces DIR]
//     [--calibration FILE]
import { loadDialogues } from "../dist/data/load.js";
import { splitDialogues } from "../dist/data/split.js";
import { pairedBootstrap } from "../dist/evaluate/bootstrap.js";
import { readCalibration } from "../dist/reward/calibration-file.js";
import { splitWords } from "../dist/reward/guards.js";
import { measureCalibration } from "../dist/reward/measure-calibration.js";
import { resolvePreset } from "../dist/reward/presets.js";
import { Scorer } from "../dist/reward/scorer.js";
import { loadSpaces } from "../dist/spaces/load.js";
import { Taaco } from "../dist/taaco/taaco.js";
import { readArguments } from "./arguments.js";
import { evenSample, mean, promptsWithHumanTurn, randomGenerator } from "./sampling.js";

const { values: flags } = readArguments(
  "node scripts/anti-gaming.js --data dialogues.csv [--score-preset NAME|FILE ...] [--sample 1000] [--spaces DIR]\n" +
    "  [--calibration FILE] [--json]",
  {
    options: {
      data: { type: "string" },
      "score-preset": { type: "string", multiple: true, default: ["taaco", "turn"] },
      sample: { type: "string", default: "1000" },
      spaces: { type: "string" },
      calibration: { type: "string" },
      json: { type: "boolean", default: false },
    },
  },
  ["data"],
);

const CONNECTIVES = "and so because it that but then and if it so they and this because".split(" ");

/** Returns the words in random order. */
function shuffled(words, random) {
  const result = [...words];
  for (let at = result.length - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [result[at], result[other]] = [result[other], result[at]];
  }
  return result;
}

/** Ways to write a turn without content. Each gets the prompt, the prompt of another dialogue and a random generator. */
const TRICKS = {
  "copies the last turn": ({ turns }) => turns.at(-1).text,
  "copies the turn before it": ({ turns }) => (turns.at(-2) ?? turns.at(-1)).text,
  "copies the longest turn": ({ turns }) =>
    turns.reduce((best, { text }) => (text.length > best.length ? text : best), ""),
  "human turn, then the last turn": ({ turns, human }) => `${human} ${turns.at(-1).text}`,
  "human turn twice": ({ human }) => `${human} ${human}`,
  "human turn four times": ({ human }) => Array(4).fill(human).join(" "),
  "its first three words five times": ({ human }) =>
    Array(5).fill(human.split(/\s+/).slice(0, 3).join(" ")).join(" "),
  "connectives and pronouns only": ({ human }) =>
    CONNECTIVES.slice(0, Math.max(2, human.split(/\s+/).length)).join(" "),
  "words of the context, shuffled": ({ turns, human }, _, random) =>
    shuffled(
      turns.flatMap(({ text }) => text.split(/\s+/)),
      random,
    )
      .slice(0, Math.max(2, human.split(/\s+/).length))
      .join(" "),
  "long words of the context, shuffled": ({ turns, human }, _, random) => {
    const long = [...new Set(turns.flatMap(({ text }) => splitWords(text)))].filter(
      ({ length }) => length > 4,
    );
    return shuffled(long, random)
      .slice(0, Math.max(2, human.split(/\s+/).length))
      .join(" ");
  },
  "human turn, words shuffled": ({ human }, _, random) => shuffled(human.split(/\s+/), random).join(" "),
  "another dialogue's human turn": (_, other) => other.human,
  "human turn and another's": ({ human }, other) => `${human} ${other.human}`,
  "one word": () => "Yeah.",
  empty: () => "",
};

/** Returns a scorer for each preset. Measures the calibration on the prompts unless a file is given. */
async function scorersFor(prompts) {
  const spaces = flags.spaces ? await loadSpaces(flags.spaces) : [];
  const taaco = await Taaco.create({ spaces });
  const presets = flags["score-preset"].map(resolvePreset);
  const calibration = flags.calibration
    ? readCalibration(flags.calibration)
    : await measureCalibration(taaco, prompts, { scoredText: "dialogue", presets });
  return presets.map((preset) =>
    Scorer.create({ preset, indexMode: "corrected", scoredText: "dialogue", calibration, taaco }),
  );
}

/** Returns the mean score of the human turns and of each trick, with the bootstrap interval of the difference. */
function compare(scorer, sample) {
  const random = randomGenerator(7);
  const scores = Object.fromEntries(Object.keys(TRICKS).map((name) => [name, []]));
  const human = [];
  sample.forEach((prompt, at) => {
    const other = sample[(at + 1) % sample.length];
    const context = scorer.prepare(prompt);
    human.push(scorer.score(context, prompt.human).value);
    for (const [name, trick] of Object.entries(TRICKS)) {
      scores[name].push(scorer.score(context, trick(prompt, other, random)).value);
    }
  });
  const rows = Object.entries(scores).map(([name, values]) => {
    const difference = pairedBootstrap(human, values, { seed: 0, resamples: 2000 });
    return { name, score: mean(values), ...difference, human: mean(human) };
  });
  return { human: mean(human), rows };
}

const { dialogues } = await loadDialogues(flags.data);
const { train, evaluation } = splitDialogues(dialogues, { evalFraction: 0.2, seed: 0 });
const sample = evenSample(promptsWithHumanTurn(evaluation), Number(flags.sample));
const longEnough = sample.filter(({ human }) => human.trim().split(/\s+/).length > 1);
for (const scorer of await scorersFor(promptsWithHumanTurn(train))) {
  for (const [subset, prompts] of [
    ["all", sample],
    ["human turn of two words or more", longEnough],
  ]) {
    const { human, rows } = compare(scorer, prompts);
    if (flags.json) {
      console.log(
        JSON.stringify({ preset: scorer.preset.name, of: subset, dialogues: prompts.length, human, rows }),
      );
      continue;
    }
    console.log(
      `\n${scorer.preset.name}, ${subset} (${prompts.length} dialogues): human turn ${human.toFixed(3)}`,
    );
    for (const { name, score, difference, low, high } of rows) {
      const interval = `${difference.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
      console.log(`  ${name.padEnd(34)} ${score.toFixed(3)}   ${interval}`);
    }
  }
}
