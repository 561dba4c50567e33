// Whole training steps by one process and by several side by side, with as many threads in all.
import { isAvailable } from "../../scripts/debian.js";
import { mpirun } from "../../scripts/mpirun.js";
import { summary } from "../statistics.js";
import { figure, spread, table } from "../text.js";
import { FULL, PHASES, QUICK, trainedSteps } from "./training.js";

const RANKS = [1, 2, 4];

export const ranks = {
  name: "ranks",
  async measure(context) {
    if (!isAvailable("mpirun")) {
      context.say("mpirun is missing, so several processes are not measured");
      return [];
    }
    const setting = context.quick ? QUICK : FULL;
    const measured = [];
    for (const count of RANKS) {
      const threads = Math.max(1, Math.floor(context.threads / count));
      context.say(`${setting.steps} training steps by ${count} processes`);
      const stats = await trainedSteps({ ...context, threads }, setting, mpirun(count));
      const phases = Object.fromEntries(
        Object.entries(PHASES).map(([phase, name]) => [phase, summary(stats.map((step) => step[name]))]),
      );
      measured.push({ ranks: count, threads, batch: setting.batch, phases });
    }
    return measured;
  },
  report: (measured) => {
    const [{ batch, phases: single }] = measured;
    const whole = (phases) => phases["whole step"].median;
    return [
      "### Several processes",
      "",
      `The whole training step as above, with ${batch} dialogues, on processes that MPI connects on this machine. The processes share`,
      "its cores and its memory, so that more processes are not faster here; the table shows the cost of sharing.",
      "",
      table(
        ["processes, threads each", ...Object.keys(PHASES), "speed"],
        measured.map(({ ranks: count, threads, phases }) => [
          `${count}, ${threads}`,
          ...Object.values(phases).map((phase) => spread(phase)),
          `${figure(whole(single) / whole(phases))} times`,
        ]),
      ),
    ].join("\n");
  },
};
