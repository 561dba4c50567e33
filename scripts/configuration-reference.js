// Writes docs/configuration.md from the option tables of the command line: `npm run docs:options`.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const root = path.resolve(import.meta.dirname, "..");
export const pageFile = path.join(root, "docs/configuration.md");

const escaped = (text) => text.replaceAll("|", "\\|");
const code = (text) => `\`${text}\``;
const listed = (names) => names.map(code).join(", ");

/** Returns a description of the values that an option accepts. */
function valuesText({ kind, choices, min, above, max, below, word }) {
  if (choices) return listed(choices);
  if (kind === "boolean") return "`true`, `false`";
  if (kind === "text") return "text";
  const limits = [
    [">", above],
    ["≥", min],
    ["<", below],
    ["≤", max],
  ].filter(([, limit]) => limit !== undefined);
  const range = limits.map(([sign, limit]) => `${sign} ${limit}`).join(", ");
  const noun = kind === "integer" ? "whole number" : "number";
  return [`${noun} ${range}`.trim(), ...(word === undefined ? [] : [`or ${code(word)}`])].join(", ");
}

/** Returns the default of an option, followed by the values of presets that differ. */
function defaultText(name, option, presets) {
  const others = Object.entries(presets)
    .filter(([, values]) => values[name] !== undefined && values[name] !== option.default)
    .map(([preset, values]) => `${preset} ${code(values[name])}`);
  const none = option.required ? "required" : "–";
  return [option.default === undefined ? none : code(option.default), ...others].join("; ");
}

/**
 * Returns the lines of a table of options. Each column is a heading and a function of the name and definition of an
 * option.
 */
function tableText(options, columns) {
  const rows = Object.entries(options).map(([name, option]) => columns.map(([, cell]) => cell(name, option)));
  const lines = [columns.map(([heading]) => heading), columns.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).concat("");
}

function optionsByGroup(table) {
  const groups = new Map();
  for (const [name, option] of Object.entries(table)) {
    groups.set(option.group, { ...groups.get(option.group), [name]: option });
  }
  return [...groups];
}

const INTRODUCTION = `# Configuration

<!-- Written by \`npm run docs:options\` from the option tables in lib/options. Change those, not this page. -->

This page lists the options of every command. \`npx dialogue-ppo COMMAND --help\` shows the same.

## Where values come from

The commands \`train\`, \`check\`, \`steps\`, \`evaluate\`, \`generate\`, \`calibrate\`, \`spaces build\` and \`spaces frequencies\` read the
[options of a run](#options-of-a-run). The first of these sources that has a value sets the option:

1. a flag on the command line: \`--batch-size 16\`;
2. the checkpoint, if \`--resume\` continues a run or \`--run\` names one;
3. the JSON or YAML file that \`--config\` names;
4. the environment variable: \`DIALOGUE_PPO_BATCH_SIZE=16\`;
5. the preset that \`--preset\` names. Without one, the preset is \`starter\`, unless a source names data other than the starter dialogues;
6. the default.

A configuration file uses the names of the flags in camelCase (\`batchSize\`). A program passes the same names:
\`train({ batchSize: 16 })\`. The program writes the resolved options to \`config.json\` in the folder of the run, and \`--config\`
accepts that file.

The command line also accepts the snake_case names of the original experiment (\`--batch_size\`). The prefix \`--no-\` turns a
switch off (\`--no-use-score-norm\`). The program refuses an unknown flag or key and suggests the nearest name.

\`\`\`yaml
# run.yaml, for: npx dialogue-ppo train --config run.yaml
child: checkpoints/my-child
data: dialogues.csv
evalFraction: 0.1
scorePreset: turn
steps: 200
\`\`\`
`;

const ENVIRONMENT = `## Other environment variables

| Variable | Meaning |
| --- | --- |
| \`LIBTORCH\` | The libtorch to build with: the folder that holds \`include/\` and \`lib/\`. |
| \`DIALOGUE_PPO_PYTHON\` | Python whose torch is used to build, and whose pip downloads one. |
| \`DIALOGUE_PPO_FLAVOUR\` | Kind of libtorch to download: \`cpu\` or \`cuda\`. Default: what the machine supports. |
| \`DIALOGUE_PPO_TORCH_INDEX\` | Package index from which libtorch is downloaded. |
| \`DIALOGUE_PPO_SKIP_BUILD=1\` | Skips the addon in npm's install step. |
| \`DIALOGUE_PPO_DEBUG=1\` | Prints errors with their stack. |
| \`DIALOGUE_PPO_GROUP=off\` | Keeps processes apart that \`mpirun\`, \`srun\` or \`torchrun\` starts ([several processes](scaling.md)). |
| \`MASTER_ADDR\`, \`MASTER_PORT\` | Where processes with a GPU each meet for NCCL. |
| \`CXX\` | The C++ compiler. |
| \`XDG_CACHE_HOME\` | Folder whose subfolder \`dialogue-ppo\` caches downloaded libtorch, learned spaces and calibrations. Default: \`~/.cache\`. Without a folder that can be written, a run does without the cache. |
| \`WANDB_PROJECT\` | Same as \`--wandb-project\`. |
| \`HF_HOME\`, \`HF_HUB_CACHE\`, \`HUGGINGFACE_HUB_CACHE\` | Folder of downloaded models, shared with Python. \`~\` and variables in it are replaced. |
| \`HF_ENDPOINT\` | Address of the hub or of a mirror, with \`https://\`. |
| \`HF_TOKEN\`, \`HUGGING_FACE_HUB_TOKEN\`, \`HF_TOKEN_PATH\` | Access token, or the file that has it. Without them: the file that \`hf auth login\` writes. |
| \`HF_HUB_DISABLE_IMPLICIT_TOKEN\` | \`1\` sends no token. |
| \`HF_HUB_OFFLINE\`, \`TRANSFORMERS_OFFLINE\` | \`1\` uses only what is in the cache. |
| \`HF_HUB_ETAG_TIMEOUT\`, \`HF_HUB_DOWNLOAD_TIMEOUT\` | Seconds without an answer after which a request, or without data after which a download, is tried again. Default: 10. |
| \`WANDB_*\`, \`TRACKIO_*\` | See [tracking](tracking.md). |
| \`NO_COLOR\`, \`FORCE_COLOR\` | Turn colors off or on. |

The variables of the hub mean what they mean in Python's huggingface_hub, with two differences that are on the safe side: an empty
variable counts as unset, and a misspelt switch is an error where Python takes it as off.
`;

