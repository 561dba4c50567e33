// Figures and tables as Markdown.

/** Returns a number with three significant digits, without an exponent. */
export function figure(value) {
  if (value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number(value.toPrecision(3)).toLocaleString("en-US", {
    minimumFractionDigits: Math.min(digits, 6),
    maximumFractionDigits: Math.min(digits, 6),
  });
}

const UNITS = [
  ["s", 1],
  ["ms", 1e3],
  ["µs", 1e6],
];

/** Returns the unit that suits a duration, with the factor from seconds. */
const unitOf = (value) => UNITS.find(([, factor]) => value * factor >= 1) ?? UNITS.at(-1);

/** Returns a duration, given in seconds. */
export function duration(value) {
  if (!Number.isFinite(value)) return "–";
  const [unit, factor] = unitOf(value);
  return `${figure(value * factor)} ${unit}`;
}

/** Returns a median with its smallest and largest value, all in seconds; a dash if there is none. */
export function spread(summary) {
  if (summary === undefined) return "–";
  const [unit, factor] = unitOf(summary.median);
  const [median, min, max] = [summary.median, summary.min, summary.max].map((value) =>
    figure(value * factor),
  );
  return `${median} ${unit} (${min} to ${max})`;
}

/** Returns a number of bytes or operations per second in billions. */
export const rate = (value) => figure(value === undefined ? undefined : value / 1e9);
export const count = (value) => (Number.isFinite(value) ? Math.round(value).toLocaleString("en-US") : "–");

/** Returns a number of bytes in gigabytes, or in megabytes if it is small. */
export function size(bytes) {
  if (bytes === undefined) return "–";
  return bytes < 1e8 ? `${figure(bytes / 1e6)} MB` : `${figure(bytes / 1e9)} GB`;
}

export const percent = (share) => (Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–");

/** Returns how many times as fast as the peer we are. */
export const times = (peer, ours) => (peer === undefined ? "–" : `${(peer / ours).toFixed(2)} times`);

/** Returns a Markdown table whose cells are aligned to the right but for the first column. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    line(head.map((_, at) => (at === 0 ? "---" : "---:"))),
    ...rows.map((cells) => line(cells)),
  ].join("\n");
}

/** Names the lengths of prompts: "70 tokens", or "20 to 300 tokens". */
export const promptText = (prompts) => (prompts === "ragged" ? "20 to 300" : String(prompts));
