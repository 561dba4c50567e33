// Continues a dialogue with a child, three times from different seeds.
//   node examples/generate.mjs [MODEL_FOLDER]
import { LanguageModel, Tokenizer } from "dialogue-ppo";

const folder = process.argv[2] ?? "data/starter/child";
const tokenizer = await Tokenizer.load(folder);
const child = await LanguageModel.load(folder);

// A prompt ends with the label of whoever speaks next; a turn ends at the first line feed.
const prompt = "A:: What did you do at the weekend?\nB:: We went to the lake with the children.\nA::";
const ids = tokenizer.encode(prompt); // Int32Array, the tokenizer's first token in front

const { sequences } = await child.generate({
  prompts: [ids, ids, ids], // rows of a batch may differ in length
  maxNewTokens: 40,
  doSample: true, // temperature 1, no filtering: options that are not given are off
  stopTokenIds: tokenizer.idsContaining("\n"), // besides the model's own end ids
  seed: 7, // row i draws from (7, i), whatever the other rows are
});

for (const sequence of sequences) {
  // New tokens only; the one that ended the row is its last.
  console.log(`A:: ${tokenizer.decode(sequence).trim()}`);
}

// How likely was the first continuation, token by token? Natural logarithms; token 0 has none.
const [first] = sequences;
const whole = Int32Array.from([...ids, ...first]);
const [logProbs] = await child.logProbs([whole]);
const ofTurn = logProbs.slice(ids.length - 1);
const perplexity = Math.exp(-ofTurn.reduce((sum, value) => sum + value, 0) / ofTurn.length);
console.log(`perplexity of the first one: ${perplexity.toFixed(1)} over ${ofTurn.length} tokens`);

await child.dispose();
