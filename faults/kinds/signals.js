// Signals at random moments of every command.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { complaint, delay, run, start } from "../program.js";
import { pretrainArguments, trainArguments } from "../project.js";
import { otherPart } from "../results.js";
import { Tally } from "../tally.js";

/** Longest time from a signal to the end of a command that has no step to finish: a second, and what a busy machine adds to it. */
const ANSWER_SECONDS = 5;

const logLines = (folder) => {
  const log = path.join(folder, "training_log.jsonl");
  return existsSync(log) ? readFileSync(log, "utf8").split("\n").length - 1 : 0;
};

/** Waits until a run has logged a number of steps, or has ended. */
async function logged(folder, steps, child) {
  while (logLines(folder) < steps && child.exitCode === null && child.signalCode === null) await delay(5);
}

/** Sends signals to `train` in a phase, resumes, and compares with the straight run. */
async function trainWithSignals(context, random, signals, phase) {
  const folder = context.folder("signals");
  const args = trainArguments(context.project, folder, { more: ["--resume", "auto"] });
  const { child, outcome } = start(args);
  if (phase === "steps") await logged(folder, 1 + Math.floor(random() * 3), child);
  else await delay(200 + random() * 600);
  for (const signal of signals) {
    child.kill(signal);
    await delay(50);
  }
  const first = await outcome;
  // Until the program has set up its handlers, a signal ends it as it ends any program.
  const isEarly = phase === "start" && [...signals, "SIGTERM"].includes(first.signal);
  // While Node ends, after everything is saved, a signal ends it as it ends any program.
  const isLate = first.stderr.includes("finishing the step") && signals.includes(first.signal);
  const codes = signals.includes("SIGHUP") ? [0] : [0, 130];
  const wrong = isEarly || isLate ? undefined : complaint(first, codes);
  const last = first.code === 0 ? first : await run(args);
  const other = otherPart(context, folder, "after the resume");
  return wrong ?? complaint(last, [0]) ?? other;
}

/** Returns the arguments of commands that take a while. */
function otherCommands(context) {
  const { project, straight } = context;
  const output = (name) => path.join(context.folder("signals"), name);
  const long = path.join(project.root, "long.csv");
  if (!existsSync(long)) {
    const dialogues = readFileSync(project.data, "utf8").split("\n").slice(1).join("\n");
    const turns = dialogues.replaceAll(/^d\d+,|"/gm, "").trim();
    const rows = Array.from({ length: 400 }, (_, row) => `r${row},"${turns}"`);
    writeFileSync(long, `Filename,text\n${rows.join("\n")}\nword,"${"a-_'".repeat(75_000)}"\n`);
  }
  return {
    pretrain: pretrainArguments(project, output("model")).map((word) => (word === "6" ? "5000" : word)),
    score: ["score", "--data", long, "--output", output("rows.csv"), "--workers", "1"],
    evaluate: ["evaluate", "--run", straight, "--samples-per-prompt", "500", "--output", output("e")],
    calibrate: ["calibrate", "--data", long, "--max-words", "100000", "--output", output("c.json")],
    spaces: ["spaces", "build", "--data", long, "--max-words", "100000", "--output", output("s")],
    steps: ["steps", "--child", project.child, "--data", long, "--max-words", "100000"],
  };
}

async function otherCommand(context, random, name, signal) {
  const args = otherCommands(context)[name];
  const { child, outcome } = start(args);
  await delay(600 + random() * 2500);
  const sent = performance.now();
  const isRunning = child.exitCode === null && child.signalCode === null;
  child.kill(signal);
  // Before Node has loaded the program, SIGUSR1 opens Node's debugger and says nothing about the command.
  let isDebugged = false;
  child.stderr.on("data", (chunk) => {
    if (!/Debugger listening|Starting inspector/.test(chunk)) return;
    isDebugged = true;
    child.kill("SIGTERM");
  });
  const ended = await outcome;
  const seconds = (performance.now() - sent) / 1000;
  // A command that had ended before says nothing about signals.
  if (!isRunning) return { wrong: complaint(ended, [0]), seconds: undefined };
  if (isDebugged) {
    const isDirect = ended.signal === "SIGTERM";
    return { wrong: isDirect ? undefined : complaint(ended, [0, 130]), seconds: undefined };
  }
  // Before a command handles signals, the warning of a scheduler ends it as SIGTERM does.
  const isDirect = ended.signal === signal || (signal === "SIGUSR1" && ended.signal === "SIGTERM");
  const wrong = isDirect ? undefined : complaint(ended, [0, 130]);
  const late = seconds > ANSWER_SECONDS ? `answered after ${seconds.toFixed(1)} s` : undefined;
  const flag = args.indexOf("--output");
  const target = flag < 0 ? undefined : args[flag + 1];
  const parts = target && existsSync(path.dirname(target)) ? readdirSync(path.dirname(target)) : [];
  const half = parts.find((each) => each.includes(".partial"));
  const left = half !== undefined && ended.signal === null ? `left ${half}` : undefined;
  return { wrong: wrong ?? late ?? left, seconds };
}

export const signals = {
  name: "signals",
  title: "SIGINT, SIGTERM, SIGHUP and SIGUSR1 by phase and command",
  promise: `A run finishes its step, saves and can be resumed to the same result; other commands end within ${ANSWER_SECONDS} s.`,
  async run(context) {
    const tally = new Tally(context.say);
    const phases = ["start", "steps"];
    const sets = [
      ["SIGINT"],
      ["SIGTERM"],
      ["SIGHUP"],
      ["SIGUSR1"],
      ["SIGINT", "SIGINT"],
      ["SIGUSR1", "SIGUSR1"],
    ];
    const rounds = Array.from({ length: context.tries(4) }, (_, round) => round);
    const runs = rounds.flatMap(() => phases.flatMap((phase) => sets.map((set) => ({ phase, set }))));
    await context.each(runs, async ({ phase, set }, random) => {
      const what = `train, ${set.join(" and ")}, ${phase === "start" ? "before the steps" : "in the steps"}`;
      tally.add(what, await trainWithSignals(context, random, set, phase));
    });
    const answers = [];
    const names = Object.keys(otherCommands(context));
    const commands = rounds.flatMap((round) => names.map((name) => ({ round, name })));
    await context.each(commands, async ({ round, name }, random) => {
      const signal = ["SIGINT", "SIGTERM", "SIGUSR1"][round % 3];
      const { wrong, seconds } = await otherCommand(context, random, name, signal);
      tally.add(`${name}, ${signal}`, wrong);
      if (seconds !== undefined) answers.push(seconds);
    });
    const longest = Math.max(0, ...answers).toFixed(2);
    return tally.result(
      `${answers.length} signals hit a running command other than \`train\`; the slowest answer took ${longest} s`,
    );
  },
};
