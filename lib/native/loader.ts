import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { inspectLibtorch } from "../../native/tools/libtorch-version.js";
import { readStamp } from "../../native/tools/stamp.js";
import { DialoguePpoError } from "../errors.ts";
import type { NativeAddon } from "./types.ts";

/** The package's own folder, from lib/ and from dist/ alike. */
export const packageRoot = path.resolve(import.meta.dirname, "../..");

/** Where a build leaves the addon. */
export const addonPath = path.join(packageRoot, "build", "Release", "dialogue_ppo.node");

const REMEDY =
  "build it with `npx dialogue-ppo build`, or reinstall with scripts allowed: `npm rebuild dialogue-ppo --foreground-scripts`";

let loaded: NativeAddon | undefined;

/**
 * What became of the libtorch that the addon was built with. C++ libraries of another version load and then crash, so
 * they are not tried. A folder that is gone is left to the loader, which names the missing file.
 */
function changedLibtorch(): string | undefined {
  const stamp = readStamp(packageRoot);
  if (!stamp || !existsSync(stamp.libtorch)) return undefined;
  const now = inspectLibtorch(stamp.libtorch);
  if (now.problem !== undefined) return now.problem;
  const same = now.version === stamp.version;
  return same
    ? undefined
    : `it was built with libtorch ${stamp.version}, ${stamp.libtorch} is now ${now.version}`;
}

function notLoadable(reason: string, cause?: unknown): DialoguePpoError {
  const message = `the native addon is built but does not load (${reason}); if libtorch was moved or updated, ${REMEDY}`;
  return new DialoguePpoError("ERR_NATIVE_MISSING", message, { cause });
}

/**
 * GNU OpenMP's threads spin about a millisecond for their next piece of work. When two processes share the cores, each
 * spins while the other would work: two small trainings side by side took 35 to 94 s where one took 4 s. With a short
 * spin they take 10 s, and one alone loses 2.5 %. The library reads this once, as it is loaded.
 */
function spinShortly(env: NodeJS.ProcessEnv): void {
  if (env.OMP_WAIT_POLICY === undefined) env.GOMP_SPINCOUNT ??= "1000";
}

/**
 * The addon, loaded at the first call.
 *
 * @throws DialoguePpoError ERR_NATIVE_MISSING when it is not built or cannot be loaded, with what to do
 */
export function loadAddon(): NativeAddon {
  if (loaded) return loaded;
  if (!existsSync(addonPath)) {
    throw new DialoguePpoError("ERR_NATIVE_MISSING", `the native addon is not built; ${REMEDY}`);
  }
  const changed = changedLibtorch();
  if (changed !== undefined) throw notLoadable(changed);
  spinShortly(process.env);
  try {
    loaded = createRequire(import.meta.url)(addonPath) as NativeAddon;
  } catch (cause) {
    throw notLoadable((cause as Error).message.split("\n")[0] ?? "", cause);
  }
  return loaded;
}
