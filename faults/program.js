// Starts the command line as a user does, and judges how it ended.
import { spawn } from "node:child_process";
import path from "node:path";

const program = path.resolve(import.meta.dirname, "../dist/cli/main.js");
/** Seconds after which a command counts as hanging; `--patience` of faults/run.js. */
export const HANGS_AFTER = Number(process.env.FAULTS_PATIENCE ?? 120);

/**
 * Starts a command.
 *
 * @param args arguments of the command line
 * @param options environment, words before the program such as those of prlimit, and another script to run
 * @returns the process, and a promise of how it ended
 */
export function start(args, { env = {}, before = [], script = program } = {}) {
  const words = [...before, process.execPath, script, ...args];
  const began = performance.now();
  const child = spawn(words[0], words.slice(1), {
    env: { ...process.env, OMP_NUM_THREADS: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].on("data", (chunk) => {
      output[name] = (output[name] + chunk).slice(-200_000);
    });
  }
  const outcome = new Promise((resolve) => {
    let hung = false;
    const timer = setTimeout(() => {
      hung = true;
      child.kill("SIGKILL");
    }, HANGS_AFTER * 1000);
    child.on("error", (error) => resolve({ ...output, code: null, signal: null, hung, error }));
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ ...output, code, signal, hung, seconds: (performance.now() - began) / 1000 });
    });
  });
  return { child, outcome };
}

/** Runs a command to its end. */
export const run = (args, options) => start(args, options).outcome;

export const delay = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Text that a message for users never has: it comes from the language, from a library or from a crash. */
const RAW =
  /Cannot read propert|is not a function|is not iterable|is not defined|Unexpected token|Unexpected end|TypeError|RangeError|SyntaxError|terminate called|std::|c10::|\bat .+\.js:\d+|\[object Object\]|node:internal/;

/**
 * Returns what is wrong with the way in which a command failed; undefined when it ended with one clear line.
 *
 * @param codes exit codes that are right
 */
export function complaint({ code, signal, hung, stderr, error }, codes) {
  if (error) return `could not be started: ${error.message}`;
  if (hung) return `hung for ${HANGS_AFTER} s`;
  if (signal) return `died of ${signal}`;
  const lines = stderr.split("\n").filter((line) => line.startsWith("dialogue-ppo: "));
  const last = lines.at(-1)?.slice("dialogue-ppo: ".length) ?? "";
  if (!codes.includes(code)) return `exit code ${code}: ${last.slice(0, 160) || stderr.slice(-160)}`;
  if (RAW.test(stderr)) return `a raw message: ${(RAW.exec(stderr) ?? [""])[0]} in ${last.slice(0, 160)}`;
  // A run that was asked to stop has saved what it did, and need not say more.
  const isQuiet = code === 130 && lines.length === 0;
  if (code !== 0 && lines.length !== 1 && !isQuiet)
    return `${lines.length} lines of error for exit code ${code}`;
  if (last.length > 1500) return `a line of ${last.length} characters`;
  return undefined;
}

/** Returns what is wrong with a resume. A command that was complete already, and says so, has done nothing wrong. */
export function resumeComplaint(outcome) {
  const isDone = outcome.code === 2 && /already/.test(outcome.stderr);
  return isDone ? undefined : complaint(outcome, [0]);
}
