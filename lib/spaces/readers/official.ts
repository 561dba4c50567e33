import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileError } from "../meta.ts";
import type { SpaceKind, WordVectors } from "../vectors.ts";
import { VectorCollector } from "./collector.ts";
import { readLines } from "./lines.ts";
import { checkDimensions } from "./text.ts";

export interface OfficialOptions {
  /** As the official tool's loader does, throw each vector's first component away. */
  readonly dropFirst?: boolean;
}

const parseNumbers = (text: string): number[] =>
  text
    .trim()
    .split(/ +/)
    .map((field) => (field === "" ? Number.NaN : Number(field)));

/**
 * Reads a space as ReaderBench exports it, perhaps parted over several files: first line the number of dimensions; then word,
 * tab, components parted by spaces. Lines that begin with # or have no tab say nothing; words are lower-cased, the last of
 * equal ones counts.
 *
 * @throws DialoguePpoError ERR_DATA naming file and line
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
    for await (const { text, number } of readLines(file)) {
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

/** The official package's export files in a folder, by kind, in the order of their names. */
export function findOfficialFiles(dir: string): Map<SpaceKind, string[]> {
  const found = new Map<SpaceKind, string[]>();
  for (const name of readdirSync(dir).sort()) {
    const kind = /_export_(lsa|lda|word2vec).*\.csv$/i.exec(name)?.[1]?.toLowerCase() as
      | SpaceKind
      | undefined;
    if (kind) found.set(kind, [...(found.get(kind) ?? []), path.join(dir, name)]);
  }
  return found;
}

/** Where given spaces lie: the place that was named, else the official package's folder when it has its exports. */
export function givenSpaces(options: {
  readonly spaces?: string | undefined;
  readonly taacoLists?: string | undefined;
}): string | undefined {
  const { spaces, taacoLists } = options;
  if (spaces !== undefined || taacoLists === undefined || !existsSync(taacoLists)) return spaces;
  return findOfficialFiles(taacoLists).size > 0 ? taacoLists : undefined;
}
