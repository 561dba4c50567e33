import { inspect } from "node:util";

/** Returns whether a value is an object with named fields, as JSON's `{}` is and a list or null is not. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Returns whether a value is a promise, also one of another realm, such as a test runner's, or of a library. */
export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  ((typeof value === "object" && value !== null) || typeof value === "function") &&
  "then" in value &&
  typeof value.then === "function";

/** Describes a value that is not what was expected in a few words, for a message. */
export function describeValue(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (isPromise(value)) return "a promise";
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  if (typeof value !== "string") return inspect(value);
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}...` : text;
}
