// How time and memory grow with the size of the work. Each point runs in a process of its own, whose peak memory counts.
import { createWriteStream } from "node:fs";
import path from "node:path";
import { finished } from "node:stream/promises";
import { alternate, endAll, ours } from "../contestants.js";
import { promptLengths, randomRows } from "../inputs.js";
import { modelFolder } from "../models.js";
import { growthExponent } from "../statistics.js";
import { count, duration, size, table } from "../text.js";

const equal = (length, rows) => randomRows(promptLengths(length, rows), 1);
const generate = (rows, prompt, newTokens) => ({
  kind: "generation",
  prompts: equal(prompt, rows),
  newTokens,
});
const step = (rows, prompt) => ({
  kind: "ppoStep",
  queries: equal(prompt, rows),
  responses: equal(40, rows),
  miniBatchSize: 1,
  epochs: 1,
});

/** Each curve: what grows, its points, and the work at a point. Quick runs take the first two points. */
const CURVES = [
  { what: "generation", against: "rows", points: [4, 8, 16, 32, 64], work: (rows) => generate(rows, 70, 20) },
  {
    what: "generation",
    against: "prompt tokens",
    points: [50, 100, 200, 400, 800],
    work: (prompt) => generate(8, prompt, 2),
  },
  {
    what: "generation",
    against: "new tokens",
    points: [20, 40, 80, 160, 320],
    work: (tokens) => generate(8, 20, tokens),
  },
  { what: "PPO step", against: "rows", points: [4, 8, 16, 32], work: (rows) => step(rows, 70) },
  {
    what: "PPO step",
    against: "prompt tokens",
    points: [50, 100, 200, 400],
    work: (prompt) => step(4, prompt),
  },
];
const LAYERS = [3, 6, 12, 24];
const CSV_ROWS = [1_000, 10_000, 100_000, 1_000_000];
const TURNS =
  "A:: Is it still snowing over there?\nB:: It stopped about an hour ago, and the roads are clear again.";

/** Writes a CSV of dialogues of 20 words, each with its number in it. */
async function writeCsv(file, rows) {
  const stream = createWriteStream(file);
  stream.write("id,text\n");
  for (let row = 0; row < rows; row++) {
    if (!stream.write(`d${row},"${TURNS}\nA:: That is number ${row}, and I like it."\n`)) {
      await new Promise((resolve) => stream.once("drain", resolve));
    }
  }
  stream.end();
  await finished(stream);
}

async function measurePoint(context, work) {
  const contestants = [ours(context)];
  const repeats = { repeats: Math.min(2, context.repeats), limit: context.limit };
  const measured = await alternate(contestants, work, repeats);
  const peaks = await endAll(contestants);
  // Other work on the machine can only add to the time, so the smaller one is nearer to the truth.
  return { seconds: measured.ours.seconds.min, bytes: peaks.ours - contestants[0].preparedBytes };
}

async function measureCurve(context, { what, against, points, work }) {
  const measured = [];
  for (const x of context.quick ? points.slice(0, 2) : points) {
    context.say(`growth: ${what}, ${count(x)} ${against}`);
    measured.push({ x, ...(await measurePoint(context, await work(x))) });
  }
  const fit = (key) => growthExponent(measured.map((point) => ({ x: point.x, y: point[key] })));
  return { what, against, points: measured, timeExponent: fit("seconds"), memoryExponent: fit("bytes") };
}

export const growth = {
  name: "growth",
  async measure(context) {
    const folder = await modelFolder(context, context.quick ? "tiny" : "child");
    const ofChild = CURVES.map((curve) => ({ ...curve, work: (x) => ({ ...curve.work(x), folder }) }));
    const ofSize = {
      what: "generation",
      against: "layers",
      points: LAYERS,
      work: async (layers) => ({
        ...generate(8, 70, 20),
        folder: await modelFolder(context, context.quick ? "tiny" : "child", { num_hidden_layers: layers }),
      }),
    };
    const ofRows = {
      what: "reading of a CSV",
      against: "rows",
      points: CSV_ROWS,
      work: async (rows) => {
        const data = path.join(context.temporary, "rows.csv");
        await writeCsv(data, rows);
        return { kind: "loading", data };
      },
    };
    const curves = [];
    for (const curve of [...ofChild, ofSize, ofRows]) curves.push(await measureCurve(context, curve));
    return curves;
  },
  report: (curves) =>
    [
      "### Growth",
      "",
      "An exponent of 1 means that the figure grows in proportion, and 0 that it does not grow. Memory is the peak memory of a",
      "process minus its memory after loading the model. A first PPO step also takes three times the weights for the optimizer.",
      "",
      table(
        ["work, against", "from", "to", "time", "exponent", "memory", "exponent"],
        curves.map(({ what, against, points, timeExponent, memoryExponent }) => {
          const [first, last] = [points[0], points.at(-1)];
          return [
            `${what}, ${against}`,
            count(first.x),
            count(last.x),
            `${duration(first.seconds)} to ${duration(last.seconds)}`,
            timeExponent.toFixed(2),
            `${size(first.bytes)} to ${size(last.bytes)}`,
            memoryExponent.toFixed(2),
          ];
        }),
      ),
    ].join("\n"),
};
