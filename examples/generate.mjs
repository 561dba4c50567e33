// Lets a child continue a dialogue three times.
//   node examples/generate.mjs [MODEL_FOLDER]
import { fileURLToPath } from "node:url";
import { LanguageModel, Tokenizer } from "dialogue-ppo";

const folder = process.argv[2] ?? fileURLToPath(new URL("../data/starter/child", import.meta.url));
const tokenizer = await Tokenizer.load(folder);
const child = await LanguageModel.load(folder);

// A prompt ends with the label of the next speaker. A turn ends at the first line feed.
const prompt = "A:: What did you do at the weekend?\nB:: We went to the lake with the children.\nA::";
const ids = tokenizer.encode(prompt); // an Int32Array that begins with the tokenizer's first token

const { sequences } = await child.generate({
  prompts: [ids, ids, ids], // the rows of a batch may differ in length
  maxNewTokens: 40,
  doSample: true, // at temperature 1 without filtering, because no other option is given
  stopTokenIds: tokenizer.idsContaining("\n"), // in addition to the end ids of the model
  seed: 7, // row i draws random numbers from (7, i); the other rows do not matter
});

for (const sequence of sequences) {
  // A sequence has the new tokens only. The last one is the token that ended it.
  console.log(`A:: ${tokenizer.decode(sequence).trim()}`);
}

// The log-probability of each token of the first continuation: natural logarithms, and none for token 0.
const [first] = sequences;
const whole = Int32Array.from([...ids, ...first]);
const [logProbs] = await child.logProbs([whole]);
const ofTurn = logProbs.slice(ids.length - 1);
const perplexity = Math.exp(-ofTurn.reduce((sum, value) => sum + value, 0) / ofTurn.length);
console.log(`perplexity of the first one: ${perplexity.toFixed(1)} over ${ofTurn.length} tokens`);

await child.dispose();