const MEANING = ["Meaning", (_, { help }) => escaped(help)];
const VALUES = ["Values", (_, option) => valuesText(option)];

function runSection({ train, presets, flagName, environmentName }) {
  const flag = (name, { aliases = [] }) => listed([flagName(name), ...aliases.map((alias) => `--${alias}`)]);
  const columns = [
    ["Flag", flag],
    MEANING,
    VALUES,
    ["Default", (name, option) => defaultText(name, option, presets)],
    ["Environment variable", (name) => code(environmentName(name))],
  ];
  const fixed = Object.keys(train).filter((name) => train[name].fixed);
  return [
    "## Options of a run",
    "",
    "`train` and `check` take all of these options; the other commands take those that are listed below. If a preset has a",
    "value of its own, the column of defaults shows it after the name of the preset.",
    "",
    ...optionsByGroup(train).flatMap(([group, options]) => [
      `### ${group}`,
      "",
      ...tableText(options, columns),
    ]),
    `A resumed run must have the same values as before for: ${listed(fixed.map(flagName))}.`,
    "",
  ];
}

function flagTable(options, { flagName }) {
  const columns = [
    ["Flag", (name) => code(flagName(name))],
    MEANING,
    VALUES,
    ["Default", (name, option) => defaultText(name, option, {})],
  ];
  return tableText(options, columns);
}

function pretrainSection(reference) {
  const { pretrain, commands, flagName } = reference;
  const fixed = Object.keys(pretrain).filter((name) => pretrain[name].fixed);
  return [
    "## Options of `pretrain`",
    "",
    ...optionsByGroup(commands.pretrain.own).flatMap(([group, options]) => [
      `### ${group} (pretrain)`,
      "",
      ...flagTable(options, reference),
    ]),
    `A resumed run must have the same values as before for: ${listed(fixed.map(flagName))}.`,
    "",
  ];
}

/** Returns lines that list the options of a run that a command accepts. */
function runOptionsText(names, { train, flagName }) {
  if (names.length === 0) return [];
  const all = Object.keys(train).filter((name) => names.includes(name));
  if (all.length === Object.keys(train).length) return ["All [options of a run](#options-of-a-run).", ""];
  return [`Options of a run: ${listed(all.map(flagName))}.`, ""];
}

function commandSection(reference) {
  const { commands } = reference;
  const others = Object.keys(commands).filter((name) => name !== "pretrain");
  return others.flatMap((name) => {
    const { run, own } = commands[name];
    return [
      `## Options of \`${name}\``,
      "",
      ...runOptionsText(run, reference),
      ...(Object.keys(own).length === 0 ? [] : flagTable(own, reference)),
    ];
  });
}

function sharedSection(reference) {
  return [
    "## Options that several commands share",
    "",
    "Every command that takes options of a run also takes:",
    "",
    ...flagTable(reference.source, reference),
    "Every command takes:",
    "",
    ...flagTable(reference.global, reference),
  ];
}

function ppoSection({ ppo }) {
  const columns = [
    ["Option", (name) => code(name)],
    MEANING,
    VALUES,
    ["Default", (name, option) => defaultText(name, option, {})],
  ];
  return [
    "## Options of `PpoTrainer.create`",
    "",
    "A program that uses the PPO trainer without a run passes these options. Their defaults are those of TRL's classic",
    "PPOConfig. `betas: [beta1, beta2]` sets the decay rates of Adam, and `reference` is a model.",
    "",
    ...tableText(ppo, columns),
  ];
}

/** Returns the text of docs/configuration.md. */
export function configurationPage(reference) {
  return [
    INTRODUCTION,
    ...runSection(reference),
    ...sharedSection(reference),
    ...commandSection(reference),
    ...pretrainSection(reference),
    ...ppoSection(reference),
    ENVIRONMENT.trimEnd(),
    "",
  ].join("\n");
}

/** Imports the option tables. `file` returns the path of a module of lib/options. */
export async function readReference(file) {
  const load = (module) => import(pathToFileURL(file(module)).href);
  const [config, ppo, pretrain, run, commands, presets, spelling] = await Promise.all(
    ["train-config", "ppo", "tables/pretrain", "tables/run", "commands", "presets", "spelling"].map(load),
  );
  return {
    train: config.TRAIN_OPTIONS,
    ppo: ppo.PPO_OPTIONS,
    pretrain: pretrain.PRETRAIN_OPTIONS,
    global: run.GLOBAL_OPTIONS,
    source: run.SOURCE_OPTIONS,
    commands: commands.COMMANDS,
    presets: presets.PRESETS,
    flagName: spelling.flagName,
    environmentName: spelling.environmentName,
  };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const compiled = (module) => path.join(root, "dist/options", `${module}.js`);
  writeFileSync(pageFile, configurationPage(await readReference(compiled)));
  console.error(`wrote ${path.relative(process.cwd(), pageFile)}`);
}
