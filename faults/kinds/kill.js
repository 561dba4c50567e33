// kill -9 at random moments, then resume: the result must be that of a run that was never killed.
import { delay, resumeComplaint, run, start } from "../program.js";
import { pretrainArguments, trainArguments } from "../project.js";
import { otherPart, pretrainResult, trainResult } from "../results.js";
import { Tally } from "../tally.js";

/**
 * Kills a command once or twice at random moments of its duration, resumes it and compares the results.
 *
 * @param args arguments that begin the work, or go on with it
 * @returns what was wrong, and how often it was killed while it ran
 */
async function killAndResume(random, args, seconds, compare) {
  let kills = 0;
  for (let left = random() < 0.5 ? 1 : 2; left > 0; left--) {
    const { child, outcome } = start(args);
    await delay(random() * seconds * 1000);
    child.kill("SIGKILL");
    if ((await outcome).signal === "SIGKILL") kills += 1;
  }
  const last = await run(args);
  return { wrong: resumeComplaint(last) ?? compare(), kills };
}

function kind(name, title, tries, argumentsOf, resultOf) {
  return {
    name,
    title,
    promise: "After a resume, weights, log and samples equal those of a run that was not killed.",
    async run(context) {
      const tally = new Tally(context.say);
      const straight = context.folder(`${name}-straight`);
      const { code, seconds, stderr } = await run(argumentsOf(context.project, straight));
      if (code !== 0) throw new Error(`the run without a fault failed: ${stderr.slice(-300)}`);
      const expected = resultOf(straight);
      let kills = 0;
      await context.each(Array(context.tries(tries)).fill(name), async (_, random) => {
        const folder = context.folder(name);
        const compare = () => otherPart(context, folder, "than without a kill", { expected, resultOf });
        const outcome = await killAndResume(random, argumentsOf(context.project, folder), seconds, compare);
        kills += outcome.kills;
        tally.add("killed and resumed", outcome.wrong);
        context.clean(folder);
      });
      return tally.result(`${kills} kills hit a running process; all were resumed`);
    },
  };
}

export const killTrain = kind(
  "kill-train",
  "`kill -9` of `train`",
  50,
  (project, folder) => trainArguments(project, folder, { more: ["--resume", "auto"] }),
  (folder) => trainResult(folder),
);

export const killPretrain = kind(
  "kill-pretrain",
  "`kill -9` of `pretrain`",
  25,
  (project, folder) => pretrainArguments(project, folder, ["--resume"]),
  (folder) => pretrainResult(folder),
);
