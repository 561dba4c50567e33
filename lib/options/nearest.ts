import { nearestName } from "../nearest-name.ts";

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
