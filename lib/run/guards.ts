import { existsSync } from "node:fs";
import { z } from "zod";
import { type JsonFormat, readJson } from "../checked-json.ts";
import { GUARD_PREFIX } from "../sample.ts";
import { RUN_FILE } from "./training-info.ts";

/** Largest share at which each guard of a run costs nothing, by the name of the guard. */
export type GuardLimits = Readonly<Record<string, number>>;

const GUARDS: JsonFormat<{ guards?: { name: string; free: number }[] | undefined }> = {
  ...RUN_FILE,
  schema: z.looseObject({
    guards: z.array(z.looseObject({ name: z.string(), free: z.number() })).optional(),
  }),
};

/**
 * Reads the limits of the guards from score_preset.json of a run.
 *
 * @returns no guards when the file is missing, as in a run with a reward of the user's own
 * @throws DialoguePpoError ERR_CHECKPOINT_FORMAT when the file cannot be read or is damaged
 */
export function readGuardLimits(file: string): GuardLimits {
  if (!existsSync(file)) return {};
  const { guards = [] } = readJson(file, GUARDS);
  return Object.fromEntries(guards.map(({ name, free }) => [name, free]));
}

/**
 * Returns the names of the guards that lowered the score of a logged turn. A log has the shares on which the guards
 * act, but not what they cost, as `actingGuards` of a score has it.
 */
export function loggedActingGuards(
  limits: GuardLimits,
  parts: Readonly<Record<string, number | null>>,
): string[] {
  return Object.keys(limits).filter((name) => (parts[GUARD_PREFIX + name] ?? 0) > (limits[name] ?? 1));
}
