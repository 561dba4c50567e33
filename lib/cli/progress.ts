import { stripVTControlCharacters } from "node:util";
import { printable } from "../format.ts";

/** Stream for terminal output, such as process.stderr. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Options of {@link ProgressBar}. */
export interface ProgressOptions {
  /** Text before the bar. */
  readonly description: string;
  /** Total number of items. Without it, only a count is shown, without bar and estimate. */
  readonly total?: number | undefined;
  /**
   * Number of items that were done before, for example before a resume. They do not count for the rate. Default 0.
   */
  readonly initial?: number;
  /** Unit of an item. Default "it". */
  readonly unit?: string;
  /** Default: process.stderr. */
  readonly stream?: OutputStream;
  /** Environment variables, which select colour. Default: process.env. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Clock in milliseconds. Tests replace it. Default: performance.now. */
  readonly now?: () => number;
}

/** Metrics that are shown after the rate, for example `{ reward: 0.12, KL: 1.4 }`. */
export type Metrics = Readonly<Record<string, number | string>>;

const REDRAW_MS = 100;
const REFRESH_MS = 1000;
const LINE_INTERVAL_MS = 10_000;
// Weight of the latest interval in the moving average of the rate, as in tqdm.
const SMOOTHING = 0.3;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** Unfinished bars on terminals. Other lines are written above them. */
const visibleBars = new Set<ProgressBar>();

/**
 * Erases the progress bars that share a terminal with a stream, writes whole lines to the stream, and draws the bars
 * below them. Standard output and standard error are one terminal to the user.
 */
export function aboveBars<T>(stream: OutputStream, write: () => T): T {
  const bars = [...visibleBars].filter((bar) => bar.isShownOn(stream));
  for (const bar of bars) bar.clear();
  const result = write();
  for (const bar of bars) bar.draw();
  return result;
}

/** Writes a line to a stream above the progress bars. */
export function writeAboveBars(text: string, stream: OutputStream = process.stderr): void {
  aboveBars(stream, () => stream.write(`${text}\n`));
}

/** Returns whether to use colour. FORCE_COLOR comes first, then NO_COLOR, then whether the stream is a terminal. */
export function useColor(
  stream: OutputStream,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** Formats seconds as tqdm does: "03:07" or "1:02:07". */
function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const minutesAndSeconds = `${String(minutes).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${minutesAndSeconds}` : minutesAndSeconds;
}

const formatMetric = (value: number | string): string =>
  typeof value === "string"
    ? printable(value)
    : Number.isFinite(value)
      ? String(Number(value.toPrecision(3)))
      : "nan";

/**
 * Progress bar like that of tqdm. On a terminal it is redrawn at most ten times a second; on other streams it
 * writes a plain line every ten seconds and one at the end.
 */
export class ProgressBar {
  readonly #options: ProgressOptions;
  readonly #stream: OutputStream;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #terminal: boolean;
  readonly #color: boolean;
  readonly #refresh: NodeJS.Timeout | undefined;
  #done: number;
  #lastDrawnCount: number | undefined;
  #metrics: Metrics = {};
  /** Largest width so far of the text after the bar. It never shrinks on a terminal, so that the bar does not jump. */
  #widest = 0;
  #lastDrawnAt: number;
  #lastUpdateAt: number;
  #secondsPerItem: number | undefined;
  #finished = false;

  constructor(options: ProgressOptions) {
    const {
      stream = process.stderr,
      env = process.env,
      now = () => performance.now(),
      initial = 0,
    } = options;
    this.#options = { ...options, description: printable(options.description) };
    this.#stream = stream;
    this.#now = now;
    this.#startedAt = now();
    this.#lastUpdateAt = this.#startedAt;
    this.#done = initial;
    this.#terminal = stream.isTTY === true && env.TERM !== "dumb";
    this.#color = useColor(stream, env);
    // The first plain line comes after ten seconds, so that short work writes only its last line.
    this.#lastDrawnAt = this.#terminal ? Number.NEGATIVE_INFINITY : this.#startedAt;
    if (this.#terminal) {
      visibleBars.add(this);
      this.#refresh = setInterval(() => this.draw(), REFRESH_MS).unref();
      this.draw();
    }
  }

  /** Returns whether the bar is drawn on a terminal, and the stream is that terminal or another one. */
  isShownOn(stream: OutputStream): boolean {
    return this.#terminal && (stream === this.#stream || stream.isTTY === true);
  }

