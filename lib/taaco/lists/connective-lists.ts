import path from "node:path";
import { DialoguePpoError } from "../../errors.ts";
import type { IndexMode } from "../types.ts";
import { readListFile } from "./list-file.ts";
import type { ConnectiveList, CountingList } from "./word-lists.ts";

/** Names of the connective indices that count the entries of a word list, in output order. */
export const CONNECTIVE_LISTS = [
  "basic_connectives",
  "conjunctions",
  "disjunctions",
  "coordinating_conjuncts",
  "addition",
  "sentence_linking",
  "order",
  "reason_and_purpose",
  "all_causal",
  "positive_causal",
  "opposition",
  "determiners",
  "all_demonstratives",
  "all_additive",
  "all_logical",
  "positive_logical",
  "negative_logical",
  "all_temporal",
  "positive_intentional",
  "all_positive",
  "all_negative",
  "all_connective",
] as const;

type SectionKind = "strings" | "tokens" | "markers" | "marker-text";
const SECTION_KINDS: readonly string[] = ["strings", "tokens", "markers", "marker-text"];

interface Section {
  readonly kind: SectionKind;
  readonly modes: readonly IndexMode[];
}

const BOTH: readonly IndexMode[] = ["corrected", "faithful"];

function parseSection(line: string, where: string): Section {
  const [kind = "", mode] = line.slice(1, -1).trim().split(/\s+/);
  if (
    !line.endsWith("]") ||
    !SECTION_KINDS.includes(kind) ||
    (mode && mode !== "corrected" && mode !== "faithful")
  ) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `${where}: "${line}" is no section; expected [strings], [tokens], [markers] or [marker-text], with "corrected" or "faithful"`,
    );
  }
  return { kind: kind as SectionKind, modes: mode ? [mode as IndexMode] : BOTH };
}

/** A {@link CountingList} to which entries are added. */
interface MutableList {
  strings: string[];
  tokens: Set<string>;
  markers: Set<string>;
  markerText?: string;
}

function addEntry(list: MutableList, kind: SectionKind, entry: string): void {
  if (kind === "strings") list.strings.push(entry);
  else if (kind === "tokens") list.tokens.add(entry);
  else if (kind === "markers") list.markers.add(entry);
  else list.markerText = entry;
}

/**
 * Parses a list file. It has one entry per line, section headers in brackets and comments that begin with `#`.
 *
 * @param where path of the file, for messages
 * @throws DialoguePpoError ERR_DATA for an unknown section or an entry before the first one
 */
export function parseConnectiveList(name: string, text: string, where: string): ConnectiveList {
  const lists: Record<IndexMode, MutableList> = {
    corrected: { strings: [], tokens: new Set(), markers: new Set() },
    faithful: { strings: [], tokens: new Set(), markers: new Set() },
  };
  let section: Section | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim().toLowerCase();
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("[")) {
      section = parseSection(line, `${where}:${index + 1}`);
      continue;
    }
    if (!section) {
      throw new DialoguePpoError("ERR_DATA", `${where}:${index + 1}: entry before the first section line`);
    }
    for (const mode of section.modes) addEntry(lists[mode], section.kind, line);
  }
  return { name, corrected: toCountingList(lists.corrected), faithful: toCountingList(lists.faithful) };
}

function toCountingList(list: MutableList): CountingList {
  return { ...list, strings: [...new Set(list.strings)] };
}

/**
 * Reads `<directory>/connectives/<index>.txt` for every connective index.
 * @throws DialoguePpoError ERR_DATA when a file is missing or damaged
 */
export function readConnectives(directory: string): ReadonlyMap<string, ConnectiveList> {
  const lists = new Map<string, ConnectiveList>();
  for (const name of CONNECTIVE_LISTS) {
    const file = path.join(directory, "connectives", `${name}.txt`);
    lists.set(name, parseConnectiveList(name, readListFile(file), file));
  }
  return lists;
}
