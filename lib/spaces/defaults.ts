/** What is learnt unless told otherwise. In short dialogues more dimensions made neighbours worse (docs/spaces.md). */
export const SPACE_DEFAULTS = { dimensions: 100, topics: 100, minCount: 2 } as const;
