import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { addonPath } from "../../lib/native/loader.ts";

const model = path.resolve(import.meta.dirname, "../golden/models/opt_base");

const PRELUDE = `
  import { once } from "node:events";
  import { createRequire } from "node:module";
  import { Worker, isMainThread, parentPort } from "node:worker_threads";
  const addon = createRequire(${JSON.stringify(addonPath)})(${JSON.stringify(addonPath)});
  const model = ${JSON.stringify(model)};
  // A job that takes some seconds on any machine.
  const longJob = (held) => held.generate(new Array(3000).fill(Int32Array.of(5)), { maxNewTokens: 31 });
`;

/** Runs a program that uses the addon in a separate process. */
function run(program: string, flags: readonly string[] = []) {
  const args = [...flags, "--input-type=module", "-e", PRELUDE + program];
  const result = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 50_000 });
  return { code: result.status, signal: result.signal, stderr: result.stderr, stdout: result.stdout.trim() };
}

const clean = (code: number, stdout: string) => ({ code, signal: null, stderr: "", stdout });

describe("a process that uses the addon", () => {
  it("ends when no job is running", () => {
    expect(
      run(`const held = await addon.loadModel(model, {}).promise; console.log(held.info().layers);`),
    ).toEqual(clean(0, "2"));
  });

  it("waits for a running job", () => {
    const program = `
      const held = await addon.loadModel(model, {}).promise;
      held.generate([Int32Array.of(5)], { maxNewTokens: 30 }).promise.then((rows) => console.log(rows[0].length));`;
    expect(run(program)).toEqual(clean(0, "30"));
  });

  it("exits with the given code during a job", () => {
    const program = `
      const held = await addon.loadModel(model, {}).promise;
      longJob(held);
      setTimeout(() => process.exit(7), 50);`;
    expect(run(program)).toEqual(clean(7, ""));
  });

  it("ends with an uncaught error during a job", () => {
    const program = `
      const held = await addon.loadModel(model, {}).promise;
      longJob(held);
      setTimeout(() => { throw new Error("ours"); }, 50);`;
    const result = run(program);
    expect([result.code, result.signal]).toEqual([1, null]);
    expect(result.stderr).toContain("Error: ours");
  });

  it("reports a failure that is not awaited as an unhandled rejection with its code", () => {
    const unhandled = run(`addon.loadModel("/nowhere", {}).promise;`);
    expect([unhandled.code, unhandled.signal]).toEqual([1, null]);
    expect(unhandled.stderr).toContain("ERR_MODEL");
  });

  it("ends after a job that it refused while it was closing", () => {
    const program = `
      setImmediate(() => {
        process.emit("exit", 0);
        try { addon.drain(); } catch (error) { console.log(error.code); }
      });`;
    expect(run(program)).toEqual(clean(0, "ERR_ABORTED"));
  });

  it("frees models during exit in any order", () => {
    const program = `
      const child = await addon.loadModel(model, { trainable: true, valueHead: true }).promise;
      const trainer = await addon.createPpoTrainer(child, undefined, { batchSize: 1, miniBatchSize: 1 }).promise;
      globalThis.kept = [trainer, child];
      console.log("made");`;
    expect(run(program)).toEqual(clean(0, "made"));
  });
});

describe("worker threads", () => {
  const workers = (body: string): string => `
    const source = \`
      const { createRequire } = require("node:module");
      const { parentPort } = require("node:worker_threads");
      const addon = require(${JSON.stringify(addonPath)});
      const model = ${JSON.stringify(model)};
      (async () => {
        const held = await addon.loadModel(model, {}).promise;
        ${body}
      })();\`;`;

  it("three can run at a time, each with its own engine", () => {
    const program = `${workers(`
        const rows = await held.generate([Int32Array.of(5, 6)], { maxNewTokens: 8 }).promise;
        parentPort.postMessage([...rows[0]].join());`)}
      const held = await addon.loadModel(model, {}).promise;
      const own = [...(await held.generate([Int32Array.of(5, 6)], { maxNewTokens: 8 }).promise)[0]].join();
      const answers = await Promise.all([1, 2, 3].map(() => new Promise((resolve, reject) => {
        const worker = new Worker(source, { eval: true, execArgv: [] });
        worker.on("error", reject);
        let answer;
        worker.on("message", (text) => { answer = text; });
        worker.on("exit", (code) => resolve(code + answer));
      })));
      console.log(answers.every((answer) => answer === "0" + own));`;
    expect(run(program)).toEqual(clean(0, "true"));
  });

  it("one that is terminated during a job does not affect the others", () => {
    const program = `${workers(`
        held.generate(new Array(3000).fill(Int32Array.of(5)), { maxNewTokens: 31 });
        parentPort.postMessage("started");`)}
      for (let i = 0; i < 3; ++i) {
        const worker = new Worker(source, { eval: true, execArgv: [] });
        await new Promise((resolve) => worker.on("message", resolve));
        await worker.terminate();
      }
      const held = await addon.loadModel(model, {}).promise;
      const rows = await held.generate([Int32Array.of(5)], { maxNewTokens: 4 }).promise;
      console.log(rows[0].length);`;
    expect(run(program)).toEqual(clean(0, "4"));
  });

  /** Starts three workers and waits until each has a job at work that takes some seconds. */
  const threeAtWork = (body: string): string => `${workers(`
        held.generate(new Array(3000).fill(Int32Array.of(5)), { maxNewTokens: 31 });
        parentPort.postMessage("started");
        ${body}`)}
      const all = [1, 2, 3].map(() => new Worker(source, { eval: true, execArgv: [] }));
      const ends = all.map((worker) => new Promise((resolve) => {
        worker.on("error", () => {});
        worker.on("exit", resolve);
      }));
      await Promise.all(all.map((worker) => new Promise((resolve) => worker.on("message", resolve))));`;

  it("three that are terminated together during their jobs do not affect the process", () => {
    const program = `${threeAtWork("")}
      await Promise.all(all.map((worker) => worker.terminate()));
      const held = await addon.loadModel(model, {}).promise;
      const rows = await held.generate([Int32Array.of(5)], { maxNewTokens: 4 }).promise;
      console.log(rows[0].length, (await Promise.all(ends)).join());`;
    expect(run(program)).toEqual(clean(0, "4 1,1,1"));
  });

  it("three that exit or throw during their jobs do not affect the process", () => {
    const program = `${threeAtWork('if (Math.random() < 0.5) process.exit(7); throw new Error("ours");')}
      const codes = await Promise.all(ends);
      const held = await addon.loadModel(model, {}).promise;
      const rows = await held.generate([Int32Array.of(5)], { maxNewTokens: 4 }).promise;
      console.log(rows[0].length, codes.every((code) => code === 7 || code === 1));`;
    expect(run(program)).toEqual(clean(0, "4 true"));
  });

  it("the process can exit while three are at work", () => {
    expect(run(`${threeAtWork("")} process.exit(5);`)).toEqual(clean(5, ""));
  });

  it("the memory of a worker's models is released when it ends", () => {
    const program = `${workers(`parentPort.postMessage(addon.memoryInUse());`)}
      const before = addon.memoryInUse();
      const worker = new Worker(source, { eval: true, execArgv: [] });
      // A worker that ends at once delivers both events together, so both are awaited from the start.
      const [[during]] = await Promise.all([once(worker, "message"), once(worker, "exit")]);
      console.log(during > before, addon.memoryInUse() === before);`;
    expect(run(program)).toEqual(clean(0, "true true"));
  });
});
