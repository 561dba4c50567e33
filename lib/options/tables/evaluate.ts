import { integer, text } from "../option.ts";
import { verifyOption } from "./run.ts";

/** Options of `evaluate` besides those of a run. */
export const EVALUATE_OPTIONS = {
  run: text({ help: "Run folder, whose child is compared before training and at a checkpoint." }),
  checkpoint: integer({ min: 1, help: "Step of the run's checkpoint. Default: the newest." }),
  verify: verifyOption,
  before: text({ help: "First model to compare, in place of --run." }),
  after: text({ help: "Second model to compare, in place of --run." }),
  samplesPerPrompt: integer({ default: 4, min: 1, help: "Turns that each child generates per dialogue." }),
  rows: integer({
    min: 1,
    help: "Turns generated at once. Default: 256 for small models, 64 for large ones.",
  }),
  output: text({
    help: "Folder for evaluation.json and report.html. Default: the run folder, otherwise evaluation.",
  }),
};
