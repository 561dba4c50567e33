import { type CallOptions, checkCall } from "../call.ts";
import { withCallbacks } from "../callbacks.ts";
import { loadTrainingData, logDataWarnings } from "../data/training-data.ts";
import { abortError } from "../errors.ts";
import { silentLogger } from "../log.ts";
import { resolveConfig } from "../options/resolve.ts";
import type { TrainConfig } from "../options/train-config.ts";
import type { Reward } from "../reward/reward.ts";
import { TaacoReward } from "../reward/taaco-reward.ts";
import { buildPrompts } from "./prompts.ts";
import { prepareScoring } from "./scoring.ts";

/**
 * Prepares the reward that `train` uses by default, so that a custom reward can build on it. Unless the options name
 * files, semantic spaces are learned from the training dialogues, the indices are measured on them, and both are
 * cached.
 *
 * @param input options of the run, as for `train`
 * @throws DialoguePpoError ERR_CONFIG, ERR_DATA, ERR_ABORTED
 * @example
 * const cohesion = await createTaacoReward({ data: "dialogues.csv" });
 * const steps = train(
 *   { data: "dialogues.csv", steps: 10 },
 *   {
 *     reward: {
 *       name: "taaco",
 *       async score(samples, signal) {
 *         const results = await cohesion.score(samples, signal);
 *         const bonus = samples.map(({ child }) => (child.endsWith("?") ? 0.1 : 0));
 *         return results.map((one, at) =>
 *           "reason" in one ? one : { ...one, reward: one.reward + (bonus[at] ?? 0) },
 *         );
 *       },
 *     },
 *   },
 * );
 * for await (const { step, stats } of steps) console.log(step, stats["env/reward_mean"]);
 */
export async function createTaacoReward(
  input: Partial<TrainConfig> & { readonly preset?: string } = {},
  call: CallOptions = {},
): Promise<Reward> {
  checkCall("createTaacoReward", input, call);
  const { preset, ...flags } = input;
  const { config } = resolveConfig({ flags, preset });
  return withCallbacks(call, async ({ signal, log = silentLogger }) => {
    // What is cached already takes no time in which the signal would be looked at.
    if (signal?.aborted) throw abortError(signal);
    const data = await loadTrainingData(config);
    logDataWarnings(data, log);
    const { train } = data;
    const prompts = buildPrompts(train, config.promptTurns);
    const { scorer } = await prepareScoring({ config, dialogues: train, prompts, log, signal });
    return new TaacoReward(scorer);
  });
}
