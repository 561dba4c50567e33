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

export const seconds = (value) => (value === undefined ? "–" : `${figure(value)} s`);

/** Returns a duration in the unit that suits it. */
export function milliseconds(value) {
  if (value === undefined) return "–";
  if (value >= 1) return seconds(value);
  return value < 1e-3 ? `${figure(value * 1e6)} µs` : `${figure(value * 1e3)} ms`;
}

/** Returns a number of bytes or operations per second in billions. */
export const rate = (value) => figure(value === undefined ? undefined : value / 1e9);
export const count = (value) => (value === undefined ? "–" : Math.round(value).toLocaleString("en-US"));
export const gigabytes = (bytes) => (bytes === undefined ? "–" : `${figure(bytes / 1e9)} GB`);
export const percent = (share) => (Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–");

/** Returns how many times as fast as the peer we are. */
export const times = (peer, ours) => (peer === undefined ? "–" : `${(peer / ours).toFixed(2)} times`);

/** Returns a median with its smallest and largest value. */
export const spread = ({ median, min, max }) => `${figure(median)} s (${figure(min)} to ${figure(max)})`;

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
