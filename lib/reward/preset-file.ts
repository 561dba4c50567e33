import { z } from "zod";
import { type JsonFormat, readJson } from "../checked-json.ts";
import { DialoguePpoError } from "../errors.ts";
import { writeFileAtomic } from "../files/atomic-file.ts";
import { formatJson } from "../format.ts";
import { nearestName } from "../nearest-name.ts";
import { TEXT_NAMES, TURN_MEASURE_NAMES } from "../taaco/catalogue.ts";
import { type PresetTerm, type ScorePreset, validatePreset } from "./preset.ts";

const term = z.strictObject({
  index: z.string(),
  weight: z.number(),
  sign: z.union([z.literal(1), z.literal(-1)]).default(1),
  clip: z.tuple([z.number(), z.number()]).optional(),
  absent: z.number().optional(),
});
const guard = z.strictObject({
  name: z.enum(["copied", "echoed", "repeated", "linked", "terse"]),
  free: z.number(),
  cost: z.number(),
});
const schema = z.strictObject({
  format: z.literal("dialogue-ppo score preset"),
  version: z.literal(1),
  name: z.string().min(1),
  about: z.string().optional(),
  scope: z.enum(["text", "turn"]),
  raw: z.boolean().default(false),
  experiment: z.boolean().default(false),
  terms: z.array(term),
  guards: z.array(guard).default([]),
});

const FORMAT: JsonFormat<z.infer<typeof schema>> = {
  schema,
  expected: "a JSON file of indices and weights",
  code: "ERR_CONFIG",
  // Keys with a default: when one is misspelt, no required key is missing that would show which was meant.
  optionalKeys: ["about", "raw", "experiment", "guards", "sign", "clip", "absent"],
};

/** Range to which signed z-scores are clipped by default. */
const DEFAULT_CLIP = [-3, 3] as const;
const UNBOUNDED = [-Infinity, Infinity] as const;
const defaultClip = (raw: boolean): PresetTerm["clip"] => (raw ? UNBOUNDED : DEFAULT_CLIP);

/** Returns the problem with the first index that does not exist in the preset's scope. */
function describeUnknownIndex({ scope, terms }: z.infer<typeof schema>): string | undefined {
  const known = scope === "turn" ? [...TEXT_NAMES, ...TURN_MEASURE_NAMES] : TEXT_NAMES;
  const unknown = terms.find(({ index }) => !known.includes(index));
  if (!unknown) return undefined;
  const near = nearestName(unknown.index, known);
  const meant = near === undefined ? "" : `; did you mean ${near}?`;
  return `${unknown.index} is no index that a preset of scope "${scope}" can use${meant}`;
}

/**
 * Reads a score preset: JSON with `scope`, `terms` (index, weight, sign, clip, absent) and `guards`.
 *
 * @throws DialoguePpoError ERR_CONFIG naming the file and the field
 */
export function readPreset(file: string): ScorePreset {
  const content = readJson(file, FORMAT, `score preset ${file}`);
  const { name, scope, raw, experiment, terms, guards } = content;
  const unknown = describeUnknownIndex(content);
  if (unknown !== undefined) throw new DialoguePpoError("ERR_CONFIG", `score preset ${file}: ${unknown}`);
  const preset: ScorePreset = {
    name,
    scope,
    raw,
    experiment,
    terms: terms.map(({ clip, absent, ...rest }) => ({
      ...rest,
      clip: clip ?? defaultClip(raw),
      ...(absent !== undefined && { absent }),
    })),
    guards,
  };
  return validatePreset(preset, file);
}

/** Writes a preset to a file from which {@link readPreset} reads the same preset. */
export function writePreset(file: string, preset: ScorePreset): void {
  const usual = defaultClip(preset.raw);
  const terms = preset.terms.map(({ clip, ...rest }) => ({
    ...rest,
    ...(clip.some((limit, at) => limit !== usual[at]) && { clip }),
  }));
  const head = { format: "dialogue-ppo score preset", version: 1 };
  writeFileAtomic(file, formatJson({ ...head, ...preset, terms }));
}
