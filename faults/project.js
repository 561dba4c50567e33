// The project on which faults are injected, and the commands that work on it.
import { LanguageModel } from "../dist/index.js";
import { makeTinyProject } from "./tiny-project.js";

/** Makes a project in a folder and returns its paths. */
export const makeProject = (root) => makeTinyProject(LanguageModel, root);

/** Returns the arguments of a run that begins anew, or goes on where it was. */
export const trainArguments = (
  { child, teacher, data },
  output,
  { steps = 6, interval = 1, more = [] } = {},
) => [
  "train",
  ...["--child", child, "--teacher", teacher, "--data", data, "--output-dir", output],
  ...["--score-preset", "original", "--batch-size", "4", "--ppo-epochs", "1", "--max-new-tokens", "6"],
  ...["--learning-rate", "0.001", "--threads", "1", "--device", "cpu", "--eval-fraction", "0.2"],
  ...["--steps", String(steps), "--checkpoint-interval", String(interval), "--samples-per-step", "2"],
  ...more,
];

/** Returns the arguments of a pretraining. */
export const pretrainArguments = ({ data }, output, more = []) => [
  "pretrain",
  ...["--data", data, "--output", output, "--steps", "6", "--eval-interval", "2", "--patience", "0"],
  ...["--vocab-size", "300", "--hidden-size", "16", "--layers", "1", "--heads", "2", "--batch-size", "4"],
  ...["--eval-fraction", "0.2", "--threads", "1", "--device", "cpu"],
  ...more,
];

/** Returns the arguments with which a model writes a turn. `source` is `--child` with its folder, or `--run` with a run's. */
export const generateArguments = (...source) => [
  ...["generate", ...source, "--prompt", "A:: the dog ran home.\nB:: it was cold."],
  ...["--max-new-tokens", "5", "--threads", "1", "--device", "cpu"],
];
