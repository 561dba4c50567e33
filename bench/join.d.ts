/** Joins the results of several runs on one machine. */
export function joinRuns(runs: readonly object[]): object;
