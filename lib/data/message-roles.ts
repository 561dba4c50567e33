import { formatCount } from "../format.ts";
import { isRecord } from "../values.ts";

/** Roles of messages that instruct a model or come from a tool, in lower case. Nobody says them in the dialogue. */
const NO_SPEAKERS = new Set([
  "system",
  "developer",
  "tool",
  "tools",
  "tool_call",
  "tool_calls",
  "tool_use",
  "tool_response",
  "tool_responses",
  "tool_result",
  "tool_results",
  "tool_output",
  "tool_outputs",
  "function",
  "function_call",
  "function_calls",
  "function_response",
  "function_responses",
  "function_result",
  "function_results",
  "function_output",
  "observation",
  "ipython",
]);

/** Returns whether a role is that of no speaker, however it is spelt: `Tool-Result` is `tool_result`. */
export const isNoSpeaker = (role: string): boolean =>
  NO_SPEAKERS.has(
    role
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, "_"),
  );

/** Returns the role of a message; an empty text without one. */
export function roleOf({ role, from }: Record<string, unknown>): string {
  const given = role ?? from;
  return typeof given === "string" ? given : "";
}

/** Returns whether a role is that of the system. */
export const isSystem = (role: string): boolean => role.trim().toLowerCase() === "system";

/**
 * Returns whether the system is the partner of the only other speaker, whom it answers, as in MultiWOZ. In a chat with
 * a model, it instructs the assistant.
 */
export function systemIsPartner(messages: readonly unknown[]): boolean {
  const roles = messages.map((message) => (isRecord(message) ? roleOf(message) : ""));
  const speakers = new Set(roles.filter((role) => !isNoSpeaker(role)));
  const answers = roles.filter((role, at) => isSystem(role) && speakers.has(roles[at - 1] ?? "")).length;
  return (
    speakers.size === 1 &&
    !speakers.has("") &&
    2 * answers >= roles.filter((role) => speakers.has(role)).length
  );
}

/** Returns whether a message calls tools; before OpenAI had `tool_calls`, it was `function_call`. */
export const callsTools = ({ tool_calls: calls, function_call: call }: Record<string, unknown>): boolean =>
  (Array.isArray(calls) && calls.length > 0) || isRecord(call);

/** Counts messages that were left out, by role. */
export class LeftOutMessages {
  readonly #counts = new Map<string, number>();

  /** Counts the messages of a dialogue that were left out. */
  add(roles: readonly string[]): void {
    for (const role of roles) this.#counts.set(role, (this.#counts.get(role) ?? 0) + 1);
  }

  /** Returns one line for each role. */
  lines(): string[] {
    return [...this.#counts].map(
      ([role, count]) =>
        `${formatCount(count, `${role} message`)} left out: nobody says them in the dialogue`,
    );
  }
}
