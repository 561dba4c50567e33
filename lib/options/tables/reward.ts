import { choice, fixed, group, number, text } from "../option.ts";

/** Names of the score presets that come with the package. */
export const SCORE_PRESETS: readonly string[] = ["taaco", "turn", "original"];

/** Options that define the reward. */
export const REWARD_OPTIONS = group("Reward", {
  ...fixed({
    scorePreset: text({
      default: "taaco",
      words: SCORE_PRESETS,
      help: "Indices and weights of the score: taaco, turn, original, or a .json file of your own.",
    }),
    indexMode: choice({
      choices: ["corrected", "faithful"],
      default: "corrected",
      help: "Whether quirks of the official TAACO are corrected or reproduced.",
    }),
    scoredText: choice({
      choices: ["dialogue", "continuation"],
      default: "dialogue",
      help: "Text to score: the dialogue with the new turn, or the new turn alone.",
    }),
  }),
  failurePolicy: choice({
    choices: ["drop", "zero", "fail"],
    default: "drop",
    help: "What to do with a sample that cannot be scored.",
  }),
  rewardTimeout: number({
    default: 1800,
    above: 0,
    max: 1e6,
    help: "Seconds that a reward of your own may take for a batch before the run ends.",
  }),
  /** The coefficient of the penalty adapts by at most 0.5 in 800 samples, which suits rewards between -1 and 1. */
  targetWords: number({
    min: 1,
    help: "Mean number of words per turn that an adaptive length penalty aims for. Default: no penalty.",
  }),
  calibration: text({
    location: true,
    help: "Calibration file with means and standard deviations of indices. Default: measured on the training dialogues.",
  }),
  spaces: text({
    location: true,
    help: "Folder of semantic spaces. Default: learned from the training dialogues.",
  }),
  taacoLists: text({
    location: true,
    help: "Folder of the official TAACO package. Default: the word lists of this package.",
  }),
});

/** Options of `calibrate` besides those of a run. */
export const CALIBRATE_OPTIONS = {
  output: text({ group: "Run", default: "calibration.json", help: "File for the calibration." }),
};
