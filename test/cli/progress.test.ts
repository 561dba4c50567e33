import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { aboveBars, ProgressBar, useColor, writeAboveBars } from "../../lib/cli/progress.ts";

/** Returns a stream that stores its output and a clock that the test sets. */
function fakeTerminal(terminal: boolean, columns = 80) {
  const written: string[] = [];
  const stream = { isTTY: terminal, columns, write: (text: string) => void written.push(text) };
  const time = { now: 0 };
  return { written, stream, time, now: () => time.now, env: {} };
}

/** Returns the lines that a terminal would show after carriage returns. */
const screen = (written: readonly string[]): string[] =>
  written
    .join("")
    .split("\n")
    .map((line) => stripVTControlCharacters(line.split("\r").at(-1) ?? ""));

describe("the progress bar on a terminal", () => {
  it("looks like tqdm's", () => {
    const { written, time, ...options } = fakeTerminal(true);
    const bar = new ProgressBar({ description: "train", total: 20, ...options });
    time.now = 3500;
    bar.update(7, { reward: 0.12345, KL: 1.5 });
    bar.finish();
    expect(screen(written)[0]).toMatch(
      /^train: {2}35%\|█+[▏▎▍▌▋▊▉]? +\| 7\/20 \[00:04<00:07, 2\.00it\/s, reward=0\.123, KL=1\.5\]$/,
    );
    expect([...(screen(written)[0] ?? "")].length).toBeLessThan(80);
  });

  it("keeps its width while the metrics change", () => {
    const { written, time, ...options } = fakeTerminal(true, 120);
    const bar = new ProgressBar({ description: "train", total: 200, ...options });
    const metrics = [0.0412, 0.1, -0.0523, 0.3, 0.001].map((reward, index) => ({ reward, KL: index / 3 }));
    for (const [index, values] of metrics.entries()) {
      time.now += index % 2 === 0 ? 9000 : 20_000;
      bar.update(8 + index, values);
    }
    bar.finish();
    const lines = written.map((text) => stripVTControlCharacters(text).replace(/[\r\n]/g, ""));
    const drawn = lines.filter((line) => line.includes("reward="));
    // The first lines may still grow.
    expect(new Set(drawn.slice(-3).map((line) => line.length)).size).toBe(1);
    expect(drawn.at(-1)).toMatch(/\| 12\/200 \[.*, reward=0\.001, KL=1\.33\] *$/);
  });

  it("is redrawn at most ten times a second", () => {
    const { written, time, ...options } = fakeTerminal(true);
    const bar = new ProgressBar({ description: "x", total: 1000, ...options });
    for (let item = 1; item <= 1000; item++) {
      time.now = item;
      bar.update(item);
    }
    bar.finish();
    expect(written.length).toBeLessThanOrEqual(10 + 3);
    expect(screen(written)[0]).toMatch(/^x: 100%.*1000\/1000/);
  });

  it("computes the rate without the initial items", () => {
    const { written, time, ...options } = fakeTerminal(true);
    const bar = new ProgressBar({ description: "x", total: 110, initial: 100, ...options });
    time.now = 10_000;
    bar.update(105);
    bar.finish();
    expect(screen(written)[0]).toMatch(/105\/110 \[00:10<00:10, 2\.00s\/it\]/);
  });

  it("is never wider than a narrow terminal", () => {
    const { written, time, ...options } = fakeTerminal(true, 24);
    const bar = new ProgressBar({ description: "a long description", total: 5, ...options });
    time.now = 1000;
    bar.update(2, { reward: 1 });
    bar.finish();
    for (const line of screen(written)) expect(line.length).toBeLessThan(24);
  });

  it("leaves out whole metrics where they do not fit", () => {
    const metrics = { loss: 4.06, "tokens/s": 11_100, "held out": 82.8 };
    const seen = (columns: number): string => {
      const { written, time, ...options } = fakeTerminal(true, columns);
      const bar = new ProgressBar({ description: "pretrain", total: 80, ...options });
      time.now = 23_000;
      bar.update(80, metrics);
      bar.finish();
      return screen(written)[0]?.trimEnd() ?? "";
    };
    const rest = "80/80 [00:23<00:00, 3.48it/s, loss=4.06, tokens/s=11100";
    expect(seen(88)).toBe(`pretrain: 100% ${rest}, held out=82.8]`);
    expect(seen(80)).toBe(`pretrain: 100%|██████| ${rest}]`);
    expect(seen(60)).toBe("pretrain: 100% 80/80 [00:23<00:00, 3.48it/s, loss=4.06]");
  });

  it("allows other lines above it", () => {
    const { written, time: _, ...options } = fakeTerminal(true);
    const bar = new ProgressBar({ description: "x", total: 2, ...options });
    writeAboveBars("a note", options.stream);
    bar.finish();
    expect(screen(written)).toEqual(["a note", expect.stringMatching(/^x: {3}0%/), ""]);
  });
});

