import { escapeHtml } from "./escape.ts";
import { formatNumber, movingMean, tickLabels, ticks } from "./numbers.ts";

/** One line of a chart. */
export interface Series {
  /** Label in the legend. */
  readonly name: string;
  /** One value for each position in `x`. The line has a gap where a value is null. */
  readonly values: readonly (number | null)[];
}

/** Options of {@link lineChart}. */
export interface ChartOptions {
  readonly title: string;
  /** Sentence below the title that explains how to read the chart. */
  readonly note?: string;
  /** What the vertical axis shows, with its unit. */
  readonly unit: string;
  /** Positions on the horizontal axis, the steps, in ascending order. */
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** Number of positions in a trailing mean that is drawn over the raw line. Default: no mean. */
  readonly smooth?: number;
  /** Value at which a dashed horizontal line is drawn, for example zero. Default: no line. */
  readonly baseline?: number;
}

const WIDTH = 480;
const HEIGHT = 250;
/** Half the width of the widest label, with the large font of narrow screens. */
const EDGE_LABEL = 30;
const MARGIN = { left: 58, right: 12, top: 26, bottom: 42 };

/** Maps values to SVG coordinates. */
interface Scale {
  x(value: number): number;
  y(value: number): number;
  /** Lower end of the vertical axis, as a value. */
  low: number;
  /** Upper end of the vertical axis, as a value. */
  high: number;
}

const formatCoordinate = (value: number): string => value.toFixed(1);

function createScale(options: ChartOptions): Scale {
  const values = options.series.flatMap((series) => series.values).filter((value) => value !== null);
  if (options.baseline !== undefined) values.push(options.baseline);
  let low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  let high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (values.length === 0) [low, high] = [0, 1];
  const padding = (high - low || Math.abs(high) || 1) * 0.06;
  [low, high] = [low - padding, high + padding];
  const [first, last] = [options.x[0] ?? 0, options.x.at(-1) ?? 1];
  const width = WIDTH - MARGIN.left - MARGIN.right;
  const height = HEIGHT - MARGIN.top - MARGIN.bottom;
  return {
    low,
    high,
    x: (value) => MARGIN.left + (last === first ? width / 2 : ((value - first) / (last - first)) * width),
    y: (value) => MARGIN.top + (1 - (value - low) / (high - low)) * height,
  };
}

/**
 * Returns SVG path data with a new sub-path after every gap. An isolated point becomes a short dash, which is
 * visible.
 */
function linePath(x: readonly number[], values: readonly (number | null)[], scale: Scale): string {
  let path = "";
  let penDown = false;
  values.forEach((value, index) => {
    const position = x[index];
    if (value === null || position === undefined) {
      penDown = false;
      return;
    }
    const isolated = !penDown && (values[index + 1] ?? null) === null;
    path += `${penDown ? "L" : "M"}${formatCoordinate(scale.x(position))} ${formatCoordinate(scale.y(value))}${isolated ? "h.1" : ""}`;
    penDown = true;
  });
  return path;
}

function renderAxes(options: ChartOptions, scale: Scale): string {
  const tickValues = ticks(scale.low, scale.high, 5);
  const labels = tickLabels(tickValues);
  const horizontal = tickValues.map((value, index) => {
    const y = formatCoordinate(scale.y(value));
    return (
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y}" y2="${y}"/>` +
      `<text class="tick" x="${MARGIN.left - 6}" y="${y}" dy=".32em" text-anchor="end">${labels[index]}</text>`
    );
  });
  const first = options.x[0] ?? 0;
  const vertical = ticks(first, options.x.at(-1) ?? first + 1, 6)
    .filter(Number.isInteger)
    .map((value) => {
      const x = formatCoordinate(scale.x(value));
      // A label in the middle would be cut at the right edge.
      const anchor = scale.x(value) > WIDTH - EDGE_LABEL ? "end" : "middle";
      return `<text class="tick" x="${x}" y="${HEIGHT - 24}" text-anchor="${anchor}">${formatNumber(value)}</text>`;
    });
  const middle = (MARGIN.left + WIDTH - MARGIN.right) / 2;
  const names =
    `<text class="axis" x="0" y="14">${escapeHtml(options.unit)}</text>` +
    `<text class="axis" x="${middle}" y="${HEIGHT - 5}" text-anchor="middle">step</text>`;
  return [...horizontal, ...vertical, names].join("");
}

function renderLines(options: ChartOptions, scale: Scale): string {
  return options.series
    .map((series, index) => {
      const raw = linePath(options.x, series.values, scale);
      if (!options.smooth || options.x.length < options.smooth)
        return `<path class="line c${index}" d="${raw}"/>`;
      const smooth = linePath(options.x, movingMean(series.values, options.smooth), scale);
      return `<path class="line raw c${index}" d="${raw}"/><path class="line c${index}" d="${smooth}"/>`;
    })
    .join("");
}

function renderLegend(options: ChartOptions): string {
  const items = options.series.map((series, index) => {
    const last = series.values.findLast((value) => value !== null);
    return `<li><i class="c${index}"></i>${escapeHtml(series.name)} <b>${formatNumber(last)}</b></li>`;
  });
  return `<ul class="legend">${items.join("")}</ul>`;
}

/** Returns the escaped JSON that the chart script reads: positions, their SVG coordinates and the values. */
function pointerData(options: ChartOptions, scale: Scale): string {
  const data = {
    x: options.x,
    px: options.x.map((value) => Number(formatCoordinate(scale.x(value)))),
    width: WIDTH,
    series: options.series.map(({ name, values }) => ({ name, values })),
  };
  return escapeHtml(JSON.stringify(data));
}

/** Returns the attributes with which assistive technology reads a chart as a slider over its steps. */
function sliderAttributes({ title, unit, x, series }: ChartOptions): string {
  const last = x.at(-1) ?? 0;
  const values = series.map(({ name, values }) => `${name} ${formatNumber(values.at(-1))}`).join(", ");
  return (
    `role="slider" tabindex="0" aria-label="${escapeHtml(`${title}, ${unit}, by step`)}" aria-valuemin="${x[0] ?? 0}" ` +
    `aria-valuemax="${last}" aria-valuenow="${last}" aria-valuetext="${escapeHtml(`step ${last}: ${values}`)}"`
  );
}

/**
 * Returns a line chart as an HTML figure with inline SVG. The chart needs no script; `chartScript` adds the values
 * under the pointer and at the step that the arrow keys choose.
 */
export function lineChart(options: ChartOptions): string {
  const scale = createScale(options);
  const { baseline } = options;
  const baselineY = baseline === undefined ? "" : formatCoordinate(scale.y(baseline));
  const baselineLine =
    baselineY &&
    `<line class="base" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${baselineY}" y2="${baselineY}"/>`;
  const title = escapeHtml(options.title);
  return (
    `<figure class="chart"><figcaption><h3>${title}</h3>${options.note ? `<p>${escapeHtml(options.note)}</p>` : ""}</figcaption>` +
    `<div class="plot" ${sliderAttributes(options)} data-chart="${pointerData(options, scale)}">` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">${renderAxes(options, scale)}${baselineLine}` +
    `${renderLines(options, scale)}<line class="cursor" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}"/></svg></div>` +
    `${renderLegend(options)}</figure>`
  );
}