  /**
   * Updates the progress.
   *
   * @param done number of items so far, including the initial ones
   * @param metrics metrics after the rate. Default: those of the last update
   */
  update(done: number, metrics: Metrics = this.#metrics): void {
    const now = this.#now();
    const items = done - this.#done;
    if (items > 0) {
      const latest = (now - this.#lastUpdateAt) / 1000 / items;
      const previous = this.#secondsPerItem ?? latest;
      this.#secondsPerItem = SMOOTHING * latest + (1 - SMOOTHING) * previous;
      this.#lastUpdateAt = now;
    }
    this.#done = done;
    this.#metrics = metrics;
    if (now - this.#lastDrawnAt >= (this.#terminal ? REDRAW_MS : LINE_INTERVAL_MS)) this.draw();
  }

  /** Draws the final state, which stays on the terminal. Further calls have no effect. */
  finish(): void {
    if (this.#finished) return;
    clearInterval(this.#refresh);
    // On other streams the last line may already show the final state.
    if (this.#terminal || this.#lastDrawnCount !== this.#done) this.draw();
    if (this.#terminal) this.#stream.write("\n");
    this.#finished = true;
    visibleBars.delete(this);
  }

  /** Erases the bar from the terminal until it is drawn again. */
  clear(): void {
    if (this.#terminal) this.#stream.write("\r\x1b[K");
  }

  /** Draws the bar, or writes a plain line. */
  draw(): void {
    if (this.#finished) return;
    this.#lastDrawnAt = this.#now();
    this.#lastDrawnCount = this.#done;
    this.#stream.write(this.#terminal ? `\r${this.#line()}\x1b[K` : `${this.#line()}\n`);
  }

  #line(): string {
    const { description, total } = this.#options;
    if (total === undefined) return this.#truncate(`${description}: ${this.#done}${this.#details()}`);
    const displayWidth = (text: string): number => [...stripVTControlCharacters(text)].length;
    const fraction = total > 0 ? Math.min(1, this.#done / total) : 1;
    const head = `${description}: ${String(Math.floor(fraction * 100)).padStart(3)}%`;
    const width = (this.#stream.columns || 80) - 2 - displayWidth(head);
    const countWith = (metrics: number): string => `${this.#done}/${total}${this.#details(metrics)}`;
    // On a narrow terminal the last metrics are left out whole, rather than cut in the middle of a number.
    let shown = Object.keys(this.#metrics).length;
    while (this.#terminal && shown > 0 && displayWidth(countWith(shown)) > width) shown -= 1;
    const count = this.#padToWidest(countWith(shown));
    const available = (this.#stream.columns || 80) - 1 - displayWidth(head) - displayWidth(count) - 3;
    if (!this.#terminal || available < 4) return this.#truncate(`${head} ${count}`);
    return `${head}|${this.#bar(fraction, Math.min(available, 40))}| ${count}`;
  }

  #bar(fraction: number, width: number): string {
    const eighths = Math.round(fraction * width * 8);
    const full = "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
    const bar = full.padEnd(width);
    return this.#color ? `\x1b[32m${bar}\x1b[39m` : bar;
  }

  /** @param shown number of metrics. Default: all */
  #details(shown?: number): string {
    const { total, unit = "it", initial = 0 } = this.#options;
    const elapsed = (this.#now() - this.#startedAt) / 1000;
    const secondsPerItem = this.#secondsPerItem;
    const remaining =
      total === undefined || secondsPerItem === undefined ? undefined : (total - this.#done) * secondsPerItem;
    const done = this.#done - initial;
    const time =
      total === undefined
        ? formatClock(elapsed)
        : `${formatClock(elapsed)}<${remaining === undefined ? "?" : formatClock(remaining)}`;
    const pace = secondsPerItem === undefined || done === 0 ? `?${unit}/s` : formatRate(secondsPerItem, unit);
    // A rate of percent says nothing that the remaining time does not.
    const rate = unit === "%" ? "" : `, ${pace}`;
    const metrics = Object.entries(this.#metrics)
      .slice(0, shown)
      .map(([name, value]) => `, ${name}=${formatMetric(value)}`);
    return ` [${time}${rate}${metrics.join("")}]`;
  }

  #padToWidest(text: string): string {
    if (!this.#terminal) return text;
    this.#widest = Math.max(text.length, this.#widest);
    return text.padEnd(this.#widest);
  }

  /** Cuts a line to the width of the terminal. A wrapped line could not be overwritten. */
  #truncate(line: string): string {
    const width = (this.#stream.columns || 80) - 1;
    return this.#terminal && [...line].length > width ? [...line].slice(0, width).join("") : line;
  }
}

const formatRate = (secondsPerItem: number, unit: string): string =>
  secondsPerItem > 1
    ? `${secondsPerItem.toFixed(2)}s/${unit}`
    : `${(1 / Math.max(secondsPerItem, 1e-9)).toFixed(2)}${unit}/s`;
