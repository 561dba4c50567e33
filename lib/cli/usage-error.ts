import type { Argv } from "yargs";
import { DialoguePpoError } from "../errors.ts";
import { shellPath } from "../format.ts";
import { suggestOption } from "../nearest-name.ts";

/** Returns the error for an argument without an option. A data file was most likely meant for --data. */
function unexpectedArgument(
  value: string,
  args: readonly string[],
  knownOptions: readonly string[],
): DialoguePpoError {
  if (value === args[0])
    return new DialoguePpoError("ERR_CONFIG", `unknown command ${value}; see dialogue-ppo --help`);
  const isDataFile = /\.(csv|tsv|txt|jsonl|ndjson|json)$/i.test(value) && knownOptions.includes("data");
  const hint = isDataFile ? `did you mean --data ${shellPath(value)}?` : "see --help";
  return new DialoguePpoError("ERR_CONFIG", `unexpected argument ${value}; ${hint}`);
}

/** Returns the words of the command before its first option, such as "spaces info". */
function commandWords(args: readonly string[]): string {
  const end = args.findIndex((arg) => arg.startsWith("-"));
  return args.slice(0, end < 0 ? args.length : end).join(" ");
}

/** Returns the error for too few arguments or for a required option that is missing; undefined for other messages. */
function missingArgument(message: string, args: readonly string[]): DialoguePpoError | undefined {
  const help = `see dialogue-ppo ${commandWords(args)} --help`;
  if (message.startsWith("Not enough non-option arguments"))
    return new DialoguePpoError("ERR_CONFIG", `an argument is missing; ${help}`);
  const names = /^Missing required arguments?: (.+)$/.exec(message)?.[1]?.split(", ");
  if (names === undefined) return undefined;
  const flags = names.map((name) => `--${name}`).join(" and ");
  return new DialoguePpoError("ERR_CONFIG", `expected ${flags}; ${help}`);
}

/** Converts a message of yargs to a usage error in one line, with a suggestion for a misspelt name. */
export function usageError(
  message: string,
  parser: Argv,
  args: readonly string[],
  describe: (option: string) => string | undefined,
): DialoguePpoError {
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)?.[1]?.split(", ")[0];
  const missing = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  if (missing !== undefined) {
    const description = describe(missing);
    const hint = description === undefined ? "" : ` (${description})`;
    return new DialoguePpoError("ERR_CONFIG", `--${missing}: expected a value${hint}`);
  }
  const suggestion = /^Did you mean (.+)\?$/.exec(message)?.[1];
  if (suggestion !== undefined) {
    return new DialoguePpoError("ERR_CONFIG", `unknown command; did you mean ${suggestion}?`);
  }
  const missingOne = missingArgument(message, args);
  if (missingOne !== undefined) return missingOne;
  if (unknown === undefined) return new DialoguePpoError("ERR_CONFIG", message.replaceAll("\n", " "));
  const { options } = parser as unknown as { options?: unknown };
  const knownOptions = Object.keys(
    (parser as unknown as { getOptions(): { key: object } }).getOptions().key ?? options ?? {},
  );
  // yargs has the same message for unknown options and for unexpected arguments.
  if (args.includes(unknown)) return unexpectedArgument(unknown, args, knownOptions);
  const nearest = suggestOption(unknown, knownOptions);
  const flag = (name: string): string => (name.length > 1 ? `--${name}` : `-${name}`);
  const hint = nearest ? `; did you mean ${flag(nearest)}?` : "; see --help";
  return new DialoguePpoError("ERR_CONFIG", `unknown option ${flag(unknown)}${hint}`);
}
