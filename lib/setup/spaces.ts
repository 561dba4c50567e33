import { createHash } from "node:crypto";
import type { Dialogue } from "../data/dialogue.ts";
import { formatCount } from "../format.ts";
import type { Logger } from "../log.ts";
import { describeOrigin } from "../optional-cache.ts";
import { packageVersion } from "../package.ts";
import type { ScorePreset } from "../reward/preset.ts";
import { requiredSpaceKinds } from "../reward/presets.ts";
import { analyseDialogues, collectLemmas } from "../spaces/documents.ts";
import { inPercent } from "../spaces/learn.ts";
import { loadSpaces } from "../spaces/load.ts";
import { topicWords } from "../spaces/nearest.ts";
import { givenSpaces } from "../spaces/readers/official.ts";
import { cachedSpaces, learnSpaces } from "../spaces/spaces.ts";
import type { WordVectors } from "../spaces/vectors.ts";
import { ANALYSIS_VERSION, Taaco } from "../taaco/taaco.ts";
import { SPACE_KINDS, type VectorSpace } from "../taaco/types.ts";
import { type ScoringInput, taacoOptions } from "./scoring-input.ts";

/** Returns the sha256 of the texts of dialogues, in hex. */
function hashTexts(dialogues: Iterable<Dialogue>): string {
  const hash = createHash("sha256");
  let separator = "";
  for (const { text } of dialogues) {
    hash.update(separator + text);
    separator = "\0";
  }
  return hash.digest("hex");
}

/**
 * Returns the semantic spaces that the presets need: those that the options name, else spaces learned from the training
 * dialogues, which are cached.
 *
 * @throws DialoguePpoError ERR_DATA, ERR_ABORTED, ERR_NATIVE_MISSING
 */
export async function prepareSpaces(
  { config, dialogues, log, signal, onProgress }: ScoringInput,
  presets: readonly ScorePreset[],
): Promise<VectorSpace[]> {
  const options = taacoOptions(
    config,
    presets.some(({ experiment }) => experiment),
  );
  const given = givenSpaces(config);
  // The loader of the official tool drops the first component of its spaces.
  if (given !== undefined) return loadSpaces(given, { dropFirst: options.mode !== "corrected" });
  const wanted = presets.flatMap(requiredSpaceKinds);
  const kinds = SPACE_KINDS.filter((kind) => wanted.includes(kind));
  if (kinds.length === 0) return [];
  const names = kinds.join(", ");
  const learn = async (): Promise<WordVectors[]> => {
    log.info(
      `learning semantic spaces (${names}) from ${formatCount(dialogues.length, "training dialogue")}`,
    );
    const texts = analyseDialogues(dialogues, await Taaco.create(options), { signal, onProgress });
    return learnSpaces(await collectLemmas(texts), {
      kinds,
      seed: config.seed,
      signal,
      onProgress: inPercent(onProgress),
    });
  };
  const hash = hashTexts(dialogues).slice(0, 16);
  const version = `${packageVersion()}-${ANALYSIS_VERSION}`;
  const key = `train-${version}-${hash}-${kinds.join("-")}-${config.seed}-${options.mode}`;
  const { spaces, origin } = await cachedSpaces(key, learn, (message) => log.warn(message));
  if (origin !== undefined) log.info(`semantic spaces (${names}): ${describeOrigin("learned from", origin)}`);
  warnAboutTopics(spaces, log);
  return spaces;
}

/** Warns of an LDA space from so little text that most of its topics have no word. */
function warnAboutTopics(spaces: readonly WordVectors[], log: Logger): void {
  const lda = spaces.find(({ kind }) => kind === "lda");
  if (lda === undefined) return;
  const topics = topicWords(lda, 1);
  const empty = topics.filter((words) => words.length === 0).length;
  if (2 * empty <= topics.length) return;
  log.warn(
    `${empty} of the ${topics.length} topics of the lda space have no word, because the text is short: its indices say little. ` +
      "Make spaces from more text, or with fewer topics (spaces build --topics), and pass them with --spaces",
  );
}
