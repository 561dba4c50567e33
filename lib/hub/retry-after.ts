/** Status codes after which a later attempt can succeed, as in Python's huggingface_hub. */
const TRANSIENT_STATUS: readonly number[] = [408, 429, 500, 502, 503, 504];

/** Returns whether a later attempt can succeed after this status. */
export const isTransientStatus = (status: number): boolean => TRANSIENT_STATUS.includes(status);

/** Returns the seconds until the limit is reset when the header says that nothing remains: `"api";r=0;t=55`. */
function fromRateLimit(header: string | null): number | undefined {
  const [, remaining, reset] = /;\s*r\s*=\s*(\d+)\s*;\s*t\s*=\s*(\d+)/.exec(header ?? "") ?? [];
  return remaining !== undefined && Number(remaining) === 0 ? Number(reset) : undefined;
}

/**
 * Reads Retry-After: a number of seconds or an HTTP date. A date is compared with the server's clock, where it tells
 * it.
 */
function fromRetryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  const until = Date.parse(value);
  if (Number.isNaN(until)) return undefined;
  const serverNow = Date.parse(headers.get("date") ?? "");
  return Math.max(0, (until - (Number.isNaN(serverNow) ? now : serverNow)) / 1000);
}

/**
 * Returns how many seconds the server asks to wait before the next attempt.
 *
 * @param status status of the response; `RateLimit` counts only for 429, because the hub sends it with every response
 * @param now time in milliseconds since 1970
 * @returns undefined when the server does not say
 */
export function requestedWait(status: number, headers: Headers, now = Date.now()): number | undefined {
  const limit = status === 429 ? fromRateLimit(headers.get("ratelimit")) : undefined;
  return limit ?? fromRetryAfter(headers, now);
}
