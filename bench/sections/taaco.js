// Scoring of turns in training, language analysis, and all indices of dialogues.
import path from "node:path";
import { measureAnalysis } from "../analysis.js";
import { alternate, endAll, ours } from "../contestants.js";
import { summary } from "../statistics.js";
import { count, spread, table } from "../text.js";

const DATA = path.join(import.meta.dirname, "../../data/starter/dialogues.csv");
const DIMENSIONS = 300;

/** Returns the median, smallest and largest number per second. */
function rate(values) {
  const { median, min, max } = summary(values);
  return `${count(median)} (${count(min)} to ${count(max)})`;
}

export const taaco = {
  name: "taaco",
  async measure(context) {
    const rows = [];
    for (const preset of ["taaco", "turn", "original"]) {
      context.say(`scoring with preset ${preset}`);
      const contestants = [ours(context)];
      const work = {
        kind: "scoring",
        data: DATA,
        dimensions: DIMENSIONS,
        preset,
        steps: context.quick ? 3 : 30,
      };
      const measured = await alternate(contestants, work, context);
      await endAll(contestants);
      rows.push({ preset, ...measured.ours });
    }
    context.say("language analysis and indices");
    const size = context.quick ? { texts: 50, repeats: 1 } : { texts: 1500, repeats: 9 };
    const analysis = await measureAnalysis({ data: DATA, dimensions: DIMENSIONS, ...size });
    return [{ rows, analysis }];
  },
  report: ([{ rows, analysis }]) =>
    [
      "### Scoring",
      "",
      `The child's and the teacher's turns of ${rows[0].turns / 2} dialogues with their contexts, in one thread, with three spaces of`,
      `${DIMENSIONS} dimensions.`,
      "",
      table(
        ["preset", "step", "turns/s"],
        rows.map(({ preset, seconds, turns }) => [
          `\`${preset}\``,
          spread(seconds),
          count(turns / seconds.median),
        ]),
      ),
      "",
      "The analyser and all 168 indices with these spaces, in one thread, in processor time. Loading lasts from the start of a",
      "process to its first sentence, without the time of an empty process.",
      "",
      table(
        ["loading", "tokens/s, analysis", "dialogues/s, all indices"],
        [[spread(summary(analysis.load)), rate(analysis.tokens), rate(analysis.dialogues)]],
      ),
    ].join("\n"),
};
