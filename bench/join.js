// Joins the results of several runs on one machine, so that the sections of a page can be measured at different times.

/** What must be equal, because one head of the page describes all runs. */
function conditionsOf({ machine, device, threads, repeats, versions }) {
  const { processor, cores, gpu, instructions } = machine;
  return {
    processor,
    cores,
    gpu,
    instructions: instructions.join(", "),
    device,
    threads,
    repeats,
    ...versions,
  };
}

/**
 * Returns a result with the sections of all runs; `runs` holds the command and the ceilings of each. A run without peers
 * has fewer versions.
 * @throws Error when two runs have the same section or were measured under other conditions
 */
export function joinRuns(runs) {
  const joined = { ...runs[0], runs: [], versions: {}, sections: {} };
  for (const run of runs) {
    const known = conditionsOf({ ...runs[0], versions: joined.versions });
    for (const [name, value] of Object.entries(conditionsOf(run))) {
      if (name in known && known[name] !== value)
        throw new Error(`the runs differ in ${name}: ${known[name]} and ${value}`);
    }
    const twice = Object.keys(run.sections).find((name) => name in joined.sections);
    if (twice !== undefined) throw new Error(`two runs have the section ${twice}`);
    joined.runs.push({ command: run.command, ceilings: run.ceilings });
    Object.assign(joined.versions, run.versions);
    Object.assign(joined.sections, run.sections);
  }
  return joined;
}
