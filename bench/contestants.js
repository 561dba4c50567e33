// Processes that measure: ours (bench/ours.js) and the peers (bench/peer.py). Each gets requests and gives answers as JSON
// lines. A request {"prepare": WORK} loads what the work needs, {"run": true} does the work once and answers with its
// seconds, and {"peak": true} answers with the peak memory of the process.
import { spawn } from "node:child_process";
import path from "node:path";
import readline from "node:readline";
import { summary } from "./statistics.js";

/** Those that run. */
const running = new Set();

/** Ends the processes that a failed measurement has left. */
export function killAll() {
  for (const contestant of running) contestant.kill();
}

/** One process that does the same work as the others, in its own way. */
export class Contestant {
  #process;
  #answers;
  #closed;

  /**
   * Starts the process.
   *
   * @param {string} name as it is printed
   * @param {string[]} command the program and its arguments
   * @param {object} changes what differs for this contestant, such as `dtype`
   */
  constructor(name, command, { threads, changes = {} }) {
    this.name = name;
    this.changes = changes;
    const [program, ...args] = command;
    this.#process = spawn(program, args, {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, OMP_NUM_THREADS: String(threads), DPPO_BENCH_THREADS: String(threads) },
    });
    running.add(this);
    this.#closed = new Promise((resolve, reject) => {
      this.#process.once("error", (error) => reject(new Error(`${program} does not run: ${error.message}`)));
      this.#process.once("exit", resolve);
    }).finally(() => running.delete(this));
    // A failure is reported by the call that waits for the answer.
    this.#closed.catch(() => {});
    this.#answers = readline.createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  async call(request) {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error(`${this.name} ended while it was measured, with code ${await this.#closed}`);
    return JSON.parse(value);
  }

  /**
   * Loads and warms up. The work is the same for all contestants but for this one's changes. Ours returns the memory that it
   * takes afterwards, in bytes.
   */
  async prepare(work) {
    const { bytes } = await this.call({ prepare: { ...work, ...this.changes } });
    this.preparedBytes = bytes;
  }

  kill() {
    this.#process.kill();
  }

  /** Ends the process. Returns its peak memory in bytes. */
  async end() {
    const { bytes } = await this.call({ peak: true });
    this.#process.stdin.end();
    await this.#closed;
    return bytes;
  }
}

/** Returns a new process that measures this package through its Node API. */
export const ours = (context, name = "ours", changes = {}) =>
  new Contestant(name, [process.execPath, "--expose-gc", path.join(import.meta.dirname, "ours.js")], {
    threads: context.threads,
    changes: { device: context.device, ...changes },
  });

/** Returns a new process that measures transformers, TRL or tokenizers; undefined if no Python was named. */
export const peer = (context, name, changes = {}) =>
  context.python === undefined
    ? undefined
    : new Contestant(name, [context.python, path.join(import.meta.dirname, "peer.py")], {
        threads: context.threads,
        changes: { device: context.device, ...changes },
      });

/** Returns the summaries of seconds and of each part, such as { seconds, parts: { generate, step } }. */
function summarize(answers) {
  const names = Object.keys(answers[0].parts ?? {});
  return {
    seconds: summary(answers.map(({ seconds }) => seconds)),
    ...Object.fromEntries(names.map((name) => [name, summary(answers.map(({ parts }) => parts[name]))])),
    ...(answers[0].facts ?? {}),
  };
}

/**
 * Lets the contestants do the same work by turns, A B A B, so that whatever else runs on the machine affects all of them.
 *
 * @param {(Contestant | undefined)[]} contestants those that are undefined are left out
 * @param {object} work what `prepare` gets
 * @param {{ repeats: number, limit: number }} context runs of each, and the seconds after which no further round begins
 * @returns {Promise<Record<string, object>>} by name: the summary of `seconds` and of each part, and the facts of the first
 *   run
 */
export async function alternate(contestants, work, { repeats, limit }) {
  const present = contestants.filter((contestant) => contestant !== undefined);
  for (const contestant of present) await contestant.prepare(work);
  const answers = new Map(present.map(({ name }) => [name, []]));
  const began = performance.now();
  for (let round = 0; round < repeats; round++) {
    if (round > 0 && performance.now() - began > 1000 * limit) break;
    for (const contestant of present) answers.get(contestant.name).push(await contestant.call({ run: true }));
  }
  return Object.fromEntries([...answers].map(([name, list]) => [name, summarize(list)]));
}

/** Throws unless a fact of the peer is ours up to a relative tolerance, because a comparison means something only if both do the same work. */
export function checkAgreement(peer, ours, fact, tolerance = 0) {
  if (peer === undefined) return;
  const [theirs, own] = [peer[fact], ours[fact]].map((value) => [value].flat());
  const agree = theirs.every((value, at) => Math.abs(value - own[at]) <= tolerance * Math.abs(value));
  if (!agree) throw new Error(`the peer and ours do not do the same work: ${fact} ${theirs} and ${own}`);
}

/** Ends contestants. Returns their peak memory in bytes by name. */
export async function endAll(contestants) {
  const present = contestants.filter((contestant) => contestant !== undefined);
  const peaks = [];
  for (const contestant of present) peaks.push([contestant.name, await contestant.end()]);
  return Object.fromEntries(peaks);
}
