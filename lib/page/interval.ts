const WIDTH = 96;
const HEIGHT = 14;
const EDGE = 4;

/**
 * Returns a small SVG of a difference and its confidence interval. The line in the middle is zero. Each drawing has
 * its own scale, so it shows where the interval lies relative to zero and does not compare sizes between rows.
 */
export function intervalSvg(low: number, value: number, high: number): string {
  const largest = Math.max(Math.abs(low), Math.abs(high), Math.abs(value)) || 1;
  const x = (bound: number): string => (WIDTH / 2 + (bound / largest) * (WIDTH / 2 - EDGE)).toFixed(1);
  const centerY = HEIGHT / 2;
  const tone = low > 0 ? "up" : high < 0 ? "down" : "unclear";
  return (
    `<svg class="interval ${tone}" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">` +
    `<line class="zero" x1="${WIDTH / 2}" x2="${WIDTH / 2}" y1="0" y2="${HEIGHT}"/>` +
    `<line x1="${x(low)}" x2="${x(high)}" y1="${centerY}" y2="${centerY}"/><circle cx="${x(value)}" cy="${centerY}" r="3"/></svg>`
  );
}
