import path from "node:path";
import { DialoguePpoError } from "../../errors.ts";
import { formatCount } from "../../format.ts";
import type { OptionValues } from "../../options/option.ts";
import type { SPACES_BUILD_OPTIONS } from "../../options/tables/spaces.ts";
import type { TrainConfig } from "../../options/train-config.ts";
import { learnSpaces, refuseForeignFolder, saveSpaces } from "../../spaces/spaces.ts";
import type { SpaceKind } from "../../spaces/vectors.ts";
import { hashDocuments, type LemmaDocument } from "../../spaces/vocabulary.ts";
import { SPACE_KINDS } from "../../taaco/names.ts";
import { Taaco } from "../../taaco/taaco.ts";
import { trainingData } from "../../train/data.ts";
import { lemmaDocuments } from "../../train/documents.ts";
import { say, thousands } from "../output.ts";
import { ProgressBar } from "../progress.ts";
import { analysedWithBar } from "./documents.ts";

export interface BuildResult {
  readonly output: string;
  readonly documents: number;
  readonly lemmas: number;
  readonly spaces: readonly { kind: SpaceKind; dimensions: number; words: number; seconds: number }[];
}

function kindsOf(list: string): SpaceKind[] {
  const names = list.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !SPACE_KINDS.some((kind) => kind === name));
  if (wrong === undefined) return SPACE_KINDS.filter((kind) => names.includes(kind));
  throw new DialoguePpoError(
    "ERR_CONFIG",
    `--kinds ${list}: expected some of ${SPACE_KINDS.join(", ")}, parted by commas`,
  );
}

/** Learns the spaces one by one, each with a bar and its time. */
async function learnEach(
  documents: readonly LemmaDocument[],
  kinds: readonly SpaceKind[],
  options: Omit<Parameters<typeof learnSpaces>[1], "kinds" | "onProgress">,
) {
  const learnt = [];
  for (const kind of kinds) {
    const began = performance.now();
    const bar = new ProgressBar({ description: kind, total: 100, unit: "%" });
    try {
      const [space] = await learnSpaces(documents, {
        ...options,
        kinds: [kind],
        onProgress: ({ fraction }) => bar.update(Math.round(100 * fraction)),
      });
      if (space) learnt.push({ space, seconds: (performance.now() - began) / 1000 });
    } finally {
      bar.finish();
    }
  }
  return learnt;
}

/** Learns spaces from the training part of the data and writes them. */
export async function buildSpaces(
  config: TrainConfig,
  options: OptionValues<typeof SPACES_BUILD_OPTIONS>,
  signal: AbortSignal,
): Promise<BuildResult> {
  const kinds = kindsOf(options.kinds);
  refuseForeignFolder(options.output);
  const { file, train, evaluation } = await trainingData(config);
  say(`${formatCount(train.length, "dialogue")} of ${file}, ${thousands(evaluation.length)} held out`);
  const lists = config.taacoLists === undefined ? {} : { lists: { officialDirectory: config.taacoLists } };
  const taaco = await Taaco.create({ mode: config.indexMode, ...lists });
  const documents = await lemmaDocuments(analysedWithBar(train, taaco, signal));
  const { seed, evalFraction, indexMode } = config;
  const { dimensions, topics, minCount, threads = 0, dtype } = options;
  const learnt = await learnEach(documents, kinds, { dimensions, topics, minCount, threads, seed, signal });
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
  await saveSpaces(
    options.output,
    learnt.map(({ space }) => space),
    origin,
    { dtype },
  );
  const spaces = learnt.map(({ space: { kind, dimensions, words }, seconds }) => ({
    kind,
    dimensions,
    words: words.length,
    seconds: Number(seconds.toFixed(2)),
  }));
  return { output: options.output, documents: origin.documents, lemmas: origin.lemmas, spaces };
}
