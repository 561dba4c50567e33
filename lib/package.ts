import { readFileSync } from "node:fs";
import path from "node:path";

export { cacheFolder, expandPath, homeFolder, userCacheFolder } from "../native/tools/home.js";

/** Root folder of this package. The path is right for lib/ and for dist/. */
export const packageRoot = path.resolve(import.meta.dirname, "..");

/** Folder of the data that the package ships: starter set, word lists, score presets. */
export const dataFolder = path.join(packageRoot, "data");

/** Folder of the starter dialogues, models, spaces and calibration. */
export const starterFolder = path.join(dataFolder, "starter");

/** CSV file of the starter dialogues. */
export const starterDialogues = path.join(starterFolder, "dialogues.csv");

/**
 * Returns a sentence when a bundler has copied this code out of the package, where it finds neither data nor addon;
 * undefined in the package.
 *
 * @param root root folder of the package as this code sees it
 */
export function describeBundling(root = packageRoot): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
    if (Object(manifest).name === "dialogue-ppo") return undefined;
  } catch {
    // No package has this code then, or one with a damaged manifest, which is not this one.
  }
  return (
    `the code of dialogue-ppo was copied out of its package to ${path.join(root, "...")}, probably by a bundler; ` +
    "mark dialogue-ppo as external there, so that it is imported from node_modules"
  );
}

/** Returns the version in package.json. */
export function packageVersion(): string {
  const manifest = readFileSync(path.join(packageRoot, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
