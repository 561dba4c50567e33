// Everything that the commands do, from a program: count, check, calibrate, train, evaluate, report, generate, score.
//   node examples/whole-run.mjs [OPTIONS_AS_JSON]
// The run goes to `outputDir`, which must not hold a run yet. The other files go to the same folder.
import path from "node:path";
import {
  calibrate,
  check,
  countSteps,
  evaluate,
  generate,
  pretrain,
  report,
  score,
  train,
} from "dialogue-ppo";

// Options have the names of the command line in camelCase. An absent option takes its default.
const options = { steps: 2, batchSize: 4, evalFraction: 0.2, ...JSON.parse(process.argv[2] ?? "{}") };
const outputDir = options.outputDir ?? "checkpoints_whole_run";
const { data, seed, threads } = options;

const count = await countSteps(options);
console.log(`dialogues: ${count.dialogues}, of them ${count.heldOut} held out; ${count.totalSteps} steps`);

const { checks } = await check({ ...options, outputDir });
console.log(`checks: ${checks.filter(({ ok }) => ok).length} of ${checks.length} passed`);

for await (const { step, stats } of train({ ...options, outputDir })) {
  console.log(`step ${step}: reward ${stats["env/reward_mean"].toFixed(3)}`);
}

const evaluation = await evaluate({ run: outputDir, samplesPerPrompt: 1 });
console.log(
  `evaluation: reward ${evaluation.reward.before.toFixed(3)} -> ${evaluation.reward.after.toFixed(3)}`,
);

const page = report({ run: outputDir });
console.log(`report: ${path.basename(page.output)} of ${page.steps} steps`);

const { speaker, text } = await generate({ run: outputDir, dialogue: "A:: Did you see the dog?\nB:: No." });
console.log(`generated: ${speaker} says ${JSON.stringify(text)}`);

const calibration = await calibrate({ data, output: path.join(outputDir, "own-calibration.json") });
console.log(`calibration: ${calibration.dialogues} dialogues`);

let rows = 0;
for await (const { composite } of score({ data, workers: 0 })) if (composite !== null) rows += 1;
console.log(`scored: ${rows} texts`);

// A child of your own: here three steps of a very small one, which only shows the call.
const small = { size: "tiny", hiddenSize: 16, heads: 2, layers: 1, vocabSize: 300 };
const child = await pretrain({
  data,
  seed,
  threads,
  ...small,
  steps: 3,
  output: path.join(outputDir, "child"),
});
console.log(`pretrained: ${child.steps} steps, ended by ${child.ending}`);
