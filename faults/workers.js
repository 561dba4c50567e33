// Processes that run many commands each. One that crashes or hangs is replaced, and the command counts as failed.
import { fork } from "node:child_process";
import path from "node:path";
import { HANGS_AFTER } from "./program.js";

const file = path.join(import.meta.dirname, "worker.js");

/** A process that runs one command at a time. */
class Worker {
  #process;

  #start() {
    const stdio = ["ignore", "ignore", "ignore", "ipc"];
    this.#process = fork(file, { stdio, env: { ...process.env, OMP_NUM_THREADS: "1" } });
  }

  /** Runs a command and returns how it ended. */
  run(args) {
    if (!this.#process) this.#start();
    const child = this.#process;
    return new Promise((resolve) => {
      let hung = false;
      const timer = setTimeout(() => {
        hung = true;
        child.kill("SIGKILL");
      }, HANGS_AFTER * 1000);
      const finish = (outcome) => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve({ hung, ...outcome });
      };
      child.once("message", finish);
      child.once("exit", (code, signal) => {
        this.#process = undefined;
        finish({ code, signal, stdout: "", stderr: "" });
      });
      child.send(args);
    });
  }

  end() {
    this.#process?.kill();
  }
}

/**
 * Calls `work` for each item with random numbers and a function that runs a command in a process of its own worker.
 */
export async function eachInWorkers(context, items, work) {
  const free = [];
  const all = [];
  try {
    await context.each(items, async (item, random) => {
      const worker = free.pop() ?? new Worker();
      if (!all.includes(worker)) all.push(worker);
      await work(item, random, (args) => worker.run(args));
      free.push(worker);
    });
  } finally {
    for (const worker of all) worker.end();
  }
}
