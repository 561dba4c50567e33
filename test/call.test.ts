import { writeFileSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { guardCallbacks, withCallbacks } from "../lib/call.ts";
import { countFrequencies } from "../lib/index.ts";
import { temporaryFolder } from "./temporary.ts";

const rejecting = async (): Promise<never> => {
  throw new Error("mine");
};

// A rejection that nobody handles fails the test run, as it would end a program.
describe("callbacks that are async functions", () => {
  it("make the next callback throw what they were rejected with", async () => {
    const lines: string[] = [];
    const log = { lines, info: rejecting, warn: (line: string) => void lines.push(line) };
    const { call, settle } = guardCallbacks({ log });
    call.log.info();
    await setImmediate();
    expect(() => call.log.warn("later")).toThrow("mine");
    expect(lines).toEqual([]);
    await expect(settle()).rejects.toThrow("mine");
  });

  it("reject the call at its end when no further callback is called", async () => {
    await expect(
      withCallbacks({ onProgress: rejecting }, async ({ onProgress }) => void onProgress()),
    ).rejects.toThrow("mine");
  });

  it("are awaited at the end of the call", async () => {
    let done = false;
    const onProgress = async (): Promise<void> => {
      await setImmediate();
      done = true;
    };
    await withCallbacks({ onProgress }, async (call) => void call.onProgress());
    expect(done).toBe(true);
  });

  it("leave a reward as it is, and the object of a log", () => {
    const reward = (): number[] => [1];
    class Log {
      readonly lines: string[] = [];
      info(line: string): void {
        this.lines.push(line);
      }
      warn = this.info;
    }
    const log = new Log();
    const { call } = guardCallbacks({ reward, log });
    expect(call.reward).toBe(reward);
    call.log.info("one");
    call.log.warn("two");
    expect(log.lines).toEqual(["one", "two"]);
  });

  it("reject a call of the package", async () => {
    const folder = temporaryFolder();
    const data = path.join(folder, "dialogues.csv");
    writeFileSync(data, `text\n${'"A:: We sold the boat.\nB:: Why?"\n'.repeat(30)}`);
    const work = countFrequencies(
      { data, minWords: 1, output: path.join(folder, "frequencies.tsv") },
      { onProgress: rejecting },
    );
    await expect(work).rejects.toThrow("mine");
  });
});
