// Arguments of scripts.
import { parseArgs } from "node:util";

/** Prints what is wrong with the arguments and how the script is called, and ends the process with code 2. */
export function refuseArguments(usage, problem) {
  console.error(`${problem}\nusage: ${usage}`);
  process.exit(2);
}

/**
 * Returns the flags and the other arguments of a script, or ends the process if they are wrong.
 *
 * @param usage how the script is called
 * @param config what `parseArgs` of node:util takes
 * @param required names of flags without which the script cannot run
 */
export function readArguments(usage, config, required = []) {
  let parsed;
  try {
    parsed = parseArgs(config);
  } catch (error) {
    // Node adds advice on arguments that begin with a dash, which these scripts do not have.
    return refuseArguments(usage, error.message.split(". ")[0]);
  }
  const missing = required.find((name) => parsed.values[name] === undefined);
  if (missing !== undefined) refuseArguments(usage, `--${missing} is missing`);
  return parsed;
}
