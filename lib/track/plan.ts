import type { TrainConfig } from "../options/train-config.ts";
import { type Environment, findProgram, wandbEnvironment, wandbKeySource } from "./wandb/environment.ts";

function describeWandb(project: string, env: Environment): string {
  const { mode, entity, problems } = wandbEnvironment(env);
  const remarks = problems.map((problem) => ` (${problem})`).join("");
  if (mode === "disabled") return `W&B switched off by the environment${remarks}`;
  const key = wandbKeySource(env);
  const uploadsLive = mode === "online" && key !== undefined && findProgram("wandb", env) !== undefined;
  const keyNote = key === undefined ? "no key found (WANDB_API_KEY or netrc)" : `key from ${key}`;
  if (!uploadsLive)
    return `W&B project ${project}, ${keyNote}: runs are written offline, upload with the line printed at the end${remarks}`;
  const base = withoutPassword(env.WANDB_BASE_URL || "https://wandb.ai").replace("://api.", "://");
  return `W&B project ${project}, ${keyNote}, uploaded while training to ${base}/${entity ?? "<your account>"}/${project}${remarks}`;
}

/** Returns an address without the password that it can contain. */
function withoutPassword(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (url.username === "" && url.password === "") return address;
  [url.username, url.password] = ["", ""];
  return url.href;
}

/** Describes where a run will log its metrics and where the W&B key was found. Connects to nothing. */
export function trackingPlan(
  config: Pick<TrainConfig, "tensorboard" | "wandbProject" | "watch">,
  env: Environment,
): string[] {
  return [
    "training_log.jsonl",
    ...(config.tensorboard ? ["TensorBoard events"] : []),
    ...(config.wandbProject ? [describeWandb(config.wandbProject, env)] : []),
    ...(env.TRACKIO_SERVER_URL ? [`Trackio at ${withoutPassword(env.TRACKIO_SERVER_URL)}`] : []),
    ...(config.watch ? ["live page"] : []),
  ];
}
