import { join } from "node:path";
import { DialoguePpoError } from "../../errors.ts";
import type { IndexMode } from "../types.ts";
import { readListFile } from "./list-file.ts";
import type { ConnectiveList, CountingList } from "./word-lists.ts";

/** The connective indices that count list words, in output order. */
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

type Part = "strings" | "tokens" | "markers" | "marker-text";
const PARTS: readonly string[] = ["strings", "tokens", "markers", "marker-text"];

interface Section {
  readonly part: Part;
  readonly modes: readonly IndexMode[];
}

const BOTH: readonly IndexMode[] = ["corrected", "faithful"];

function parseSection(line: string, where: string): Section {
  const [part = "", mode] = line.slice(1, -1).trim().split(/\s+/);
  if (!line.endsWith("]") || !PARTS.includes(part) || (mode && mode !== "corrected" && mode !== "faithful")) {
    throw new DialoguePpoError(
      "ERR_DATA",
      `${where}: "${line}" is no section; expected [strings], [tokens], [markers] or [marker-text], with "corrected" or "faithful"`,
    );
  }
  return { part: part as Part, modes: mode ? [mode as IndexMode] : BOTH };
}

interface Draft {
  strings: string[];
  tokens: Set<string>;
  markers: Set<string>;
  markerText?: string;
}

function addEntry(draft: Draft, part: Part, entry: string): void {
  if (part === "strings") draft.strings.push(entry);
  else if (part === "tokens") draft.tokens.add(entry);
  else if (part === "markers") draft.markers.add(entry);
  else draft.markerText = entry;
}

/** Parses a list file: `#` comments, section lines in brackets, one entry a line. */
export function parseConnectiveList(name: string, text: string, where: string): ConnectiveList {
  const drafts: Record<IndexMode, Draft> = {
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
    for (const mode of section.modes) addEntry(drafts[mode], section.part, line);
  }
  return { name, corrected: finish(drafts.corrected), faithful: finish(drafts.faithful) };
}

function finish(draft: Draft): CountingList {
  return { ...draft, strings: [...new Set(draft.strings)] };
}

/** Reads `<directory>/connectives/<index>.txt` for every connective index. */
export function readConnectives(directory: string): ReadonlyMap<string, ConnectiveList> {
  const lists = new Map<string, ConnectiveList>();
  for (const name of CONNECTIVE_LISTS) {
    const file = join(directory, "connectives", `${name}.txt`);
    lists.set(name, parseConnectiveList(name, readListFile(file), file));
  }
  return lists;
}
