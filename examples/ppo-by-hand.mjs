// Runs PPO with a toy reward and without dialogues: the model learns to write tokens that contain an e.
// The program shows what `train` does in each step.
//   node examples/ppo-by-hand.mjs [MODEL_FOLDER] [STEPS] [LEARNING_RATE]
import { fileURLToPath } from "node:url";
import { LanguageModel, PpoTrainer, Tokenizer } from "dialogue-ppo";

const folder = process.argv[2] ?? fileURLToPath(new URL("../data/starter/child", import.meta.url));
const steps = Number(process.argv[3] ?? 20);
const learningRate = Number(process.argv[4] ?? 3e-4); // high, so that twenty steps have an effect
const BATCH = 16;

const tokenizer = await Tokenizer.load(folder);
// The value head is read from the folder. If there is none, it is initialised from the seed.
const policy = await LanguageModel.load(folder, { trainable: true, valueHead: true, seed: 0 });
const trainer = await PpoTrainer.create(policy, {
  batchSize: BATCH,
  miniBatchSize: 4,
  learningRate,
  useScoreScaling: true, // the shares differ by hundredths only, and the KL penalty would outweigh them
  useScoreNorm: true,
  initKlCoef: 0.02,
  // Without the option `reference`, the reference is a frozen copy of the policy as it is now.
});

const query = tokenizer.encode("A:: Tell me something.\nB::");
const withE = new Set(tokenizer.idsContaining("e"));
const share = (ids) => ids.filter((id) => withE.has(id)).length / ids.length;
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

for (let step = 1; step <= steps; step++) {
  const queries = Array.from({ length: BATCH }, () => query);
  const { sequences: responses } = await policy.generate({
    prompts: queries,
    maxNewTokens: 16,
    minNewTokens: 16,
    doSample: true, // at temperature 1 without filtering, which PPO's ratios and KL assume
    seed: step,
  });
  const scores = Float32Array.from(responses, share);
  const { stats, gradientNorms } = await trainer.step({ queries, responses, scores });
  console.log(
    `step ${step}: share with e ${mean(scores).toFixed(3)}, KL ${stats["objective/kl"].toFixed(2)} nats per turn, ` +
      `loss ${stats["ppo/loss/total"].toFixed(4)}, ${gradientNorms.length} updates`,
  );
}

await trainer.dispose();
await policy.dispose();
