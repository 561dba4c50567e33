// The page of a run: what was measured where, and the tables of all sections.
import { boundary } from "./sections/boundary.js";
import { build } from "./sections/build.js";
import { core } from "./sections/core.js";
import { generation } from "./sections/generation.js";
import { growth } from "./sections/growth.js";
import { loop, ppo } from "./sections/ppo.js";
import { ranks } from "./sections/ranks.js";
import { taaco } from "./sections/taaco.js";
import { teacher } from "./sections/teacher.js";
import { tokenizer } from "./sections/tokenizer.js";
import { training } from "./sections/training.js";
import { figure, rate } from "./text.js";

/** All sections in the order of the page. Each has a name, a `measure` and a `report`. */
export const SECTIONS = [
  generation,
  ppo,
  loop,
  teacher,
  training,
  ranks,
  tokenizer,
  taaco,
  boundary,
  growth,
  build,
  core,
];

/** Returns the lines about the rates that the ceilings of a run rest on. */
function ceilingLines(title, { bytesPerSecond, flopsPerSecond, bfloat16FlopsPerSecond }, device) {
  const memory =
    device === "cpu"
      ? `all threads together read ${rate(bytesPerSecond)} GB/s of memory`
      : `a large copy reads and writes ${rate(bytesPerSecond)} GB/s of the device's memory`;
  return [
    `- ${title}: ${memory}; a large product of float32 matrices runs at`,
    `  ${rate(flopsPerSecond)} GFLOP/s, one of bfloat16 matrices at ${rate(bfloat16FlopsPerSecond)} GFLOP/s.`,
  ];
}

function environmentLines({ machine, device, versions, threads, repeats, command, ceilings, runs }) {
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const parts = runs ?? [{ command, ceilings }];
  const several = parts.length > 1;
  return [
    ...parts.map((part, at) => `- ${several ? `Command ${at + 1}` : "Command"}: \`${part.command}\``),
    `- Processor: ${machine.processor}, ${machine.cores} cores, ${figure(machine.memoryBytes / 2 ** 30)} GiB; ${machine.instructions.join(", ")}`,
    `- Device: ${[device, machine.gpu].filter(Boolean).join(", ")}, ${threads} threads of each process`,
    `- Versions: ${named.join(", ")}`,
    `- Figures are medians of ${repeats} runs, or of fewer where a run is long; the smallest and the largest are in parentheses.`,
    "  A ratio above 1 means that ours is faster.",
    ...parts.flatMap((part, at) =>
      part.ceilings
        ? ceilingLines(several ? `Ceilings of command ${at + 1}` : "Ceilings", part.ceilings, device)
        : [],
    ),
  ];
}

/** Returns the Markdown of a run from its JSON. Sections that were not measured are left out. */
export function markdown(result) {
  const parts = SECTIONS.filter(({ name }) => (result.sections[name] ?? []).length > 0).map((section) =>
    section.report(result.sections[section.name]),
  );
  return [environmentLines(result).join("\n"), ...parts].join("\n\n");
}
