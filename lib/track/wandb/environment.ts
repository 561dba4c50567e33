import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { homeFolder } from "../../package.ts";

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
  /** One sentence for each variable with an unknown value. */
  readonly problems: readonly string[];
}

interface Choice<T> {
  readonly value: T;
  readonly problem?: string;
}

/**
 * Returns the meaning of a value. An unknown value gets `unknown`, the choice that sends least, and a sentence that
 * says so: a misspelt value must not send data that its author wanted to keep.
 */
function choose<T>(
  source: string,
  value: string | undefined,
  meanings: Readonly<Record<string, T>>,
  unset: T,
  unknown: T,
): Choice<T> {
  const text = value?.trim().toLowerCase() ?? "";
  if (text === "") return { value: unset };
  const found = Object.entries(meanings).find(([name]) => name === text);
  if (found) return { value: found[1] };
  const expected = Object.keys(meanings).slice(0, 3).join(", ");
  return {
    value: unknown,
    problem: `${source}=${value} is unknown (expected ${expected}), taken as ${unknown}`,
  };
}

const MODES = {
  online: "online",
  offline: "offline",
  disabled: "disabled",
  run: "online",
  shared: "online",
  dryrun: "offline",
} as const;
const SWITCH = {
  true: true,
  "1": true,
  yes: true,
  on: true,
  false: false,
  "0": false,
  no: false,
  off: false,
};
const LOG_MODEL = {
  end: "end",
  checkpoint: "checkpoint",
  false: "false",
  true: "end",
  "0": "false",
  "1": "end",
} as const;

/**
 * Reads an entry of the files in which the commands `wandb offline` and `wandb disabled` keep their choice: in the
 * working folder and in the user's configuration. A file that cannot be read has no entries.
 */
function storedSetting(name: string, env: Environment): string | undefined {
  const home = findHome(env);
  const user = env.WANDB_CONFIG_DIR || (home && path.join(home, ".config", "wandb"));
  const folders = [path.join(env.WANDB_DIR || ".", "wandb"), ...(user ? [user] : [])];
  for (const folder of folders) {
    const text = readIfPossible(path.join(folder, "settings")) ?? "";
    const found = new RegExp(`^\\s*${name}\\s*[=:]\\s*(\\S+)\\s*$`, "m").exec(text)?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

function chooseMode(env: Environment): Choice<WandbEnvironment["mode"]> {
  const disabled = choose("WANDB_DISABLED", env.WANDB_DISABLED, SWITCH, false, true);
  if (disabled.value) return { ...disabled, value: "disabled" };
  if (env.WANDB_MODE?.trim()) return choose("WANDB_MODE", env.WANDB_MODE, MODES, "online", "offline");
  if (/^true$/i.test(storedSetting("disabled", env) ?? "")) return { value: "disabled" };
  return choose("mode in W&B's settings", storedSetting("mode", env), MODES, "online", "offline");
}

/** Reads the WANDB_* variables. An unknown value counts as the choice that sends least. */
export function wandbEnvironment(env: Environment): WandbEnvironment {
  const text = (name: string): string | undefined => env[name] || undefined;
  const tags = (text("WANDB_TAGS") ?? "").split(",").map((tag) => tag.trim());
  const mode = chooseMode(env);
  const logModel = choose("WANDB_LOG_MODEL", env.WANDB_LOG_MODEL, LOG_MODEL, "end", "false");
  return {
    mode: mode.value,
    entity: text("WANDB_ENTITY"),
    name: text("WANDB_NAME"),
    group: text("WANDB_RUN_GROUP"),
    notes: text("WANDB_NOTES"),
    tags: tags.filter((tag) => tag !== ""),
    directory: text("WANDB_DIR"),
    logModel: logModel.value,
    problems: [mode, logModel].flatMap(({ problem }) => problem ?? []),
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
  const home = findHome(env);
  const inHome = home === undefined ? [] : [path.join(home, ".netrc"), path.join(home, "_netrc")];
  const files = env.NETRC ? [env.NETRC] : inHome;
  return files.find((file) => netrcHasMachine(readIfPossible(file) ?? "", apiHost(env)));
}

/** Returns the home folder; undefined when none is known. */
function findHome(env: Environment): string | undefined {
  try {
    return homeFolder(env);
  } catch {
    return undefined;
  }
}

/** Returns the text of a file that need not exist; undefined when it cannot be read. */
function readIfPossible(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
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
