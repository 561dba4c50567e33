// Runs golden PPO cases in all processes that mpirun starts. The first writes the results and the weights.
//   node golden-ranks.js JOBS RESULTS: files of v8.serialize
import { readFileSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { openGroup } from "../../dist/group/group.js";
import { LanguageModel } from "../../dist/model/language-model.js";
import { PpoTrainer } from "../../dist/model/ppo-trainer.js";

const [jobs, results] = process.argv.slice(2);

async function runCase(group, { policy, reference, options, batches, output }) {
  const child = await LanguageModel.load(policy, { trainable: true, valueHead: true });
  const frozen = reference && (await LanguageModel.load(reference));
  const given = { ...options, ...(frozen && { reference: frozen }) };
  const trainer = await PpoTrainer.create(child, given, group);
  const steps = [];
  for (const batch of batches) steps.push(await trainer.step(batch));
  if (group.isFirst) await child.save(output);
  await Promise.all([trainer.dispose(), child.dispose(), frozen?.dispose()]);
  return steps;
}

const group = openGroup();
await group.together(async () => {
  const found = [];
  for (const job of deserialize(readFileSync(jobs))) found.push(await runCase(group, job));
  if (group.isFirst) writeFileSync(results, serialize(found));
});
