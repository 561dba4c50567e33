import { formatNumber } from "./numbers.ts";

const WIDTH = 150;
const HEIGHT = 34;
const EDGE = 22;
/** Half the height of the bars at the ends of the interval, and the radius of the dot between them. */
const [BAR, DOT] = [5, 2];
/** Heights of the interval, of the axis and of the labels below it. */
const [INTERVAL_Y, AXIS_Y, LABEL_Y] = [8, 17, 30];

/** Returns the smallest number with one significant digit that is not smaller than a positive number. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  // Rounding keeps 0.3 / 0.1 from being counted as more than 3.
  const factor = Math.ceil(Number((value / power).toPrecision(12)));
  return Number((factor * power).toPrecision(1));
}

/**
 * Returns a small SVG of a change and its confidence interval over an axis with zero in the middle. Each drawing has
 * its own scale, which its labels show. Bars mark the ends of the interval, also of one that is narrower than the dot.
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
    [low, high].map((bound) => bar(x(bound))).join("") +
    `<circle cx="${x(value)}" cy="${INTERVAL_Y}" r="${DOT}"/></svg>`
  );
}

const bar = (x: string): string =>
  `<line class="bar" x1="${x}" x2="${x}" y1="${INTERVAL_Y - BAR}" y2="${INTERVAL_Y + BAR}"/>`;

/** Formats an end of the axis, which has one significant digit. */
const formatScale = (value: number): string =>
  Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6
    ? value.toLocaleString("en-US", { maximumFractionDigits: 4 })
    : formatNumber(value);
