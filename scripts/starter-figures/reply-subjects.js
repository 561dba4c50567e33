// Measures what the reward does not: whether a child's replies are about the subject of their dialogue.
import { loadDialogues } from "../../dist/data/load.js";
import { splitDialogues } from "../../dist/data/split.js";
import { Exchange } from "../../dist/dialogue/exchange.js";
import { computeLikelihoods, humanTurnRows } from "../../dist/dialogue/likelihood.js";
import { buildPrompt } from "../../dist/dialogue/prompt.js";
import { pairedBootstrap } from "../../dist/evaluate/bootstrap.js";
import { drawTurns } from "../../dist/evaluate/turns.js";
import { LanguageModel } from "../../dist/model/language-model.js";
import { Tokenizer } from "../../dist/model/tokenizer.js";
import { PRESETS } from "../../dist/options/presets.js";
import { mean, randomGenerator } from "../sampling.js";
import { commonWords } from "../starter-dialogues/fill.js";
import { SHAPES } from "../starter-dialogues/shapes/index.js";
import { readSubjects, subjectOf, subjectWords } from "../starter-dialogues/subjects.js";

/** The split of the starter preset. */
const SPLIT = { evalFraction: PRESETS.starter.evalFraction, seed: 0 };

/** Returns the training and the held-out dialogues of a file, and the owners of words. */
export async function loadStarter(file) {
  const { dialogues } = await loadDialogues(file);
  const owners = subjectWords(readSubjects(), commonWords(SHAPES));
  return { ...splitDialogues(dialogues, SPLIT), owners };
}

/** Returns the subject of a dialogue: the one with the most words in all its turns. */
const dialogueSubject = ({ turns }, owners) => subjectOf(turns.map(({ text }) => text).join(" "), owners);

/** Returns prompts with the subject of their dialogue and the last turn of a dialogue about another subject. */
export function subjectPrompts(dialogues, owners) {
  const random = randomGenerator(1);
  const known = dialogues.map((dialogue) => ({
    subject: dialogueSubject(dialogue, owners),
    prompt: buildPrompt(dialogue),
  }));
  return known.map((one) => {
    const others = known.filter(({ subject }) => subject !== one.subject);
    return { ...one, elsewhere: others[Math.floor(random() * others.length)].prompt.human };
  });
}

/** Returns the log-probability of each human turn per token. */
async function replyLogProbs(model, tokenizer, prompts) {
  const [rows] = await humanTurnRows(prompts, [{ model, tokenizer }]);
  return (await computeLikelihoods(model, rows)).map(({ nats, tokens }) => -nats / tokens);
}

/**
 * Measures a child on prompts.
 *
 * @returns for each prompt the share of the child's turns on the subject, and whether the child finds the true reply more
 *   likely per token than one from elsewhere; and the first turn of each prompt
 */
export async function measureChild(folder, tokenizerFolder, prompts, owners, { samples = 4, seed = 0 } = {}) {
  const model = await LanguageModel.load(folder);
  const tokenizer = await Tokenizer.load(tokenizerFolder);
  const exchange = new Exchange({ model, tokenizer }, undefined, { maxNewTokens: 40 });
  const plain = prompts.map(({ prompt }) => prompt);
  const drawn = await drawTurns(exchange, plain, { samplesPerPrompt: samples, rows: 256, seed });
  const trueReplies = await replyLogProbs(model, tokenizer, plain);
  const elsewhere = await replyLogProbs(
    model,
    tokenizer,
    prompts.map(({ prompt, elsewhere: human }) => ({ ...prompt, human })),
  );
  await model.dispose();
  return {
    onSubject: drawn.map(({ child }, at) =>
      mean(child.map((text) => Number(subjectOf(text, owners) === prompts[at].subject))),
    ),
    pairs: trueReplies.map((value, at) => Number(value > elsewhere[at])),
    turns: drawn.map(({ child }) => child[0]),
  };
}

/** Returns a measure before and after training with the 95 % interval of the difference. */
export const compare = (before, after) => pairedBootstrap(before, after, { seed: 0 });

/** Returns the share of the human replies that are on the subject. */
export const humanOnSubject = (prompts, owners) =>
  mean(prompts.map(({ prompt, subject }) => Number(subjectOf(prompt.human, owners) === subject)));
