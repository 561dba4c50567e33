import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { SCORE_PRESETS } from "../options/tables/reward.ts";
import { dataFolder } from "../package.ts";
import { requiredSpaceKind } from "../taaco/catalogue.ts";
import { SPACE_KINDS, type SpaceKind } from "../taaco/types.ts";
import { type ScorePreset, validatePreset } from "./preset.ts";
import { readPreset } from "./preset-file.ts";

/** The name of a preset, its JSON file, or the preset itself. */
export type PresetReference = string | ScorePreset;

/** Folder of the package's presets. */
const PRESET_FOLDER = path.join(dataFolder, "presets");

/**
 * Returns the preset with a name or in a JSON file; a preset that is passed as an object is checked.
 *
 * @throws DialoguePpoError ERR_CONFIG
 */
export function resolvePreset(preset: PresetReference): ScorePreset {
  if (typeof preset === "object") return validatePreset(preset, `"${preset.name}"`);
  if (SCORE_PRESETS.includes(preset)) return readPreset(path.join(PRESET_FOLDER, `${preset}.json`));
  if (preset.endsWith(".json")) return readPreset(preset);
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `unknown score preset "${preset}", expected ${SCORE_PRESETS.join(", ")} or a .json file of indices and weights`,
  );
}

/** Returns the presets of the package whose indices a calibration measures. */
export const calibratedPresets = (): ScorePreset[] => [resolvePreset("taaco"), resolvePreset("turn")];

/** Returns the kinds of semantic space that a preset needs, in TAACO's order. */
export function requiredSpaceKinds({ terms }: ScorePreset): SpaceKind[] {
  return SPACE_KINDS.filter((kind) => terms.some(({ index }) => requiredSpaceKind(index) === kind));
}
