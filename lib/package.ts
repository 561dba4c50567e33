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

/** Returns the version in package.json. */
export function packageVersion(): string {
  const manifest = readFileSync(path.join(packageRoot, "package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
