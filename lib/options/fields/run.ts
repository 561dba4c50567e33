import type { OptionField } from "../field.ts";

const RUN = "Run";

export const RUN_FIELDS: readonly OptionField[] = [
  {
    name: "outputDir",
    kind: "string",
    group: RUN,
    default: "checkpoints_dialogue_ppo",
    aliases: ["save_dir"],
    describe: "folder of the run",
  },
  {
    name: "steps",
    kind: "integer",
    group: RUN,
    min: 1,
    describe: "PPO steps; default: as many as the epochs hold",
  },
  {
    name: "epochs",
    kind: "integer",
    group: RUN,
    default: 1,
    min: 1,
    aliases: ["max_epochs"],
    describe: "passes over the data when no steps are given",
  },
  {
    name: "stopAfter",
    kind: "integer",
    group: RUN,
    min: 1,
    describe: "end this invocation cleanly after so many steps; resumable",
  },
  {
    name: "checkpointInterval",
    kind: "integer",
    group: RUN,
    min: 1,
    describe: "steps between checkpoints; default: a tenth of the run",
  },
  { name: "seed", kind: "integer", group: RUN, default: 0, min: 0, describe: "of everything random" },
  {
    name: "samplesPerStep",
    kind: "integer",
    group: RUN,
    default: 1,
    min: 0,
    describe: "samples of each step that are kept in samples.jsonl",
  },
];
