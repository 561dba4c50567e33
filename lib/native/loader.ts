import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { deniedPath, inspectLibtorch, isDenied } from "../../native/tools/libtorch-version.js";
import { readStamp, stampFile } from "../../native/tools/stamp.js";
import { DialoguePpoError } from "../errors.ts";
import { describeBundling, packageRoot } from "../package.ts";
import type { NativeAddon } from "./types.ts";

/** Path of the addon that a build creates. */
export const addonPath = path.join(packageRoot, "build", "Release", "dialogue_ppo.node");

const REMEDY =
  "build it with `npx dialogue-ppo build`, or reinstall with scripts allowed: `npm rebuild dialogue-ppo --foreground-scripts`";

let loaded: NativeAddon | undefined;

/**
 * Returns a sentence when this user may not read the addon or the libtorch that it was built with, for example because
 * another user installed the package. Returns undefined when all can be read.
 */
export function describeDeniedAccess(): string | undefined {
  const ownFile = [addonPath, stampFile(packageRoot)].find((file) => isDenied(file));
  const libtorch = ownFile === undefined ? readStamp(packageRoot)?.libtorch : undefined;
  const denied = ownFile ?? (libtorch === undefined ? undefined : deniedPath(libtorch));
  if (denied === undefined) return undefined;
  const what = ownFile === undefined ? "the libtorch" : "a file";
  return (
    `${what} of the addon cannot be read by this user: ${denied}; let this user read it, ` +
    "or build the addon as this user (with LIBTORCH set to a libtorch that it can read)"
  );
}

/**
 * Describes how the libtorch that the addon was built with has changed; undefined when it has not. The check comes
 * before loading, because a libtorch of another version loads and then crashes. A missing folder counts as unchanged:
 * the loader's own error names the missing file.
 */
function describeLibtorchChange(): string | undefined {
  const stamp = readStamp(packageRoot);
  if (!stamp || !existsSync(stamp.libtorch)) return undefined;
  const now = inspectLibtorch(stamp.libtorch);
  if (now.problem !== undefined) return now.problem;
  const same = now.version === stamp.version;
  return same
    ? undefined
    : `it was built with libtorch ${stamp.version}, ${stamp.libtorch} is now ${now.version}`;
}

/** Returns the error for an addon that is built but cannot be loaded. */
function loadError(reason: string, cause?: unknown): DialoguePpoError {
  const message = `the native addon is built but does not load (${reason}); if libtorch was moved or updated, ${REMEDY}`;
  return new DialoguePpoError("ERR_NATIVE_MISSING", message, { cause });
}

/**
 * Shortens the time that idle threads of GNU OpenMP spin, unless the environment sets it. By default they spin for
 * about a millisecond. When two processes share the cores, each then spins while the other could work: two small
 * trainings side by side took 35 to 94 s where one alone took 4 s. With the short spin they take 10 s, and one alone
 * becomes 2.5 % slower. OpenMP reads the variable only once, when it is loaded.
 */
function limitOpenMpSpin(env: NodeJS.ProcessEnv): void {
  if (env.OMP_WAIT_POLICY === undefined) env.GOMP_SPINCOUNT ??= "1000";
}

/**
 * Returns the addon. The first call loads it.
 *
 * @throws DialoguePpoError ERR_NATIVE_MISSING when the addon is not built or cannot be loaded; the message has the
 *   remedy
 */
export function loadAddon(): NativeAddon {
  if (loaded) return loaded;
  if (!existsSync(addonPath)) {
    const bundled = describeBundling();
    if (bundled !== undefined) throw new DialoguePpoError("ERR_NATIVE_MISSING", bundled);
    throw new DialoguePpoError("ERR_NATIVE_MISSING", `the native addon is not built; ${REMEDY}`);
  }
  const denied = describeDeniedAccess();
  if (denied !== undefined) throw new DialoguePpoError("ERR_NATIVE_MISSING", denied);
  const changed = describeLibtorchChange();
  if (changed !== undefined) throw loadError(changed);
  limitOpenMpSpin(process.env);
  try {
    loaded = createRequire(import.meta.url)(addonPath) as NativeAddon;
  } catch (cause) {
    throw loadError((cause as Error).message.split("\n")[0] ?? "", cause);
  }
  return loaded;
}
