// The shapes of the starter dialogues. A shape is a list of turns, each with several wordings, one of which is drawn. Any
// wording of a turn follows any wording of the turn before it. fill.js explains the slots in braces. `plain` lists the slots whose
// texts must not speak of "I", because another person tells them.
import { STORIES } from "./stories.js";
import { TALKS } from "./talks.js";

/** All shapes of dialogues. */
export const SHAPES = [...STORIES, ...TALKS];
