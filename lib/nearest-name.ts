/** Counts the edits that turn one word into another (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Returns the known name that a misspelt name probably stands for; undefined when none is similar enough. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, edits: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits);
  const best = ranked[0];
  // Two edits make any other word of a word of two letters.
  const allowed = Math.max(name.length < 4 ? 1 : 2, name.length / 3);
  return best && best.edits <= allowed ? best.candidate : undefined;
}

/** Options under the names of other programs, without hyphens and in lower case. */
const FOREIGN_NAMES: Readonly<Record<string, readonly string[]>> = {
  lr: ["learningRate"],
  bs: ["batchSize"],
  maxsteps: ["steps"],
  totalsteps: ["steps"],
  numtrainepochs: ["epochs"],
  numepochs: ["epochs"],
  numppoepochs: ["ppoEpochs"],
  savesteps: ["checkpointInterval"],
  maxlength: ["maxNewTokens"],
  maxtokens: ["maxNewTokens"],
  responselength: ["maxNewTokens"],
  klcoef: ["initKlCoef"],
  model: ["child"],
  modelname: ["child"],
  dataset: ["data"],
  datasetname: ["data"],
  input: ["data"],
  testsize: ["evalFraction"],
  evalsplit: ["evalFraction"],
  temperature: ["childTemperature"],
  topk: ["childTopK"],
  topp: ["childTopP"],
  gpu: ["device"],
  wandb: ["wandbProject"],
  folder: ["outputDir", "run"],
  out: ["output", "outputDir"],
};

const plain = (name: string): string => name.replaceAll(/[-_]/g, "").toLowerCase();

/** Returns the option that an unknown name probably stands for: its name in another program, or a misspelling. */
export function suggestOption(name: string, known: readonly string[]): string | undefined {
  // A plain lookup would find what every object has, such as "constructor".
  const meant = Object.hasOwn(FOREIGN_NAMES, plain(name))
    ? (FOREIGN_NAMES[plain(name)] ?? []).map(plain)
    : [];
  return known.find((option) => meant.includes(plain(option))) ?? nearestName(name, known);
}
