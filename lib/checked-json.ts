import type { z } from "zod";
import { DialoguePpoError, type ErrorCode } from "./errors.ts";
import { describeForeignStart } from "./files/file-kind.ts";
import { parseJson, readTextFile } from "./files/text-file.ts";
import { nearestName } from "./nearest-name.ts";
import { describeValue } from "./values.ts";

type Issue = z.core.$ZodIssue;

const quote = (value: unknown): string => JSON.stringify(value);

/** Names of types in messages. */
const EXPECTED: Readonly<Record<string, string>> = {
  number: "a number",
  int: "a whole number",
  string: "text",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
};

const typeName = (type: string): string => EXPECTED[type] ?? type;

function describeExpected(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return typeName(issue.expected);
    case "invalid_value":
      return issue.values.map(quote).join(" or ");
    case "too_small":
      return `${issue.origin === "string" || issue.origin === "array" ? "a length of " : ""}${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return `${issue.origin === "string" || issue.origin === "array" ? "a length of " : ""}${issue.inclusive ? "at most" : "less than"} ${issue.maximum}`;
    case "invalid_union":
      return [
        ...new Set(issue.errors.flatMap(([first]) => (first === undefined ? [] : describeExpected(first)))),
      ].join(" or ");
    case "invalid_format":
      return "pattern" in issue && issue.message.startsWith("Invalid")
        ? `text of the form ${issue.pattern}`
        : issue.message.replace(/^expected /, "");
    default:
      return issue.message.replace(/^expected /, "");
  }
}

/** Finds the issue to report. An unknown key explains more than the key that is missing in its place. */
function mainIssue(issues: readonly Issue[]): Issue | undefined {
  return issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
}

/** Returns the keys that are missing beside an unknown key: one of them was probably meant. */
function missingBeside(issue: Issue, issues: readonly Issue[]): string[] {
  const place = issue.path.join(".");
  return issues
    .filter((one) => one.input === undefined && one.path.slice(0, -1).join(".") === place && one !== issue)
    .map(({ path }) => String(path.at(-1)));
}

/**
 * Describes the first error in a file in one line: its place, the value found and the value expected.
 *
 * @param error error of a schema that was parsed with `reportInput`
 * @param known optional keys that a misspelt key may stand for
 */
export function schemaError(error: z.ZodError, known: readonly string[] = []): string {
  const issue = mainIssue(error.issues);
  if (issue === undefined) return "not what was expected";
  const where = issue.path.join(".");
  const at = where === "" ? "" : `${where}: `;
  if (issue.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const near = nearestName(key, [...missingBeside(issue, error.issues), ...known]);
    return `${at}unknown key ${quote(key)}${near === undefined ? "" : `; did you mean ${quote(near)}?`}`;
  }
  const expected = describeExpected(issue);
  if (issue.input === undefined)
    return `${where === "" ? "the file" : where} is missing; expected ${expected}`;
  return `${at}expected ${expected}, got ${describeValue(issue.input)}`;
}

/** What a JSON file holds. */
export interface JsonFormat<Content> {
  readonly schema: z.ZodType<Content>;
  /** What the file should be, for messages: "a file of the command calibrate". */
  readonly expected: string;
  /** Code of the error for a file that cannot be read or holds something else. */
  readonly code: ErrorCode;
  /** Optional keys that a misspelt key may stand for. */
  readonly optionalKeys?: readonly string[];
}

/**
 * Checks the content of a JSON file.
 *
 * @param where the file, for the message
 * @throws DialoguePpoError with the format's code, naming the field, what was found and what was expected
 */
export function checkJson<Content>(value: unknown, format: JsonFormat<Content>, where: string): Content {
  const result = format.schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new DialoguePpoError(format.code, `${where}: ${schemaError(result.error, format.optionalKeys)}`);
}

/**
 * Reads a JSON file and checks its content.
 *
 * @param where the file as messages name it. Default: its path.
 * @throws DialoguePpoError with the format's code, naming the file, the field, what was found and what was expected
 */
export function readJson<Content>(file: string, format: JsonFormat<Content>, where = file): Content {
  const { code, expected } = format;
  const text = readTextFile(file, code, expected);
  const foreign = describeForeignStart(Buffer.from(text.slice(0, 4096)), "text");
  if (foreign !== undefined) throw new DialoguePpoError(code, `${where} ${foreign}`);
  return checkJson(parseJson(text, where, code, expected), format, where);
}
