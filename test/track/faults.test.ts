import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { ServerResponse } from "node:http";
import { connect } from "node:net";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { resolveConfig } from "../../lib/options/resolve.ts";
import { LivePage } from "../../lib/track/live.ts";
import { openSinks } from "../../lib/track/sinks.ts";
import { StepGroups } from "../../lib/track/step-groups.ts";
import { TrackioRun } from "../../lib/track/trackio.ts";
import { LiveSync } from "../../lib/track/wandb/live-sync.ts";
import { WandbRun } from "../../lib/track/wandb/run.ts";
import { ScriptedServer } from "../loopback.ts";
import { temporaryFolder } from "../temporary.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}`);

describe("a W&B program", () => {
  const start = (script: string): { folder: string; sync: LiveSync } => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, "logs"));
    writeFileSync(path.join(folder, "wandb"), script);
    chmodSync(path.join(folder, "wandb"), 0o755);
    const sync = LiveSync.start(folder, { PATH: `${folder}:${process.env.PATH}`, WANDB_API_KEY: "x" });
    expect(sync).toBeInstanceOf(LiveSync);
    return { folder, sync: sync as LiveSync };
  };

  it.skipIf(process.platform !== "linux")(
    "that ignores SIGTERM is ended by force, with the programs that it has started",
    async () => {
      const { folder, sync } = start(
        `#!/bin/sh\ntrap '' TERM INT\nsleep 300 &\necho $$ $! > "$4/pids"\nwhile :; do sleep 1; done\n`,
      );
      const pids = path.join(folder, "pids");
      await vi.waitFor(() => expect(readFileSync(pids, "utf8")).toMatch(/\d+ \d+\n/), 10_000);
      expect(await sync.finish(0.1)).toBe(false);
      const numbers = readFileSync(pids, "utf8").trim().split(" ").map(Number);
      await vi.waitFor(() => expect(numbers.filter(isRunning)).toEqual([]), 10_000);
    },
  );

  it("that fails, or is no program, leaves the run to a later upload", async () => {
    expect(await start("#!/bin/sh\nexit 3\n").sync.finish(10)).toBe(false);
    expect(await start("#!/no/such/interpreter\n").sync.finish(10)).toBe(false);
    expect(await start("#!/bin/sh\nexit 0\n").sync.finish(10)).toBe(true);
  });

  it("gets a run whose figures of the system cannot be written, without ending the training", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const folder = temporaryFolder();
    const warnings: string[] = [];
    const env = { HOME: folder, WANDB_MODE: "offline" };
    const { config } = resolveConfig({ flags: { wandbProject: "p", tensorboard: false }, env });
    const log = { info: () => {}, warn: (text: string) => warnings.push(text) };
    const sinks = await openSinks({ config, outputDir: folder, env, log });
    const full = Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
    const spy = vi.spyOn(WandbRun.prototype, "logSystem").mockImplementation(() => {
      throw full;
    });
    vi.advanceTimersByTime(60_000);
    expect(spy).toHaveBeenCalledTimes(1);
    const step = { step: 1, time: "2026-01-01T00:00:00Z", stats: {} };
    await sinks.step(step, []);
    await sinks.step(step, []);
    expect(warnings).toEqual(["W&B: no space is left on the disk; the run continues without it"]);
  });
});

describe("a Trackio server", () => {
  const runWith = (url: string): TrackioRun =>
    new TrackioRun({ url, token: "secret", project: "p", run: "r", config: { lr: 1 } });

  it("that redirects to another host does not get the token sent there", async () => {
    const other = new ScriptedServer((response) => response.end("{}"));
    const location = await other.start();
    for (const status of [301, 302, 303, 307, 308]) {
      const server = new ScriptedServer((response) => response.writeHead(status, { location }).end());
      const run = runWith(await server.start());
      run.log(1, {});
      await expect(run.flush()).rejects.toThrow(/answered with a redirect; set TRACKIO_SERVER_URL/);
      expect(run.queued).toBe(1);
      await server.stop();
    }
    expect(other.requests).toEqual([]);
    await other.stop();
  });

  it("that answers with a web page or never ends its answer is no reason to forget the entries or to wait", async () => {
    const page = new ScriptedServer((response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<p>"),
    );
    const run = runWith(await page.start());
    run.log(1, {});
    await expect(run.flush()).rejects.toThrow(/answered with a web page; expected a Trackio server/);
    expect(run.queued).toBe(1);
    await page.stop();
    const endless = new ScriptedServer((response) => void response.writeHead(200).write("{"));
    const accepted = runWith(await endless.start());
    accepted.log(1, {});
    await accepted.flush();
    expect(accepted.queued).toBe(0);
    await endless.stop();
  });

  it("that never answers is given up when the run ends", async () => {
    const silent = new ScriptedServer(() => {});
    const run = runWith(await silent.start());
    run.log(1, {});
    setTimeout(() => run.abort(), 50);
    await expect(run.flush()).rejects.toThrow(/cannot be reached: the run has ended/);
    await silent.stop();
  });

  it("that is down for the whole run takes a bounded memory, and the configuration stays", () => {
    const run = runWith("http://127.0.0.1:1");
    for (let step = 1; step <= 6000; step++) run.log(step, { step });
    expect([run.queued, run.leftOut]).toEqual([5000, 1000]);
  });

  it("whose address has a password is refused without showing it", async () => {
    const warnings: string[] = [];
    const env = { TRACKIO_SERVER_URL: "http://me:hunter2@127.0.0.1:7860" };
    const { config } = resolveConfig({ flags: { tensorboard: false }, env });
    const log = { info: () => {}, warn: (text: string) => warnings.push(text) };
    await openSinks({ config, outputDir: temporaryFolder(), env, log });
    expect(warnings.join()).toMatch(/TRACKIO_SERVER_URL: expected an address without user name/);
    expect(warnings.join()).not.toContain("hunter2");
  });
});

describe("the live page", () => {
  it("does not pile up states for a reader that never reads", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const page = new LivePage("a run");
    const { port } = new URL(await page.start());
    const socket = connect(Number(port), "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.write(`GET /events HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`);
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    let written = 0;
    const write = ServerResponse.prototype.write;
    vi.spyOn(ServerResponse.prototype, "write").mockImplementation(function (this: ServerResponse, chunk) {
      written += (chunk as string).length;
      return write.call(this, chunk, "utf8");
    });
    const text = "word ".repeat(100_000);
    for (let step = 1; step <= 100; step++) {
      page.add({ step, stats: {} }, [{ heading: "", turns: [{ speaker: "A", text }], answers: [] }]);
      vi.advanceTimersByTime(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    vi.useRealTimers();
    socket.destroy();
    await page.stop();
    // A hundred states of half a megabyte to two megabytes each would be more than 100 MB.
    expect(written).toBeLessThan(20_000_000);
  });

  it("merges the steps of a long run into groups whose means are those of their steps", () => {
    const groups = new StepGroups();
    const value = (step: number): number | null => (step % 7 === 0 ? null : Math.sin(step) * step);
    for (let step = 1; step <= 5000; step++) groups.add({ step, stats: { "objective/kl": value(step) } });
    const records = groups.records();
    expect(records.length).toBeLessThanOrEqual(600);
    expect([groups.count, groups.size]).toEqual([5000, 16]);
    let first = 1;
    for (const { step: last, stats } of records) {
      const steps = Array.from({ length: last - first + 1 }, (_, index) => first + index);
      const values = steps.map(value).filter((each) => each !== null);
      const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
      expect(stats["objective/kl"]).toBeCloseTo(mean, 9);
      first = last + 1;
    }
    expect(first).toBe(5001);
  });
});