describe("results that are written while a bar is visible", () => {
  /** Writes a result to standard output, which is a terminal or not, and returns what the user sees of the bar's. */
  function seen(isTTY: boolean): string[] {
    const { written, time: _, ...options } = fakeTerminal(true);
    const stdout = { isTTY, write: (text: string) => isTTY && written.push(text) };
    const bar = new ProgressBar({ description: "x", total: 2, ...options });
    aboveBars(stdout, () => stdout.write("ok     addon\n"));
    bar.finish();
    return screen(written);
  }

  it("stand on lines of their own when both streams are the terminal", () => {
    expect(seen(true)).toEqual(["ok     addon", expect.stringMatching(/^x: {3}0%/), ""]);
  });

  it("leave the bar alone when they go to a file", () => {
    expect(seen(false)).toEqual([expect.stringMatching(/^x: {3}0%/), ""]);
  });
});

describe("the progress bar without a terminal", () => {
  it("writes a plain line every ten seconds and one at the end", () => {
    const { written, time, ...options } = fakeTerminal(false);
    const bar = new ProgressBar({ description: "x", total: 100, ...options });
    for (let second = 1; second <= 25; second++) {
      time.now = second * 1000;
      bar.update(second);
    }
    bar.finish();
    expect(written).toEqual([
      "x:  10% 10/100 [00:10<01:30, 1.00it/s]\n",
      "x:  20% 20/100 [00:20<01:20, 1.00it/s]\n",
      "x:  25% 25/100 [00:25<01:15, 1.00it/s]\n",
    ]);
  });

  it("writes the final state once", () => {
    const { written, time, ...options } = fakeTerminal(false);
    const bar = new ProgressBar({ description: "x", total: 1, ...options });
    time.now = 12_000;
    bar.update(1);
    bar.finish();
    expect(written).toEqual(["x: 100% 1/1 [00:12<00:00, 12.00s/it]\n"]);
  });

  it("shows no rate of percent", () => {
    const { written, time, ...options } = fakeTerminal(false);
    const bar = new ProgressBar({ description: "lsa", total: 100, unit: "%", ...options });
    time.now = 2000;
    bar.update(50);
    bar.finish();
    expect(written).toEqual(["lsa:  50% 50/100 [00:02<00:02]\n"]);
  });

  it("shows a count without an estimate when the total is unknown", () => {
    const { written, time, ...options } = fakeTerminal(false);
    const bar = new ProgressBar({ description: "read", unit: "rows", ...options });
    time.now = 2000;
    bar.update(4);
    bar.finish();
    expect(written).toEqual(["read: 4 [00:02, 2.00rows/s]\n"]);
  });
});

describe("colour", () => {
  it("follows FORCE_COLOR, then NO_COLOR, then the terminal", () => {
    const terminal = { isTTY: true, write: () => {} };
    const pipe = { write: () => {} };
    expect(useColor(terminal, {})).toBe(true);
    expect(useColor(pipe, {})).toBe(false);
    expect(useColor(terminal, { NO_COLOR: "1" })).toBe(false);
    expect(useColor(pipe, { FORCE_COLOR: "1" })).toBe(true);
    expect(useColor(terminal, { FORCE_COLOR: "0" })).toBe(false);
    expect(useColor(terminal, { TERM: "dumb" })).toBe(false);
  });
});
