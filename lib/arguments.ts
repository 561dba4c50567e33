import { DialoguePpoError } from "./errors.ts";
import { suggestOption } from "./nearest-name.ts";
import { describeValue, isPromise, isRecord } from "./values.ts";

// Checks of what a program passes to the library. The program may not be written in TypeScript.

/** @throws DialoguePpoError ERR_CONFIG when the options of a call are no object */
export function checkObject(options: unknown, where: string): asserts options is object {
  // A promise that was not awaited, a Map and a list name no option, so every option would keep its default.
  if (isRecord(options) && !isPromise(options) && !(Symbol.iterator in options)) return;
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `${where}: expected an object of options, got ${describeValue(options)}`,
  );
}

/**
 * Checks that all option names are known, because a misspelt option that is ignored is hard to notice.
 *
 * @param where the call, for the message
 * @throws DialoguePpoError ERR_CONFIG when a name is unknown; the message suggests the most similar known name
 */
export function checkNames(options: object, known: readonly string[], where: string): void {
  checkObject(options, where);
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = suggestOption(name, known);
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${where}: unknown option "${name}"${near ? `; did you mean "${near}"?` : ""}`,
    );
  }
}

const hasFunctions = (value: unknown, names: readonly string[]): value is Record<string, unknown> =>
  isRecord(value) && names.every((name) => typeof value[name] === "function");

const isFunction = (value: unknown): boolean => typeof value === "function";

const isText = (value: unknown): value is string => typeof value === "string";

/** Returns whether a value can compute rewards: a function, or an object with the members that `Reward` requires. */
function isRewardSource(value: unknown): boolean {
  if (isFunction(value)) return true;
  if (!hasFunctions(value, ["score"])) return false;
  const { name, begin } = value;
  return isText(name) && name !== "" && (begin === undefined || isFunction(begin));
}

/** What an option of a call can be, with the words of messages. */
const KINDS = {
  signal: {
    expected: "an AbortSignal",
    accepts: (value: unknown) => hasFunctions(value, ["addEventListener", "removeEventListener"]),
  },
  log: {
    expected: "an object with the functions info and warn",
    accepts: (value: unknown) => hasFunctions(value, ["info", "warn"]),
  },
  function: { expected: "a function", accepts: isFunction },
  list: { expected: "a list", accepts: (value: unknown) => Array.isArray(value) },
  path: {
    expected: "a path",
    accepts: (value: unknown) => isText(value) && value !== "" && !value.includes("\0"),
  },
  text: { expected: "a text", accepts: isText },
  reward: {
    expected: "a function, or an object with a name, the function score and, if any, the function begin",
    accepts: isRewardSource,
  },
  any: { expected: "anything", accepts: () => true },
} as const;

/** Name of what an option of a call has to be. */
export type Kind = keyof typeof KINDS;

/** @throws DialoguePpoError ERR_CONFIG when a value, such as an option, is not of its kind */
export function checkKind(where: string, name: string, value: unknown, kind: Kind): void {
  const { accepts, expected } = KINDS[kind];
  if (!accepts(value)) throw new DialoguePpoError("ERR_CONFIG", `${where}: ${name}: expected ${expected}`);
}

/**
 * Checks options of a call whose kinds are given. An absent option is of every kind.
 * @throws DialoguePpoError ERR_CONFIG
 */
export function checkKinds(where: string, options: object, kinds: Readonly<Record<string, Kind>>): void {
  for (const [name, kind] of Object.entries(kinds)) {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    if (value !== undefined) checkKind(where, name, value, kind);
  }
}
