import { existsSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../../errors.ts";
import { unquoteCell } from "../../format.ts";
import { REFERENCE_KINDS } from "./item-kinds.ts";
import { readListFile } from "./list-file.ts";
import { FREQUENCY_KINDS, type FrequencyKind, type ReferenceFrequencies } from "./word-lists.ts";

/** First line of a frequency file. The number is the version of the format. */
export const FREQUENCY_HEADER = "# dialogue-ppo frequencies 2";

/** First line of a file whose cells are not quoted. */
const UNQUOTED_HEADER = "# dialogue-ppo frequencies 1";

const KINDS: ReadonlySet<string> = new Set(FREQUENCY_KINDS);
const NONE: ReadonlyMap<string, number> = new Map();

function wrongLine(file: string, line: number, expected: string): DialoguePpoError {
  return new DialoguePpoError("ERR_DATA", `${file}:${line}: expected ${expected}`);
}

/**
 * Reads a frequency file that `FrequencyCounter` wrote. It begins with the header and `# source: NAME`. Each other line
 * holds the kind, the item, its count and its frequency per million, separated by tabs. An item is a lower-case lemma,
 * or an n-gram of lemmas separated by spaces, in which `x` stands for a word outside the class. Cells are quoted as in
 * CSV.
 *
 * @throws DialoguePpoError ERR_DATA when the file cannot be read or has a wrong line; the message names file and line
 */
export function readFrequencies(file: string): ReferenceFrequencies {
  const lines = readListFile(file).split(/\r?\n/);
  const isQuoted = lines[0] === FREQUENCY_HEADER;
  if (!isQuoted && lines[0] !== UNQUOTED_HEADER) throw wrongLine(file, 1, `"${FREQUENCY_HEADER}"`);
  let source = path.basename(file);
  const kinds = new Map<string, Map<string, number>>();
  lines.forEach((line, index) => {
    if (line === "" || line.startsWith("#")) {
      source = /^# source: (.+)$/.exec(line)?.[1] ?? source;
      return;
    }
    const [kind = "", cell = "", , perMillion] = line.split("\t");
    const item = isQuoted ? unquoteCell(cell) : cell;
    const value = Number(perMillion);
    if (!KINDS.has(kind) || item === "" || perMillion === undefined || !Number.isFinite(value)) {
      throw wrongLine(file, index + 1, "kind, item, count and frequency per million, separated by tabs");
    }
    const items = kinds.get(kind) ?? new Map<string, number>();
    items.set(item, value);
    kinds.set(kind, items);
  });
  return { source, perMillion: (kind) => kinds.get(kind) ?? NONE };
}

/** File of each kind in the official package. */
const OFFICIAL_FILES = new Map(
  REFERENCE_KINDS.map(({ reference, officialFile }) => [reference, officialFile]),
);

const officialFile = (directory: string, kind: FrequencyKind): string =>
  path.join(directory, OFFICIAL_FILES.get(kind) as string);

function readOfficialFile(file: string): ReadonlyMap<string, number> {
  const items = new Map<string, number>();
  readListFile(file)
    .split(/\r?\n/)
    .forEach((line, index) => {
      if (line === "" || line.startsWith("#")) return;
      const [item = "", , perMillion] = line.split("\t");
      const value = Number(perMillion);
      if (perMillion === undefined || (!Number.isFinite(value) && index > 0)) {
        throw wrongLine(file, index + 1, "item, count and frequency per million, separated by tabs");
      }
      // The official files join the words of an n-gram by underscores or spaces. This package uses one space.
      if (Number.isFinite(value)) items.set(item.trim().toLowerCase().replace(/[_ ]+/g, " "), value);
    });
  return items;
}

/**
 * Returns the reference lists of the official package, or undefined if the folder has none. Each list is read on first
 * use.
 */
export function officialFrequencies(directory: string): ReferenceFrequencies | undefined {
  if (!existsSync(officialFile(directory, "uni"))) return undefined;
  const read = new Map<FrequencyKind, ReadonlyMap<string, number>>();
  return {
    source: `official lists in ${directory}`,
    perMillion(kind) {
      const known = read.get(kind) ?? readOfficialFile(officialFile(directory, kind));
      read.set(kind, known);
      return known;
    },
  };
}
