import { DialoguePpoError } from "../errors.ts";
import type { ScorePreset } from "./presets.ts";

/**
 * The preset itself, when its numbers make sense.
 *
 * @param what the preset as messages call it
 * @throws DialoguePpoError ERR_CONFIG naming the term or guard
 */
export function checkedPreset(preset: ScorePreset, what: string): ScorePreset {
  const fail = (why: string): never => {
    throw new DialoguePpoError("ERR_CONFIG", `score preset ${what}: ${why}`);
  };
  if (preset.terms.length === 0) fail("has no terms");
  const names = preset.terms.map(({ index }) => index);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) fail(`names ${twice} twice`);
  for (const { index, weight, clip } of preset.terms) {
    if (!(weight > 0 && Number.isFinite(weight))) fail(`weight of ${index} is ${weight}, expected above 0`);
    if (!(clip[0] < 0 && clip[1] > 0))
      fail(`clip of ${index} is [${clip}], expected one below and one above 0`);
  }
  for (const { name, free, cost } of preset.guards) {
    if (!(free >= 0 && free < 1 && cost > 0)) fail(`guard ${name} needs free in [0, 1) and cost above 0`);
  }
  if (preset.experiment && !preset.raw) fail("experiment needs raw: the experiment had no z-scores");
  return preset;
}
