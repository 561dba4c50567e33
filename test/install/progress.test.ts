import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followBuild, readBuildLine } from "../../native/tools/progress.js";

describe("a line of a build's output", () => {
  it.each([
    ["[23/76] Building CXX object CMakeFiles/dppo_model.dir/native/core/model/opt.cc.o", "23 of 76 steps"],
    ["[  7%] Building CXX object CMakeFiles/dppo_base.dir/native/core/base/error.cc.o", "7 %"],
    ["[100%] Linking CXX shared library Release/dialogue_ppo.node", "100 %"],
  ])("%s tells how far it is", (line, state) => {
    expect(readBuildLine(line)).toBe(state);
  });

  it.each([
    "[0/2] Re-checking globbed directories...",
    "[1/2] Re-running CMake...",
    "-- Configuring done",
    "Consolidate compiler generated dependencies of target dppo_base",
    "gmake[2]: Leaving directory '/tmp/build'",
    "ninja: no work to do.",
  ])("%s is not for the user", (line) => {
    expect(readBuildLine(line)).toBeNull();
  });

  it.each([
    "FAILED: CMakeFiles/dppo_base.dir/native/core/base/error.cc.o",
    "error.cc:3:1: error: 'x' does not name a type",
    "   36 |   at::Tensor matrix;",
    "",
  ])("%s is passed on", (line) => {
    expect(readBuildLine(line)).toBeUndefined();
  });
});

describe("the progress of a build", () => {
  let written: string;
  const stream = (isTTY: boolean) => ({ isTTY, write: (text: string) => (written += text) });

  beforeEach(() => {
    written = "";
    vi.useFakeTimers();
  });
  afterEach(() => void vi.useRealTimers());

  it("is a line every ten seconds in a log", () => {
    const progress = followBuild({ stream: stream(false) });
    progress.line("[3/76] Building CXX object a.o");
    vi.advanceTimersByTime(10_000);
    progress.line("[5/76] Building CXX object b.o");
    vi.advanceTimersByTime(90_000);
    progress.end();
    vi.advanceTimersByTime(60_000);
    const lines = written.trimEnd().split("\n");
    expect(lines).toHaveLength(10);
    expect(lines[0]).toBe("building the addon: 3 of 76 steps, 10 s");
    expect(lines[9]).toBe("building the addon: 5 of 76 steps, 1 min 40 s");
  });

  it("rewrites one line on a terminal and leaves none behind", () => {
    const progress = followBuild({ stream: stream(true) });
    progress.line("[3/76] Building CXX object a.o");
    vi.advanceTimersByTime(2000);
    progress.end();
    expect(written).toBe(
      "\r\x1b[Kbuilding the addon: 3 of 76 steps, 1 s\r\x1b[Kbuilding the addon: 3 of 76 steps, 2 s\r\x1b[K",
    );
  });

  it("writes the messages of the compiler at once, without a progress line before them", () => {
    const progress = followBuild({ stream: stream(true) });
    vi.advanceTimersByTime(1000);
    progress.line("a.cc:3:1: error: expected ';'");
    progress.end();
    expect(written.split("\r\x1b[K")).toContain("a.cc:3:1: error: expected ';'\n");
  });
});
