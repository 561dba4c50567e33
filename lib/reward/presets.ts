import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { findIndex } from "../taaco/catalogue.ts";
import { SPACE_KINDS, type SpaceKind } from "../taaco/types.ts";
import { checkedPreset, type ScorePreset } from "./preset.ts";
import { readPreset } from "./preset-file.ts";

/** A preset by name or by its JSON file, or a whole one. */
export type PresetReference = string | ScorePreset;

/** The presets that come with the package. */
const NAMES: readonly string[] = ["taaco", "original", "turn"];

/** Where the package's presets lie: the weights, signs and guards themselves. */
const FOLDER = path.resolve(import.meta.dirname, "../../data/presets");

/**
 * The preset of a name or of a JSON file; one that is passed whole is checked.
 *
 * @throws DialoguePpoError ERR_CONFIG
 */
export function presetOf(preset: PresetReference): ScorePreset {
  if (typeof preset === "object") return checkedPreset(preset, `"${preset.name}"`);
  if (NAMES.includes(preset)) return readPreset(path.join(FOLDER, `${preset}.json`));
  if (preset.endsWith(".json")) return readPreset(preset);
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `unknown score preset "${preset}", expected ${NAMES.join(", ")} or a .json file of indices and weights`,
  );
}

/** Returns the kind of semantic space that an index needs, if any. */
export function spaceKindOf(index: string): SpaceKind | undefined {
  return findIndex(index)?.entry.needs.space;
}

/** Returns the kinds of semantic space that a preset needs, in TAACO's order. */
export function spaceKindsOf({ terms }: ScorePreset): SpaceKind[] {
  return SPACE_KINDS.filter((kind) => terms.some(({ index }) => spaceKindOf(index) === kind));
}
