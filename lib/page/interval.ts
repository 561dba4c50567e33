import { formatNumber } from "./numbers.ts";

const WIDTH = 120;
const HEIGHT = 34;
const EDGE = 22;
/** Heights of the interval, of the axis and of the labels below it. */
const [INTERVAL_Y, AXIS_Y, LABEL_Y] = [8, 17, 30];

/** Returns the smallest of 1, 2 and 5 times a power of ten that is not smaller than a positive number. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((one) => one * power >= value) ?? 10;
  return Number((factor * power).toPrecision(1));
}

/**
 * Returns a small SVG of a difference and its confidence interval over an axis with zero in the middle. Each drawing
 * has its own scale, which its labels show.
 */
export function intervalSvg(low: number, value: number, high: number): string {
  const scale = roundUp(Math.max(Math.abs(low), Math.abs(high), Math.abs(value)) || 1);
  const x = (bound: number): string => (WIDTH / 2 + (bound / scale) * (WIDTH / 2 - EDGE)).toFixed(1);
  const tone = low > 0 ? "up" : high < 0 ? "down" : "unclear";
  const marks = [-scale, 0, scale].map((at) => {
    const sign = at > 0 ? "+" : "";
    return (
      `<line class="zero" x1="${x(at)}" x2="${x(at)}" y1="${at === 0 ? 0 : AXIS_Y - 3}" y2="${AXIS_Y + 3}"/>` +
      `<text x="${x(at)}" y="${LABEL_Y}" text-anchor="middle">${sign}${formatScale(at)}</text>`
    );
  });
  return (
    `<svg class="interval ${tone}" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">` +
    `<line class="zero" x1="${x(-scale)}" x2="${x(scale)}" y1="${AXIS_Y}" y2="${AXIS_Y}"/>${marks.join("")}` +
    `<line x1="${x(low)}" x2="${x(high)}" y1="${INTERVAL_Y}" y2="${INTERVAL_Y}"/>` +
    `<circle cx="${x(value)}" cy="${INTERVAL_Y}" r="3"/></svg>`
  );
}

/** Formats an end of the axis, which has one significant digit. */
const formatScale = (value: number): string =>
  Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6
    ? value.toLocaleString("en-US", { maximumFractionDigits: 4 })
    : formatNumber(value);
