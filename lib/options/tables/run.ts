import { boolean, choice, fixed, group, integer, text } from "../option.ts";

/** Names of the option sets in presets.ts. */
const PRESET_NAMES = ["starter", "switchboard"] as const;

/** Name of an option set. */
export type PresetName = (typeof PRESET_NAMES)[number];

/** Options that determine the folder and the length of a run. */
export const RUN_OPTIONS = group("Run", {
  outputDir: text({
    default: "checkpoints_dialogue_ppo",
    aliases: ["save_dir"],
    help: "Folder for everything that the run writes.",
  }),
  steps: integer({ min: 1, help: "Number of PPO steps. Default: as many as --epochs takes." }),
  epochs: integer({
    default: 1,
    min: 1,
    aliases: ["max_epochs"],
    help: "Passes over the dialogues if --steps is not given.",
  }),
  stopAfter: integer({ min: 1, help: "Stop cleanly after this many steps; the run can be resumed." }),
  checkpointInterval: integer({
    min: 1,
    help: "Steps between two checkpoints. Default: a tenth of the run.",
  }),
  ...fixed({ seed: integer({ default: 0, min: 0, help: "Seed of all random draws." }) }),
  stopOn: text({
    help:
      "Findings about the run's health that stop it, separated by commas, or all: kl-negative, kl-high, ratio, entropy, length, " +
      "repetition, perplexity, memory. Default: it warns and continues; numbers that are not finite always stop it.",
  }),
  samplesPerStep: integer({ default: 1, min: 0, help: "Samples of each step to keep in samples.jsonl." }),
});

/** Options that name further sources of a run's options. */
export const SOURCE_OPTIONS = group("Run", {
  config: text({ help: "JSON or YAML file with options; flags take precedence." }),
  preset: choice({
    choices: PRESET_NAMES,
    help: "Named set of options. Default: starter unless other data is named.",
  }),
});

/** Switch of the commands that use a checkpoint. */
export const verifyOption = boolean({
  default: true,
  help: "Compare the files of a checkpoint with their SHA-256. --no-verify compares only their sizes.",
});

/** Options of `train` besides those of the run. */
export const TRAIN_COMMAND_OPTIONS = group("Run", {
  resume: text({
    bare: true,
    help:
      "Run or checkpoint folder to resume. Without a folder: the newest checkpoint in --output-dir. auto: the same, or a new run " +
      "if there is none.",
  }),
  verify: verifyOption,
});

/** Options of every command. */
export const GLOBAL_OPTIONS = {
  json: boolean({ help: "Print one JSON object per line to standard output, the result last." }),
};
