// Loading, language analysis and all indices in one thread, in processor time: other work on the machine affects it less.
import { spawnSync } from "node:child_process";
import { readCsv } from "../dist/data/csv.js";
import { parseTurns } from "../dist/data/dialogue.js";
import { Taaco } from "../dist/taaco/taaco.js";
import { evenSample } from "../scripts/sampling.js";
import { frequentLemmas, randomSpaces } from "./random-spaces.js";
import { timed } from "./timed.js";

const TAACO = new URL("../dist/taaco/taaco.js", import.meta.url).href;
const FIRST_SENTENCE = `
  const { Taaco } = await import(${JSON.stringify(TAACO)});
  (await Taaco.create()).analyse("This is the first sentence.");`;

/** Returns the seconds of processor time of a process that runs a module. */
function timeOfProcess(code) {
  const report = "\nconst { user, system } = process.cpuUsage(); console.log(user + system);";
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", code + report],
    { encoding: "utf8", timeout: 60_000 },
  );
  if (status !== 0) throw new Error(stderr);
  return Number(stdout) / 1e6;
}

/**
 * Measures in turn the loading (from the start of a process to its first analysed sentence, without the time of an empty
 * process), the analysis of dialogues, and all their indices with three spaces.
 *
 * @param {{ data: string, dimensions: number, texts: number, repeats: number }} work
 * @returns lists of seconds to load, tokens per second and dialogues per second
 */
export async function measureAnalysis({ data, dimensions, texts, repeats }) {
  const rows = [];
  for await (const { values } of readCsv(data)) rows.push(values.text);
  const dialogues = evenSample(rows, texts).map((text) => ({ turns: parseTurns(text) }));
  const analyser = await Taaco.create();
  const annotated = dialogues.map((dialogue) => analyser.analyse(dialogue));
  const tokens = annotated.flat(3).length;
  const spaces = randomSpaces(frequentLemmas(annotated, 20_000), dimensions);
  const taaco = await Taaco.create({ spaces });
  // A copy of the turns avoids the cache, which keeps the dialogue that was analysed last.
  const each = (visit) => () => dialogues.forEach(({ turns }) => void visit({ turns: [...turns] }));
  const analyse = each((dialogue) => analyser.analyse(dialogue));
  const measure = each((dialogue) => taaco.row(dialogue));
  measure();
  const figures = { load: [], tokens: [], dialogues: [] };
  for (let round = 0; round < repeats; round++) {
    figures.load.push(timeOfProcess(FIRST_SENTENCE) - timeOfProcess(""));
    figures.tokens.push(tokens / (await timed(analyse)).cpu);
    figures.dialogues.push(dialogues.length / (await timed(measure)).cpu);
  }
  return figures;
}
