import type { Sample, Turn } from "../sample.ts";
import type { SamplePrompt } from "./reward.ts";

/** Returns copies of turns for a program, which may change them: the texts of the dialogues serve other steps too. */
export const copyTurns = (turns: readonly Turn[]): Turn[] => turns.map((turn) => ({ ...turn }));

/** Returns copies of prompts for a reward, which may change them. */
export const copyPrompts = <Prompt extends SamplePrompt>(prompts: readonly Prompt[]): Prompt[] =>
  prompts.map((prompt) => ({ ...prompt, turns: copyTurns(prompt.turns) }));

/** Returns copies of samples for a reward, which may change them. */
export const copySamples = (samples: readonly Sample[]): Sample[] =>
  copyPrompts(samples).map((sample) => ({ ...sample, teachers: [...sample.teachers] }));
