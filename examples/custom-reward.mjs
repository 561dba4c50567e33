// Training with a reward of one's own, computed at once or fetched from elsewhere.
//   node examples/custom-reward.mjs [OPTIONS_AS_JSON]
// A folder that holds a run already is refused: before a second time, move the two away or give another "outputDir".
import { train } from "dialogue-ppo";

// Options have the names of the command line in camelCase; what is left out has its default.
const options = { steps: 3, batchSize: 4, ...JSON.parse(process.argv[2] ?? "{}") };

/** Questions are good: 1 for a turn that ends with a question mark, 0 otherwise. */
function asksBack(samples) {
  return samples.map(({ child }) => (child.trimEnd().endsWith("?") ? 1 : 0));
}

/** The same wish beside cohesion, from something slow: a classifier behind HTTP, a person, another process. */
async function fromElsewhere(samples) {
  const judged = await Promise.all(
    samples.map(async ({ child, human }) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return human !== null && child.length > human.length ? -0.1 : 0;
    }),
  );
  // childScore and teacherScore are the cohesion scores, null where a text could not be analysed. A reward that is not
  // finite is treated by --failure-policy: the sample is replaced by the next dialogue, unless told otherwise.
  return samples.map(({ childScore, teacherScore }, index) => childScore - teacherScore + judged[index]);
}

async function run(name, reward) {
  const controller = new AbortController(); // controller.abort() would end the run at once
  const outputDir = `${options.outputDir ?? "checkpoints_custom_reward"}-${name}`;
  for await (const { step, stats, samples } of train(
    { ...options, outputDir },
    { reward, signal: controller.signal },
  )) {
    const [sample] = samples;
    console.log(
      `${name} ${step}: reward ${stats["env/reward_mean"].toFixed(3)}, said: ${JSON.stringify(sample.child)}`,
    );
  }
}

await run("sync", asksBack);
await run("async", fromElsewhere);
