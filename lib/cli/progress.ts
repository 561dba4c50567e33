import { stripVTControlCharacters } from "node:util";

/** What a bar needs of process.stderr. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressOptions {
  readonly description: string;
  /** Items in all; without it there is no bar and no estimate, only a count. */
  readonly total?: number | undefined;
  /** Items that were done before, for example by the run that is resumed. Default 0. */
  readonly initial?: number;
  /** Word for an item. Default "it". */
  readonly unit?: string;
  /** Default process.stderr. */
  readonly stream?: ProgressStream;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

/** Figures behind the rate, for example `{ reward: 0.12, KL: 1.4 }`. */
export type Figures = Readonly<Record<string, number | string>>;

const REDRAW_MS = 100;
const REFRESH_MS = 1000;
const QUIET_LINE_MS = 10_000;
// Weight of the newest interval in the rate, as tqdm has it.
const SMOOTHING = 0.3;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** Bars on show, so that other lines can be written above them. */
const onShow = new Set<ProgressBar>();

/** Writes a line to standard error without damaging a bar that stands there. */
export function writeAboveBars(text: string, stream: ProgressStream = process.stderr): void {
  const bars = [...onShow].filter((bar) => bar.isOn(stream));
  for (const bar of bars) bar.clear();
  stream.write(`${text}\n`);
  for (const bar of bars) bar.draw();
}

/** Whether to colour: FORCE_COLOR over NO_COLOR over whether it is a terminal. */
export function useColor(
  stream: ProgressStream,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false";
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** Seconds as tqdm shows them: 03:07 or 1:02:07. */
function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const tail = `${String(minutes).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

const shown = (value: number | string): string =>
  typeof value === "string" ? value : Number.isFinite(value) ? String(Number(value.toPrecision(3))) : "nan";

/**
 * Progress in tqdm's manner: a bar that is redrawn at most ten times a second on a terminal, otherwise a plain line
 * every ten seconds and one at the end.
 */
export class ProgressBar {
  readonly #options: ProgressOptions;
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  readonly #began: number;
  readonly #terminal: boolean;
  readonly #color: boolean;
  readonly #refresh: NodeJS.Timeout | undefined;
  #done: number;
  #shown: number | undefined;
  #figures: Figures = {};
  /** Widest texts so far by name: on a terminal, parts keep their width, so that the bar does not jump. */
  readonly #widths = new Map<string, number>();
  #written: number;
  #counted: number;
  #secondsAnItem: number | undefined;
  #finished = false;

  constructor(options: ProgressOptions) {
    const {
      stream = process.stderr,
      env = process.env,
      now = () => performance.now(),
      initial = 0,
    } = options;
    this.#options = options;
    this.#stream = stream;
    this.#now = now;
    this.#began = now();
    this.#counted = this.#began;
    this.#done = initial;
    this.#terminal = stream.isTTY === true && env.TERM !== "dumb";
    this.#color = useColor(stream, env);
    // The first quiet line comes after ten seconds: short work stays silent until its end.
    this.#written = this.#terminal ? Number.NEGATIVE_INFINITY : this.#began;
    if (this.#terminal) {
      onShow.add(this);
      this.#refresh = setInterval(() => this.draw(), REFRESH_MS).unref();
      this.draw();
    }
  }

  isOn(stream: ProgressStream): boolean {
    return this.#terminal && stream === this.#stream;
  }

  /**
   * Says how far the work is.
   *
   * @param done items so far, those of before included
   * @param figures shown behind the rate; they stay until replaced
   */
  update(done: number, figures: Figures = this.#figures): void {
    const now = this.#now();
    const items = done - this.#done;
    if (items > 0) {
      const latest = (now - this.#counted) / 1000 / items;
      const before = this.#secondsAnItem ?? latest;
      this.#secondsAnItem = SMOOTHING * latest + (1 - SMOOTHING) * before;
      this.#counted = now;
    }
    this.#done = done;
    this.#figures = figures;
    if (now - this.#written >= (this.#terminal ? REDRAW_MS : QUIET_LINE_MS)) this.draw();
  }

  /** Writes the last state and leaves it standing. */
  finish(): void {
    if (this.#finished) return;
    clearInterval(this.#refresh);
    // A plain line that has just been written needs no second one.
    if (this.#terminal || this.#shown !== this.#done) this.draw();
    if (this.#terminal) this.#stream.write("\n");
    this.#finished = true;
    onShow.delete(this);
  }

  clear(): void {
    if (this.#terminal) this.#stream.write("\r\x1b[K");
  }

  draw(): void {
    if (this.#finished) return;
    this.#written = this.#now();
    this.#shown = this.#done;
    this.#stream.write(this.#terminal ? `\r${this.#line()}\x1b[K` : `${this.#line()}\n`);
  }

  #line(): string {
    const { description, total } = this.#options;
    const tail = this.#tail();
    const plain = (text: string): number => [...stripVTControlCharacters(text)].length;
    if (total === undefined) return this.#fit(`${description}: ${this.#done}${tail}`);
    const share = total > 0 ? Math.min(1, this.#done / total) : 1;
    const head = `${description}: ${String(Math.floor(share * 100)).padStart(3)}%`;
    const count = `${this.#steady("done", String(this.#done))}/${total}${tail}`;
    const room = (this.#stream.columns || 80) - 1 - plain(head) - plain(count) - 3;
    if (!this.#terminal || room < 4) return this.#fit(`${head} ${count}`);
    return `${head}|${this.#bar(share, Math.min(room, 40))}| ${count}`;
  }

  #bar(share: number, width: number): string {
    const eighths = Math.round(share * width * 8);
    const full = "█".repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? "");
    const bar = full.padEnd(width);
    return this.#color ? `\x1b[32m${bar}\x1b[39m` : bar;
  }

  #tail(): string {
    const { total, unit = "it", initial = 0 } = this.#options;
    const elapsed = (this.#now() - this.#began) / 1000;
    const pace = this.#secondsAnItem;
    const left = total === undefined || pace === undefined ? undefined : (total - this.#done) * pace;
    const done = this.#done - initial;
    const time =
      total === undefined ? clock(elapsed) : `${clock(elapsed)}<${left === undefined ? "?" : clock(left)}`;
    const rate = pace === undefined || done === 0 ? `?${unit}/s` : rateOf(pace, unit);
    const figures = Object.entries(this.#figures).map(
      ([name, value]) => `, ${name}=${this.#steady(`figure ${name}`, shown(value))}`,
    );
    return ` [${this.#steady("time", time)}, ${this.#steady("rate", rate)}${figures.join("")}]`;
  }

  #steady(name: string, text: string): string {
    if (!this.#terminal) return text;
    const width = Math.max(text.length, this.#widths.get(name) ?? 0);
    this.#widths.set(name, width);
    return text.padStart(width);
  }

  /** A line longer than a terminal is wide would break and could not be taken back. */
  #fit(line: string): string {
    const width = (this.#stream.columns || 80) - 1;
    return this.#terminal && [...line].length > width ? [...line].slice(0, width).join("") : line;
  }
}

const rateOf = (pace: number, unit: string): string =>
  pace > 1 ? `${pace.toFixed(2)}s/${unit}` : `${(1 / Math.max(pace, 1e-9)).toFixed(2)}${unit}/s`;
