/** Role of a model that writes turns. */
export type Role = "child" | "teacher";

/** One turn of a dialogue. */
export interface Turn {
  /** The label without its colons; empty when the line has no label. */
  readonly speaker: string;
  /** The words, without the label. */
  readonly text: string;
}

/** Formats a turn as a line of a dialogue, with its speaker's label: "A:: Hello." */
export const formatTurn = ({ speaker, text }: Turn): string =>
  speaker === "" ? text : `${speaker}:: ${text}`;

/** Beginning of the names of the parts of a score that are guards, such as `guard_copied`. */
export const GUARD_PREFIX = "guard_";

/** A dialogue with the turns that the child and the teacher wrote for it. */
export interface Sample {
  /** Id of the dialogue. */
  readonly id: string;
  /** The text that the child continued: the turns so far and the next speaker's label. */
  readonly prompt: string;
  /** The turns so far, without labels. */
  readonly turns: readonly Turn[];
  /** Speaker of the new turn. */
  readonly speaker: string;
  /** The child's turn. */
  readonly child: string;
  /** The teacher's turn, the first of {@link teachers}; empty without a teacher. */
  readonly teacher: string;
  /** All turns of the teacher, `teacherSamples` of them. */
  readonly teachers: readonly string[];
  /** The turn in the data; null when the prompt is the whole dialogue. */
  readonly human: string | null;
}

/** A sample with its reward. */
export interface ScoredSample extends Sample {
  /** What PPO is given, before scaling. */
  readonly reward: number;
  /** Scores that the reward compares; null when the reward has no such scores. */
  readonly childScore: number | null;
  /** Mean over the teacher's turns. */
  readonly teacherScore: number | null;
  /** Not part of the reward. */
  readonly humanScore: number | null;
  /** Named parts of the reward. TAACO: the raw values of the indices behind the child's score. */
  readonly childParts: Readonly<Record<string, number | null>>;
}
