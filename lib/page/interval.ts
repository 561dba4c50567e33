const WIDTH = 96;
const HEIGHT = 14;
const EDGE = 4;

/**
 * A difference with its interval as a small drawing: the line in the middle is zero, the reach is the row's own, so that
 * it shows where the interval lies, not how rows compare in size.
 */
export function intervalMark(low: number, value: number, high: number): string {
  const reach = Math.max(Math.abs(low), Math.abs(high), Math.abs(value)) || 1;
  const x = (of: number): string => (WIDTH / 2 + (of / reach) * (WIDTH / 2 - EDGE)).toFixed(1);
  const middle = HEIGHT / 2;
  const tone = low > 0 ? "up" : high < 0 ? "down" : "unclear";
  return (
    `<svg class="interval ${tone}" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" aria-hidden="true">` +
    `<line class="zero" x1="${WIDTH / 2}" x2="${WIDTH / 2}" y1="0" y2="${HEIGHT}"/>` +
    `<line x1="${x(low)}" x2="${x(high)}" y1="${middle}" y2="${middle}"/><circle cx="${x(value)}" cy="${middle}" r="3"/></svg>`
  );
}
