import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings from the WANDB_* variables that the Python client also reads. */
export interface WandbEnvironment {
  readonly mode: "online" | "offline" | "disabled";
  readonly entity: string | undefined;
  readonly name: string | undefined;
  readonly group: string | undefined;
  readonly notes: string | undefined;
  readonly tags: readonly string[];
  /** Folder in which `wandb/` is created. Default: the run folder. */
  readonly directory: string | undefined;
  /** Checkpoints that become artifacts. WANDB_LOG_MODEL has the values of transformers, but defaults to "end". */
  readonly logModel: "end" | "checkpoint" | "false";
}

const parseChoice = <T extends string>(value: string | undefined, choices: readonly T[], fallback: T): T =>
  choices.find((choice) => choice === value?.toLowerCase()) ?? fallback;

/** Reads the WANDB_* variables. An unknown value of a choice counts as its default. */
export function wandbEnvironment(env: Environment): WandbEnvironment {
  const text = (name: string): string | undefined => env[name] || undefined;
  const tags = (text("WANDB_TAGS") ?? "").split(",").map((tag) => tag.trim());
  const disabled = text("WANDB_DISABLED")?.toLowerCase() === "true";
  const mode = disabled ? "disabled" : text("WANDB_MODE");
  return {
    mode: parseChoice(mode, ["online", "offline", "disabled"], "online"),
    entity: text("WANDB_ENTITY"),
    name: text("WANDB_NAME"),
    group: text("WANDB_RUN_GROUP"),
    notes: text("WANDB_NOTES"),
    tags: tags.filter((tag) => tag !== ""),
    directory: text("WANDB_DIR"),
    logModel: parseChoice(text("WANDB_LOG_MODEL"), ["end", "checkpoint", "false"], "end"),
  };
}

const apiHost = (env: Environment): string => {
  try {
    return new URL(env.WANDB_BASE_URL || "https://api.wandb.ai").hostname;
  } catch {
    return "";
  }
};

/**
 * Finds the W&B API key in the places where the Python client looks. Does not return the key itself.
 * @returns the variable or the netrc file that has the key, or undefined when there is none
 */
export function wandbKeySource(env: Environment): string | undefined {
  if (env.WANDB_API_KEY) return "WANDB_API_KEY";
  const home = env.HOME ?? os.homedir();
  const files = env.NETRC ? [env.NETRC] : [path.join(home, ".netrc"), path.join(home, "_netrc")];
  return files.find((file) => existsSync(file) && netrcHasMachine(readFileSync(file, "utf8"), apiHost(env)));
}

/** Returns whether a netrc file has an entry for the host. */
function netrcHasMachine(netrc: string, machine: string): boolean {
  const words = netrc.split(/\s+/);
  return words.some((word, index) => word === "machine" && words[index + 1] === machine);
}

/** Returns the full path of a program on PATH, or undefined when it is not found. */
export function findProgram(name: string, env: Environment): string | undefined {
  return (env.PATH ?? "")
    .split(path.delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
}
