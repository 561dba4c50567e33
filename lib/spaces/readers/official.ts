import { existsSync } from "node:fs";
import path from "node:path";
import { namesIn } from "../../files/file-error.ts";
import type { SpaceKind } from "../../taaco/types.ts";
import { fileError } from "../meta.ts";
import type { WordVectors } from "../vectors.ts";
import { VectorCollector } from "./collector.ts";
import { readVectorLines } from "./lines.ts";
import { checkDimensions, parseNumber } from "./text.ts";

/** Options for the export files of the official package. */
export interface OfficialOptions {
  /** Whether to drop the first component of each vector, as the official tool does. Default false. */
  readonly dropFirst?: boolean;
}

const parseNumbers = (text: string): number[] => text.trim().split(/ +/).map(parseNumber);

/**
 * Reads a space in ReaderBench's export format, from one file or several. The first line is the number of dimensions.
 * Each other line is a word, a tab, and the components separated by spaces. Lines that start with # or have no tab are
 * skipped. Words are lower-cased; of equal words, the last is kept.
 *
 * @throws DialoguePpoError ERR_DATA when a file is invalid; the message names file and line
 */
export async function readOfficialSpace(
  files: readonly string[],
  kind: SpaceKind,
  { dropFirst = false }: OfficialOptions = {},
): Promise<WordVectors> {
  const dropped = dropFirst ? 1 : 0;
  let collector: VectorCollector | undefined;
  let dimensions = 0;
  for (const file of files) {
    for await (const { text, number } of readVectorLines(file)) {
      const tab = text.indexOf("\t");
      if (text.startsWith("#") || tab < 0) continue;
      const place = `${file}:${number}`;
      const vector = parseNumbers(text.slice(tab + 1));
      if (!collector) {
        dimensions = vector.length;
        checkDimensions(dimensions - dropped, place);
        collector = new VectorCollector(dimensions - dropped, "last");
      }
      if (vector.length !== dimensions) {
        throw fileError(place, `${dimensions} components as in the lines above, it has ${vector.length}`);
      }
      collector.add(text.slice(0, tab), vector.slice(dropped), place);
    }
  }
  if (!collector) throw fileError(files[0] ?? "", "lines of a word, a tab and components");
  return collector.finish(kind, files[0] ?? "");
}

/** Returns the export files of the official package in a folder by kind, sorted by name. */
export function findOfficialFiles(dir: string): Map<SpaceKind, string[]> {
  const found = new Map<SpaceKind, string[]>();
  for (const name of namesIn(dir, "ERR_DATA", "a folder that this user can list").sort()) {
    const kind = /_export_(lsa|lda|word2vec).*\.csv$/i.exec(name)?.[1]?.toLowerCase() as
      | SpaceKind
      | undefined;
    if (kind) found.set(kind, [...(found.get(kind) ?? []), path.join(dir, name)]);
  }
  return found;
}

/**
 * Returns the location of the spaces that the options specify: `spaces`, or else `taacoLists` when that folder has
 * export files of the official package. Returns undefined when there is neither.
 */
export function givenSpaces(options: {
  readonly spaces?: string | undefined;
  readonly taacoLists?: string | undefined;
}): string | undefined {
  const { spaces, taacoLists } = options;
  if (spaces !== undefined || taacoLists === undefined || !existsSync(taacoLists)) return spaces;
  return findOfficialFiles(taacoLists).size > 0 ? taacoLists : undefined;
}
