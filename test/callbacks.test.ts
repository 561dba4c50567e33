import { writeFileSync } from "node:fs";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { stepsWithCallbacks, withCallbacks } from "../lib/callbacks.ts";
import { countFrequencies, createTaacoReward, importSpaces, score } from "../lib/index.ts";
import { temporaryFolder } from "./temporary.ts";

const rejecting = async (): Promise<never> => {
  throw new Error("mine");
};

// A rejection that nobody handles fails the test run, as it would end a program.
describe("callbacks that are async functions", () => {
  it("make the next callback throw what they were rejected with", async () => {
    const lines: string[] = [];
    const log = { info: rejecting, warn: (line: string) => void lines.push(line) };
    const work = withCallbacks({ log }, async (call) => {
      call.log.info();
      await setImmediate();
      expect(() => call.log.warn("later")).toThrow("mine");
    });
    await expect(work).rejects.toThrow("mine");
    expect(lines).toEqual([]);
  });

  it("reject the call at its end when no further callback is called", async () => {
    await expect(
      withCallbacks({ onProgress: rejecting }, async ({ onProgress }) => void onProgress()),
    ).rejects.toThrow("mine");
  });

  it.each([
    ["of another realm", runInNewContext(`() => Promise.reject(new Error("mine"))`)],
    // biome-ignore lint/suspicious/noThenProperty: a library's promise is such an object
    ["of a library", () => ({ then: (_: unknown, reject: (e: Error) => void) => reject(new Error("mine")) })],
  ])("reject the call with the rejection of a promise %s", async (_, onProgress) => {
    const work = withCallbacks({ onProgress }, async (call) => void call.onProgress());
    await expect(work).rejects.toThrow("mine");
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

  it("leave a reward as it is, and the object of a log", async () => {
    const reward = (): number[] => [1];
    class Log {
      readonly lines: string[] = [];
      info(line: string): void {
        this.lines.push(line);
      }
      warn = this.info;
    }
    const log = new Log();
    await withCallbacks({ reward, log }, async (call) => {
      expect(call.reward).toBe(reward);
      call.log.info("one");
      call.log.warn("two");
    });
    expect(log.lines).toEqual(["one", "two"]);
  });

  it("are not awaited once the call is aborted, and fail as the call does when they use its signal", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const never = async (): Promise<void> => new Promise(() => {});
    const work = withCallbacks({ signal, onProgress: never }, async (call) => void call.onProgress());
    controller.abort(new Error("enough"));
    await expect(work).rejects.toMatchObject({ code: "ERR_ABORTED", cause: { message: "enough" } });

    const aborted = async (): Promise<void> => signal.throwIfAborted();
    const late = withCallbacks({ signal, onProgress: aborted }, async (call) => void call.onProgress());
    await expect(late).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });

  it("reject a caller that leaves its loop of steps early", async () => {
    async function* steps({ onStart }: { onStart: () => unknown }): AsyncGenerator<number, void> {
      onStart();
      yield 1;
      yield 2;
    }
    const seen: number[] = [];
    const leave = async (): Promise<void> => {
      for await (const step of stepsWithCallbacks({ onStart: rejecting }, steps)) {
        seen.push(step);
        break;
      }
    };
    await expect(leave()).rejects.toThrow("mine");
    expect(seen).toEqual([1]);
  });
});

describe("a log whose methods reject", () => {
  const log = { info: rejecting, warn: rejecting };

  it("rejects countFrequencies, whose progress does too", async () => {
    const folder = temporaryFolder();
    const data = path.join(folder, "dialogues.csv");
    writeFileSync(data, `text\n${'"A:: We sold the boat.\nB:: Why?"\n'.repeat(30)}`);
    const work = countFrequencies(
      { data, minWords: 1, output: path.join(folder, "frequencies.tsv") },
      { onProgress: rejecting },
    );
    await expect(work).rejects.toThrow("mine");
  });

  it("rejects score", async () => {
    const file = path.join(temporaryFolder(), "text.txt");
    writeFileSync(file, "We sold the boat. Why did we sell it?");
    const run = async (): Promise<void> => {
      for await (const _ of score({ files: [file], workers: 0 }, { log })) await setImmediate();
    };
    await expect(run()).rejects.toThrow("mine");
  });

  it("rejects importSpaces, which says that it replaces a folder", async () => {
    const folder = temporaryFolder();
    const vectors = path.join(folder, "vectors.txt");
    writeFileSync(vectors, "boat 1 0\nsea 0 1\n");
    const output = path.join(folder, "spaces");
    await importSpaces(vectors, { output }, { log });
    await expect(importSpaces(vectors, { output }, { log })).rejects.toThrow("mine");
  });

  it("rejects createTaacoReward", async () => {
    await expect(createTaacoReward({ preset: "starter" }, { log })).rejects.toThrow("mine");
  });
});
