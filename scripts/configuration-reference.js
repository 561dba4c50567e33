// Writes docs/configuration.md from the option tables that the command line itself reads: `npm run docs:options`.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const root = path.resolve(import.meta.dirname, "..");
export const pageFile = path.join(root, "docs/configuration.md");

const separated = (name, mark) => name.replace(/[A-Z]/g, (letter) => `${mark}${letter.toLowerCase()}`);
const escaped = (text) => text.replaceAll("|", "\\|");
const code = (text) => `\`${text}\``;

/** What a value may be, in words. */
function values({ kind, choices, min, above, max, word }) {
  if (choices) return choices.map(code).join(", ");
  if (kind === "boolean") return "`true`, `false`";
  if (kind === "string") return "text";
  const noun = kind === "integer" ? "whole number" : "number";
  const low = min === undefined ? "" : above ? ` > ${min}` : ` ≥ ${min}`;
  const high = max === undefined ? "" : `${low ? "," : ""} ≤ ${max}`;
  return `${noun}${low}${high}${word === undefined ? "" : `, or ${code(word)}`}`;
}

function row(field, presets) {
  const { name, describe, aliases = [] } = field;
  const flag = code(`--${separated(name, "-")}`);
  const original = aliases.map((alias) => `; originally ${code(`--${alias}`)}`).join("");
  const standard = field.default === undefined ? "–" : code(String(field.default));
  const others = Object.entries(presets)
    .filter(([, preset]) => preset[name] !== undefined && preset[name] !== field.default)
    .map(([preset, set]) => `${preset} ${code(String(set[name]))}`);
  const shown = [standard, ...others].join("; ");
  return `| ${flag} | ${escaped(describe)}${original} | ${values(field)} | ${shown} |`;
}

function table(fields, presets) {
  return [...groupsOf(fields)].flatMap(([group, members]) => [
    `### ${group}`,
    "",
    "| flag | what it is | values | default |",
    "|---|---|---|---|",
    ...members.map((field) => row(field, presets)),
    "",
  ]);
}

function groupsOf(fields) {
  const groups = new Map();
  for (const field of fields) groups.set(field.group, [...(groups.get(field.group) ?? []), field]);
  return groups;
}

const INTRODUCTION = `# Configuration

<!-- Written by \`npm run docs:options\` from the option tables in lib/. Change those, not this page. -->

## Where values come from

A value is taken from the first of these that has it:

1. a flag on the command line, \`--batch-size 16\`;
2. with \`--resume\`, the checkpoint that is resumed;
3. the file that \`--config\` names, JSON or YAML by its ending;
4. the environment, \`DIALOGUE_PPO_BATCH_SIZE=16\` (and \`WANDB_PROJECT\` for \`--wandb-project\`);
5. the preset that \`--preset\` names; with neither child nor data named anywhere it is \`starter\`;
6. the default.

The keys of a file are the flags in camelCase (\`batchSize\`); from a program, \`train({ batchSize: 16 })\` takes the same
keys. The snake_case spellings of the original experiment (\`--batch_size\`) are accepted as flags. A switch that is on by
default is turned off with \`--no-\` (\`--no-use-score-norm\`). An unknown flag or key is refused with the nearest name.
The resolved options of a run lie in its folder as \`config.json\`, which \`--config\` accepts.

\`\`\`yaml
# run.yaml, for: npx dialogue-ppo train --config run.yaml
child: checkpoints/my-child
data: dialogues.csv
evalFraction: 0.1
scorePreset: turn
steps: 200
\`\`\`

## Options of a run

They hold for \`train\`, \`check\` and \`steps\`, and for \`evaluate\` where they make sense there. Where a preset has another value,
it stands behind the default.
`;

const ENVIRONMENT = `## Other variables of the environment

| variable | what it does |
|---|---|
| \`LIBTORCH\` | the libtorch to build with: the folder that holds \`include/\` and \`lib/\` |
| \`DIALOGUE_PPO_PYTHON\` | a Python whose torch is taken, and whose pip fetches one |
| \`DIALOGUE_PPO_FLAVOUR\` | \`cpu\` or \`cuda\` for a libtorch that is fetched, against what the machine seems to have |
| \`DIALOGUE_PPO_TORCH_INDEX\` | index that a libtorch is fetched from |
| \`DIALOGUE_PPO_SKIP_BUILD=1\` | npm's install step leaves the addon out |
| \`DIALOGUE_PPO_DEBUG=1\` | errors with their stack |
| \`CXX\` | the compiler |
| \`XDG_CACHE_HOME\` | where fetched libtorch, learnt spaces and calibrations are cached, in \`dialogue-ppo\` |
| \`HF_HOME\`, \`HF_HUB_CACHE\`, \`HF_TOKEN\`, \`HF_TOKEN_PATH\`, \`HF_ENDPOINT\`, \`HF_HUB_OFFLINE\` | as for Python's huggingface_hub |
| \`WANDB_*\`, \`TRACKIO_*\` | see [tracking](tracking.md) |
| \`NO_COLOR\`, \`FORCE_COLOR\` | colours off, on |
`;

/**
 * The page's text.
 * @param {readonly object[]} trainFields every option of a run
 * @param {Record<string, object>} presets values by preset
 * @param {readonly object[]} pretrainFields every option of \`pretrain\`
 */
export function configurationPage(trainFields, presets, pretrainFields) {
  return [
    INTRODUCTION,
    ...table(trainFields, presets),
    "## Options of `pretrain`",
    "",
    ...table(pretrainFields, {}),
    ENVIRONMENT,
  ]
    .join("\n")
    .replace(/\n+$/, "\n");
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const compiled = (file) => import(pathToFileURL(path.join(root, "dist", file)).href);
  const { TRAIN_FIELDS } = await compiled("options/fields.js");
  const { PRESETS } = await compiled("options/presets.js");
  const { PRETRAIN_FIELDS } = await compiled("pretrain/fields.js");
  writeFileSync(pageFile, configurationPage(TRAIN_FIELDS, PRESETS, PRETRAIN_FIELDS));
  console.error(`wrote ${path.relative(process.cwd(), pageFile)}`);
}
