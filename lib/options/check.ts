import { checkObject } from "../arguments.ts";
import { DialoguePpoError } from "../errors.ts";
import { suggestOption } from "../nearest-name.ts";
import { defaultValues, type Option, type OptionTable, type OptionValues, selectValues } from "./option.ts";
import { TRAIN_OPTIONS } from "./train-config.ts";

/** Values by option name, before they are checked. */
export type Values = Record<string, unknown>;

/** Describes the values that an option may have, such as "a whole number of at least 1". */
export function describeExpected({ kind, choices, min, above, max, below, word }: Option): string {
  if (choices) return `one of ${choices.join(", ")}`;
  if (kind === "text") return "text";
  if (kind === "boolean") return "true or false";
  const noun = kind === "integer" ? "a whole number" : "a number";
  const low = above !== undefined ? ` above ${above}` : min !== undefined ? ` of at least ${min}` : "";
  const high = below !== undefined ? `below ${below}` : max !== undefined ? `up to ${max}` : "";
  const range = [low.trim(), high].filter((part) => part !== "").join(" and ");
  return `${noun}${range === "" ? "" : ` ${range}`}${word === undefined ? "" : ` or "${word}"`}`;
}

function isInRange(value: number, { min, above, max, below }: Option): boolean {
  return (
    value >= (min ?? Number.NEGATIVE_INFINITY) &&
    value > (above ?? Number.NEGATIVE_INFINITY) &&
    value <= (max ?? Number.POSITIVE_INFINITY) &&
    value < (below ?? Number.POSITIVE_INFINITY)
  );
}

/**
 * Returns whether a value has the option's type and lies within its range. Whole numbers above 2^53 are rounded, so
 * they are refused.
 */
export function isValid(option: Option, value: unknown): boolean {
  const { kind, choices, word } = option;
  if (word !== undefined && value === word) return true;
  if (kind === "boolean") return typeof value === "boolean";
  if (kind === "choice") return choices?.some((known) => known === value) ?? false;
  if (kind === "text") return typeof value === "string" && value !== "";
  if (typeof value !== "number" || !Number.isFinite(value)) return false;
  return (kind === "number" || Number.isSafeInteger(value)) && isInRange(value, option);
}

/** Parses text as the option's kind. Text of another kind is returned unchanged, and the check then refuses it. */
function parse({ kind, word }: Option, value: unknown): unknown {
  if (typeof value !== "string" || kind === "text" || kind === "choice" || value === word) return value;
  if (kind === "boolean") return value === "true" ? true : value === "false" ? false : value;
  return value.trim() === "" || Number.isNaN(Number(value)) ? value : Number(value);
}

/** Formats a value for a message; a value that JSON cannot hold, such as a bigint, by its type. */
function formatValue(value: unknown): string {
  if (Array.isArray(value)) return `it ${value.length} times`;
  if (typeof value === "number") return String(value);
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return typeof value;
  }
}

/**
 * Checks a value against its option.
 *
 * @param spelling name of the option in the message
 * @param given the value before it was parsed, for the message
 * @throws DialoguePpoError ERR_CONFIG naming the option and what was expected
 */
export function checkValue(option: Option, value: unknown, spelling: string, given = value): void {
  if (isValid(option, value)) return;
  const { kind, max } = option;
  const isLarge = typeof value === "number" && value > Number.MAX_SAFE_INTEGER;
  const isTooLarge = kind === "integer" && max === undefined && isLarge;
  const expected = `${describeExpected(option)}${isTooLarge ? `, and at most ${Number.MAX_SAFE_INTEGER}` : ""}`;
  throw new DialoguePpoError("ERR_CONFIG", `${spelling}: expected ${expected}, got ${formatValue(given)}`);
}

function unknownOption(
  name: string,
  known: readonly string[],
  source: string,
  spelling: (name: string) => string,
): DialoguePpoError {
  const near = suggestOption(name, known);
  const hint = near ? `; did you mean ${spelling(near)}?` : "";
  return new DialoguePpoError("ERR_CONFIG", `${source}: unknown option ${spelling(name)}${hint}`);
}

/**
 * Parses and checks the names and values of one source.
 *
 * @param source name of the source in messages
 * @param spelling returns an option's name as the source writes it
 * @param located returns an option's name with the source, if the spelling alone does not tell the source
 * @throws DialoguePpoError ERR_CONFIG naming the option, the source and what was expected
 */
export function checkOptions(
  values: Values,
  table: OptionTable,
  source: string,
  spelling: (name: string) => string,
  located = spelling,
): Values {
  checkObject(values, source);
  const result: Values = {};
  for (const [name, raw] of Object.entries(values)) {
    if (raw === undefined) continue;
    const option = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!option) throw unknownOption(name, Object.keys(table), source, spelling);
    const value = parse(option, raw);
    checkValue(option, value, located(name), raw);
    result[name] = value;
  }
  return result;
}

/**
 * Splits the options of a program into those of a table, checked and with their defaults (`own`), and those of a run
 * (`rest`), which are not checked yet.
 *
 * @throws DialoguePpoError ERR_CONFIG naming the option and what was expected
 */
export function splitOptions<Table extends OptionTable>(
  table: Table,
  input: Readonly<Record<string, unknown>>,
): { own: OptionValues<Table>; rest: Values } {
  const rest = Object.entries(input).filter(([name]) => !Object.hasOwn(table, name));
  const unknown = rest.find(([name]) => !Object.hasOwn(TRAIN_OPTIONS, name));
  if (unknown) {
    const known = [...Object.keys(table), ...Object.keys(TRAIN_OPTIONS)];
    throw unknownOption(unknown[0], known, "options", (name) => name);
  }
  return { own: completeOptions(table, selectValues(table, input)), rest: Object.fromEntries(rest) };
}

/**
 * Returns the options of a program, all of which a table holds, checked and with their defaults.
 * @throws DialoguePpoError ERR_CONFIG naming the option and what was expected
 */
export function completeOptions<Table extends OptionTable>(
  table: Table,
  input: Readonly<Record<string, unknown>>,
): OptionValues<Table> {
  const given = checkOptions(input, table, "options", (name) => name);
  return { ...defaultValues(table), ...given } as OptionValues<Table>;
}
