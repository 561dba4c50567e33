import { escapeHtml } from "./escape.ts";
import { formatNumber, movingMean, tickLabels, ticks } from "./numbers.ts";

export interface Series {
  readonly name: string;
  /** One value a position of `x`; null is a gap. */
  readonly values: readonly (number | null)[];
}

export interface ChartOptions {
  readonly title: string;
  /** One plain sentence: what is good, what to look for. */
  readonly note?: string;
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** Draw the trailing mean over this many positions in front of the raw line. */
  readonly smooth?: number;
  /** A horizontal line, for example at zero. */
  readonly baseline?: number;
}

const WIDTH = 480;
const HEIGHT = 220;
const MARGIN = { left: 52, right: 12, top: 10, bottom: 26 };

interface Scale {
  x(value: number): number;
  y(value: number): number;
  low: number;
  high: number;
}

const round = (value: number): string => value.toFixed(1);

function scaleOf(options: ChartOptions): Scale {
  const values = options.series.flatMap((series) => series.values).filter((value) => value !== null);
  if (options.baseline !== undefined) values.push(options.baseline);
  let [low, high] = [Math.min(...values), Math.max(...values)];
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

/** Path data with a new sub-path after every gap; a lone point becomes a short dash so that it is seen. */
function pathOf(x: readonly number[], values: readonly (number | null)[], scale: Scale): string {
  let path = "";
  let pen = false;
  values.forEach((value, index) => {
    const at = x[index];
    if (value === null || at === undefined) {
      pen = false;
      return;
    }
    const lone = !pen && (values[index + 1] ?? null) === null;
    path += `${pen ? "L" : "M"}${round(scale.x(at))} ${round(scale.y(value))}${lone ? "h.1" : ""}`;
    pen = true;
  });
  return path;
}

function axes(options: ChartOptions, scale: Scale): string {
  const levels = ticks(scale.low, scale.high, 5);
  const labels = tickLabels(levels);
  const horizontal = levels.map((value, index) => {
    const y = round(scale.y(value));
    return (
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y}" y2="${y}"/>` +
      `<text class="tick" x="${MARGIN.left - 6}" y="${y}" dy=".32em" text-anchor="end">${labels[index]}</text>`
    );
  });
  const first = options.x[0] ?? 0;
  const vertical = ticks(first, options.x.at(-1) ?? first + 1, 6)
    .filter(Number.isInteger)
    .map((value) => {
      const x = round(scale.x(value));
      return `<text class="tick" x="${x}" y="${HEIGHT - 8}" text-anchor="middle">${formatNumber(value)}</text>`;
    });
  return [...horizontal, ...vertical].join("");
}

function lines(options: ChartOptions, scale: Scale): string {
  return options.series
    .map((series, index) => {
      const raw = pathOf(options.x, series.values, scale);
      if (!options.smooth || options.x.length < options.smooth)
        return `<path class="line c${index}" d="${raw}"/>`;
      const smooth = pathOf(options.x, movingMean(series.values, options.smooth), scale);
      return `<path class="line raw c${index}" d="${raw}"/><path class="line c${index}" d="${smooth}"/>`;
    })
    .join("");
}

function legend(options: ChartOptions): string {
  const items = options.series.map((series, index) => {
    const last = series.values.findLast((value) => value !== null);
    return `<li><i class="c${index}"></i>${escapeHtml(series.name)} <b>${formatNumber(last)}</b></li>`;
  });
  return `<ul class="legend">${items.join("")}</ul>`;
}

/** What the pointer script reads: positions in the drawing and the values there. */
function pointerData(options: ChartOptions, scale: Scale): string {
  const data = {
    x: options.x,
    px: options.x.map((value) => Number(round(scale.x(value)))),
    series: options.series.map(({ name, values }) => ({ name, values })),
  };
  return escapeHtml(JSON.stringify(data));
}

/**
 * A line chart as an HTML figure with inline SVG: needs no script to be read; a small script (see `pointerScript`)
 * adds the values under the pointer.
 */
export function lineChart(options: ChartOptions): string {
  const scale = scaleOf(options);
  const { baseline } = options;
  const zero = baseline === undefined ? "" : round(scale.y(baseline));
  const base =
    zero && `<line class="base" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${zero}" y2="${zero}"/>`;
  const title = escapeHtml(options.title);
  return (
    `<figure class="chart"><figcaption><h3>${title}</h3>${options.note ? `<p>${escapeHtml(options.note)}</p>` : ""}</figcaption>` +
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}" data-chart="${pointerData(options, scale)}">` +
    `${axes(options, scale)}${base}${lines(options, scale)}<line class="cursor" y1="${MARGIN.top}" y2="${HEIGHT - MARGIN.bottom}"/></svg>` +
    `${legend(options)}</figure>`
  );
}

/** Shows the values under the pointer in the legend; runs for charts added later too. */
export const pointerScript = `
const shown = (value) => value === null || value === undefined ? "–" : Number(value.toPrecision(4)).toString();
document.addEventListener("pointermove", (event) => {
  const svg = event.target.closest?.("svg[data-chart]");
  for (const line of document.querySelectorAll(".cursor.on")) if (line.ownerSVGElement !== svg) line.classList.remove("on");
  if (!svg) return;
  const data = JSON.parse(svg.dataset.chart);
  const box = svg.getBoundingClientRect();
  const at = (event.clientX - box.left) / box.width * ${WIDTH};
  let best = 0;
  data.px.forEach((x, index) => { if (Math.abs(x - at) < Math.abs(data.px[best] - at)) best = index; });
  const line = svg.querySelector(".cursor");
  line.setAttribute("x1", data.px[best]);
  line.setAttribute("x2", data.px[best]);
  line.classList.add("on");
  const labels = svg.parentElement.querySelectorAll(".legend b");
  labels.forEach((label, index) => { label.textContent = shown(data.series[index].values[best]) + " @ " + data.x[best]; });
});`;
