import { formatInteger } from "../format.ts";

/**
 * Formats a number with three or four significant digits; integers keep all digits. Numbers below 0.001 or from a
 * million get an exponent; a missing or non-finite number becomes a dash.
 */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) return value.toExponential(2).replace("e+", "e");
  if (Number.isInteger(value)) return formatInteger(value);
  return value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3);
}

/**
 * Returns the number of decimals for a difference and its interval. The largest value gets two significant digits,
 * and values below a hundred get at least two decimals.
 */
export function decimalsFor(values: readonly (number | null)[]): number {
  const largest = Math.max(0, ...values.map((value) => Math.abs(value ?? 0)));
  if (largest === 0) return 3;
  const decimals = 1 - Math.floor(Math.log10(largest));
  return Math.min(7, Math.max(largest < 100 ? 2 : 0, decimals));
}

/**
 * Returns the number of decimals for a difference and its interval: that of {@link decimalsFor}, plus up to three
 * more when the interval excludes zero, so that the bound nearer to zero is not displayed as zero.
 */
export function intervalDecimals(comparison: {
  readonly difference: number | null;
  readonly low: number | null;
  readonly high: number | null;
}): number {
  const { difference, low, high } = comparison;
  const base = decimalsFor([difference, low, high]);
  if (low === null || high === null || low * high <= 0) return base;
  const nearerBound = Math.min(Math.abs(low), Math.abs(high));
  const extraDecimals = [0, 1, 2, 3].find((extra) => Number(nearerBound.toFixed(base + extra)) > 0);
  return base + (extraDecimals ?? 3);
}

/**
 * Formats a number with a fixed number of decimals. A missing or non-finite number becomes a dash. A value that
 * rounds to zero has no sign.
 *
 * @param signed adds a plus sign to positive numbers
 */
export function fixed(value: number | null | undefined, decimals: number, signed = false): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const text = value.toFixed(decimals).replace(/^-(?=[0.]*$)/, "");
  return signed && Number(text) > 0 ? `+${text}` : text;
}

/** Formats seconds as "42 s", "3 min 05 s" or "2 h 07 min". */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [minutes, remainder] = [Math.floor(whole / 60), whole % 60];
  if (minutes < 60) return `${minutes} min ${String(remainder).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** Returns about `count` round values within [low, high]. */
export function ticks(low: number, high: number, count: number): number[] {
  const span = high - low || Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(span / count));
  const step = power * ([1, 2, 5, 10].find((factor) => span / (factor * power) <= count) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** Formats the values of an axis, all with the number of decimals that the most precise one needs. */
export function tickLabels(values: readonly number[]): string[] {
  const decimals = Math.max(0, ...values.map((value) => (String(value).split(".")[1] ?? "").length));
  const small = values.every((value) => Math.abs(value) < 1e6) && decimals <= 6;
  return values.map((value) =>
    small
      ? value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
      : formatNumber(value),
  );
}

/** Returns the mean over a trailing window of positions. A null stays null and does not enter the means of others. */
export function movingMean(values: readonly (number | null)[], window: number): (number | null)[] {
  return values.map((value, index) => {
    if (value === null) return null;
    const recent = values.slice(Math.max(0, index - window + 1), index + 1).filter((item) => item !== null);
    return recent.reduce((sum, item) => sum + item, 0) / recent.length;
  });
}
