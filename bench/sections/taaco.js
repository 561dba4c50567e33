// Scoring of turns in training.
import path from "node:path";
import { alternate, endAll, ours } from "../contestants.js";
import { count, spread, table } from "../text.js";

const DATA = path.join(import.meta.dirname, "../../data/starter/dialogues.csv");
const DIMENSIONS = 300;

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
    return rows;
  },
  report: (rows) =>
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
    ].join("\n"),
};
