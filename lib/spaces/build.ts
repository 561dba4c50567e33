import path from "node:path";
import { type CallOptions, checkCall, type PhaseProgress } from "../call.ts";
import { withCallbacks } from "../callbacks.ts";
import { describeSeen } from "../data/seen.ts";
import { loadTrainingData, logDataWarnings } from "../data/training-data.ts";
import { DialoguePpoError } from "../errors.ts";
import { formatCount, formatInteger } from "../format.ts";
import { hashFile } from "../hash.ts";
import { silentLogger } from "../log.ts";
import { splitOptions } from "../options/check.ts";
import type { OptionInput, OptionValues } from "../options/option.ts";
import { resolveConfig } from "../options/resolve.ts";
import { SPACES_BUILD_OPTIONS } from "../options/tables/spaces.ts";
import type { TrainConfig } from "../options/train-config.ts";
import { Taaco, type TaacoOptions } from "../taaco/taaco.ts";
import { SPACE_KINDS, type SpaceKind } from "../taaco/types.ts";
import { analyseDialogues, collectLemmas } from "./documents.ts";
import { inPercent } from "./learn.ts";
import { checkSpacesFolder, learnSpaces, saveSpaces } from "./spaces.ts";
import type { WordVectors } from "./vectors.ts";
import { hashDocuments, type LemmaDocument } from "./vocabulary.ts";

/** The options of a run that decide which dialogues are read and how they are analysed. */
export type CorpusConfig = Pick<
  TrainConfig,
  "data" | "textColumn" | "minWords" | "maxWords" | "evalFraction" | "seed" | "indexMode" | "taacoLists"
>;

/** Call options of a function that works on a corpus, with a progress listener. */
export interface CorpusCall extends CallOptions {
  /** Called with the phase (`analyse`, then the kind of each space), its progress and its total. */
  readonly onProgress?: PhaseProgress | undefined;
}

/** Options of the command `spaces build` that describe the spaces. */
export type BuildOptions = OptionValues<typeof SPACES_BUILD_OPTIONS>;

/** Result of {@link buildSpaces}. */
export interface BuildResult {
  /** Folder of the spaces. */
  readonly output: string;
  /** Number of dialogues that the spaces were learned from. */
  readonly documents: number;
  /** Number of lemmas in all dialogues. */
  readonly lemmas: number;
  /** Size of each space, and the time it took to learn it. */
  readonly spaces: readonly { kind: SpaceKind; dimensions: number; words: number; seconds: number }[];
}

/**
 * Parses a comma-separated list of kinds.
 * @returns the kinds in the order of {@link SPACE_KINDS}
 * @throws DialoguePpoError ERR_CONFIG for an unknown kind
 */
function parseKinds(list: string): SpaceKind[] {
  const names = list.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !SPACE_KINDS.some((kind) => kind === name));
  if (wrong === undefined) return SPACE_KINDS.filter((kind) => names.includes(kind));
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `--kinds ${list}: expected some of ${SPACE_KINDS.join(", ")}, separated by commas`,
  );
}

interface LearnedSpace {
  readonly space: WordVectors;
  readonly seconds: number;
}

/** Learns the spaces one after the other and measures the time of each in seconds. */
async function learnEach(
  documents: readonly LemmaDocument[],
  kinds: readonly SpaceKind[],
  { onProgress, ...options }: Omit<Parameters<typeof learnSpaces>[1], "kinds" | "onProgress"> & CorpusCall,
): Promise<LearnedSpace[]> {
  const learned: LearnedSpace[] = [];
  for (const kind of kinds) {
    const began = performance.now();
    const [space] = await learnSpaces(documents, {
      ...options,
      kinds: [kind],
      onProgress: inPercent(onProgress),
    });
    if (space) learned.push({ space, seconds: (performance.now() - began) / 1000 });
  }
  return learned;
}

/** Returns how the dialogues of a corpus are analysed. */
export const corpusTaacoOptions = ({
  indexMode,
  taacoLists,
}: Pick<CorpusConfig, "indexMode" | "taacoLists">): TaacoOptions => ({
  mode: indexMode,
  lists: { officialDirectory: taacoLists },
});

/** Builds spaces with a resolved configuration. See {@link buildSpaces}. */
export async function buildConfigSpaces(
  config: CorpusConfig,
  options: BuildOptions,
  { signal, onProgress, log = silentLogger }: CorpusCall = {},
): Promise<BuildResult> {
  const kinds = parseKinds(options.kinds);
  checkSpacesFolder(options.output, log);
  const data = await loadTrainingData(config);
  logDataWarnings(data, log);
  const { file, train, evaluation } = data;
  log.info(
    `${formatCount(train.length, "dialogue")} of ${file}, ${formatInteger(evaluation.length)} held out`,
  );
  const taaco = await Taaco.create(corpusTaacoOptions(config));
  const texts = analyseDialogues(train, taaco, { signal, onProgress });
  const documents = await collectLemmas(texts);
  const { seed, evalFraction, indexMode } = config;
  const { dimensions, topics, minCount, threads = 0, dtype } = options;
  const settings = { dimensions, topics, minCount, threads, seed, signal, onProgress };
  const learned = await learnEach(documents, kinds, settings);
  const origin = {
    data: path.basename(file),
    corpusHash: hashDocuments(documents),
    documents: documents.length,
    lemmas: documents.reduce((sum, { length }) => sum + length, 0),
    indexMode,
    minCount,
    seed,
    evalFraction,
  };
  const source = { sha256: await hashFile(file), evalFraction, seed };
  await saveSpaces(
    options.output,
    learned.map(({ space }) => space),
    origin,
    { dtype, seen: await describeSeen(train, source, { signal }) },
  );
  const spaces = learned.map(({ space: { kind, dimensions, words }, seconds }) => ({
    kind,
    dimensions,
    words: words.length,
    seconds: Number(seconds.toFixed(2)),
  }));
  return { output: options.output, documents: origin.documents, lemmas: origin.lemmas, spaces };
}

/** Options of {@link buildSpaces}. They are the options of the command `spaces build`. */
export type BuildSpacesInput = Partial<CorpusConfig> & OptionInput<typeof SPACES_BUILD_OPTIONS>;

/**
 * Learns semantic spaces (LSA, LDA, word2vec) from the training part of the data and writes them to a folder. `train`,
 * `score` and `loadSpaces` can read this folder.
 *
 * @throws DialoguePpoError ERR_CONFIG when an option is invalid or the output folder contains something else
 * @throws DialoguePpoError ERR_DATA when the data is invalid or no word is frequent enough
 * @throws DialoguePpoError ERR_ABORTED, ERR_NATIVE_MISSING
 * @example
 * const { output, spaces } = await buildSpaces({ data: "dialogues.csv", output: "spaces" });
 * console.log(output, spaces.map(({ kind, dimensions }) => `${kind} ${dimensions}`));
 */
export async function buildSpaces(input: BuildSpacesInput = {}, call: CorpusCall = {}): Promise<BuildResult> {
  checkCall("buildSpaces", input, call, { onProgress: "function" });
  const { own, rest: flags } = splitOptions(SPACES_BUILD_OPTIONS, input);
  const { config } = resolveConfig({ flags });
  return withCallbacks(call, (guarded) => buildConfigSpaces(config, own, guarded));
}
