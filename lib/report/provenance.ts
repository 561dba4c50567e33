import { formatCount } from "../format.ts";
import { factList } from "../page/document.ts";
import { escapeHtml } from "../page/escape.ts";
import { isRecord } from "../values.ts";
import { trainCommand } from "./configuration.ts";
import type { RunRecord } from "./record.ts";

/** Formats a time in ISO 8601: "2026-11-26 07:10 UTC". */
const formatTime = (time: string): string => `${time.slice(0, 16).replace("T", " ")} UTC`;

/** Formats versions by name: "dialogue-ppo 0.1.0, libtorch 2.9.0, node 22.1.0". */
const formatVersions = (versions: Readonly<Record<string, unknown>>): string =>
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ");

/** What a run uses where its configuration names nothing else. */
const STARTER = {
  child: "the starter child",
  teacher: "the starter teacher",
  data: "the starter dialogues",
} as const;

/** Returns the model or the data of a run as its configuration names it. */
export const sourceOf = (config: RunRecord["config"], key: keyof typeof STARTER): string =>
  String(config[key] ?? STARTER[key]);

type Fact = readonly [name: string, value: string];

function trainingFacts({ steps, config, info }: RunRecord): Fact[] {
  if (steps.length === 0) return [];
  const [first, last] = [steps[0]?.time, steps.at(-1)?.time];
  const source = (key: keyof typeof STARTER): string => sourceOf(config, key);
  return [
    ...(first === undefined || last === undefined
      ? []
      : [["trained", `${formatTime(first)} to ${formatTime(last)}`] as const]),
    ["command", trainCommand(config)],
    ["data", `${source("data")}${info ? `, SHA-256 ${info.dataHash}` : ""}`],
    ["child", `${source("child")}${info ? `, SHA-256 ${info.modelHashes.child}` : ""}`],
    ["teacher", `${source("teacher")}${info ? `, SHA-256 ${info.modelHashes.teacher}` : ""}`],
    ...(info
      ? [
          ["versions", formatVersions(info.versions)] as const,
          ["seed and threads", `seed ${info.seed}, ${formatCount(info.threads, "thread")}`] as const,
        ]
      : []),
  ];
}

function evaluationFacts({ evaluation }: RunRecord): Fact[] {
  if (evaluation?.setting === undefined) return [];
  const { date, versions, dataHash, heldOut, data, before, after, teacher, scorePreset, seed } =
    evaluation.setting;
  return [
    ...(typeof date === "string" ? [["evaluated", formatTime(date)] as const] : []),
    ["compared", `${before} and ${after}, teacher ${teacher}, score preset ${scorePreset}, seed ${seed}`],
    [
      evaluation.setting.unseen === false ? "evaluated dialogues" : "held-out dialogues",
      `${heldOut} of ${data}${typeof dataHash === "string" ? `, SHA-256 ${dataHash}` : ""}`,
    ],
    ...(isRecord(versions) ? [["evaluated with", formatVersions(versions)] as const] : []),
  ];
}

/** Returns a section that says when, with what and from what the figures were made, or "" when nothing is known. */
export function provenanceSection(run: RunRecord): string {
  const facts = [...trainingFacts(run), ...evaluationFacts(run)];
  if (facts.length === 0) return "";
  const items = facts.map(([name, value]): [string, string] => [
    name,
    name === "command" ? `<code>${escapeHtml(value)}</code>` : escapeHtml(value),
  ]);
  return `<h2>Where the figures come from</h2>${factList(items)}`;
}
