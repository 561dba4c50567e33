import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
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
 * The addon, loaded at the first call.
 *
 * @throws DialoguePpoError ERR_NATIVE_MISSING when it is not built or cannot be loaded, with what to do
 */
export function loadAddon(): NativeAddon {
  if (loaded) return loaded;
  if (!existsSync(addonPath)) {
    throw new DialoguePpoError("ERR_NATIVE_MISSING", `the native addon is not built; ${REMEDY}`);
  }
  try {
    loaded = createRequire(import.meta.url)(addonPath) as NativeAddon;
  } catch (cause) {
    const reason = (cause as Error).message.split("\n")[0];
    throw new DialoguePpoError(
      "ERR_NATIVE_MISSING",
      `the native addon is built but does not load (${reason}); if libtorch was moved or updated, ${REMEDY}`,
      { cause },
    );
  }
  return loaded;
}
