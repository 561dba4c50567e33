// Trains with custom rewards: a synchronous function, and an asynchronous one that builds on the default reward.
//   node examples/custom-reward.mjs [OPTIONS_AS_JSON]
// `train` refuses a folder that already holds a run. Before a second call, move the two folders or set another "outputDir".
import { createTaacoReward, train } from "dialogue-ppo";

// Options have the names of the command line in camelCase. Options that are left out have their defaults.
const options = { steps: 3, batchSize: 4, ...JSON.parse(process.argv[2] ?? "{}") };

/** Rewards questions: 1 for a turn that ends with a question mark, 0 otherwise. */
function asksBack(samples) {
  return samples.map(({ child }) => (child.trimEnd().endsWith("?") ? 1 : 0));
}

/**
 * Extends the default reward, which is the cohesion of the child's turn minus that of the teacher's turn. The penalty is
 * asynchronous, as it would be with a classifier behind HTTP or another process.
 */
async function cohesionAndBrevity() {
  const cohesion = await createTaacoReward(options);
  return {
    name: "taaco",
    async score(samples, signal) {
      const results = await cohesion.score(samples, signal);
      const penalties = await Promise.all(
        samples.map(async ({ child, human }) => {
          await new Promise((resolve) => setTimeout(resolve, 1));
          return human !== null && child.length > human.length ? 0.1 : 0;
        }),
      );
      // A result with a `reason` has no reward. By default, the failure policy replaces its sample by another dialogue.
      return results.map((result, index) =>
        "reason" in result ? result : { ...result, reward: result.reward - penalties[index] },
      );
    },
  };
}

async function run(name, reward) {
  const controller = new AbortController(); // controller.abort() ends the run at once
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
await run("async", await cohesionAndBrevity());
