import { group, integer, number } from "../option.ts";

/** Smallest temperature. By a smaller one, logits divided by it are not finite in single precision. */
export const SMALLEST_TEMPERATURE = 1e-6;

/** Options that determine how child and teacher sample their turns. */
export const SAMPLING_OPTIONS = group("Sampling", {
  maxNewTokens: integer({ default: 80, min: 1, help: "Maximum length of a generated turn in tokens." }),
  childTemperature: number({
    default: 1,
    min: SMALLEST_TEMPERATURE,
    help: "Sampling temperature of the child; PPO assumes 1.",
  }),
  childTopK: integer({
    default: 0,
    min: 0,
    help: "Number of most probable tokens from which the child draws; 0 for all.",
  }),
  childTopP: number({
    default: 1,
    above: 0,
    max: 1,
    help: "Total probability of the tokens from which the child draws; 1 for all.",
  }),
  teacherTemperature: number({
    default: 0.5,
    min: SMALLEST_TEMPERATURE,
    help: "Sampling temperature of the teacher.",
  }),
  teacherTopK: integer({
    default: 50,
    min: 0,
    help: "Number of most probable tokens from which the teacher draws; 0 for all.",
  }),
  teacherTopP: number({
    default: 0.95,
    above: 0,
    max: 1,
    help: "Total probability of the tokens from which the teacher draws; 1 for all.",
  }),
  teacherTimeout: number({
    above: 0,
    max: 1e6,
    help: "Seconds that the teacher's turns of a batch may take before the run ends. Default: no limit.",
  }),
  teacherSamples: integer({
    default: 1,
    min: 1,
    help: "Teacher turns per dialogue; the child is compared with their mean score.",
  }),
});
