// Training with a reward of one's own, computed at once or fetched from elsewhere.
//   node examples/custom-reward.mjs [OPTIONS_AS_JSON]
// A folder that holds a run already is refused: before a second time, move the two away or give another "outputDir".
import { createTaacoReward, train } from "dialogue-ppo";

// Options have the names of the command line in camelCase; what is left out has its default.
const options = { steps: 3, batchSize: 4, ...JSON.parse(process.argv[2] ?? "{}") };

/** Rewards questions: 1 for a turn that ends with a question mark, 0 otherwise. */
function asksBack(samples) {
  return samples.map(({ child }) => (child.trimEnd().endsWith("?") ? 1 : 0));
}

/**
 * Builds on the default reward, the cohesion of the child's turn minus that of the teacher's turn, with something slow: a
 * classifier behind HTTP, a person, another process.
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
      // A result with a `reason` has no reward. The failure policy then decides: another dialogue replaces the sample.
      return results.map((result, index) =>
        "reason" in result ? result : { ...result, reward: result.reward - penalties[index] },
      );
    },
  };
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
await run("async", await cohesionAndBrevity());
