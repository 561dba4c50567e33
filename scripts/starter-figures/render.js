// Writes the figures of data/starter/figures.json into README.md and docs, between markers:
//   node scripts/starter-figures/render.js
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");

/** Returns the figures of the starter runs. */
export const readFigures = () =>
  JSON.parse(readFileSync(path.join(root, "data/starter/figures.json"), "utf8"));

/** Formats values of several runs: one text if all are equal, otherwise the lowest and the highest. */
function range(values, format) {
  const low = format(Math.min(...values));
  const high = format(Math.max(...values));
  return low === high ? low : `${low} to ${high}`;
}

const fixed = (digits) => (value) => value.toFixed(digits);
/** Returns a formatter of changes. Zero has no sign. */
const signed = (digits) => (value) => {
  const text = value.toFixed(digits);
  if (Number(text) === 0) return text.replace("-", "");
  return value > 0 ? `+${text}` : text;
};
const percent = (value) => `${Math.round(100 * value)} %`;
/** Formats a change of a share in percentage points. */
const points = (value) => signed(0)(100 * value);

const ROWS = [
  ["replies on the subject of their dialogue", "onSubject", percent, points],
  ["true reply more likely than a reply from another dialogue", "pairs", percent, points],
  ["reward", "reward", fixed(3), signed(3)],
  ["perplexity of human turns", "perplexity", fixed(2), signed(2)],
  ["words per turn", "length", fixed(1), signed(1)],
];

/** Returns the table of README: the lowest and highest value of all runs, before and after training. */
export function readmeTable({ runs }) {
  // The child finds nearly every true reply more likely before training, so there is nothing to show.
  const rows = ROWS.filter(([, name]) => name !== "pairs");
  const cell = (name, side, format) =>
    range(
      runs.map((run) => run[name][side]),
      format,
    );
  const human = (name, format) => (runs[0][name].human == null ? "" : format(runs[0][name].human));
  return [
    `| held-out dialogues, ${runs.length} seeds | before | after | change | human turns |`,
    "|---|---|---|---|---|",
    ...rows.map(
      ([label, name, format, change]) =>
        `| ${label} | ${cell(name, "before", format)} | ${cell(name, "after", format)} | ${cell(name, "difference", change)}${change === points ? " points" : ""} | ${human(name, format)} |`,
    ),
  ].join("\n");
}

/** Returns the table of the results page: every run with its interval. */
export function resultsTable({ runs }) {
  const interval = ({ difference, low, high }, format) =>
    `${format(difference)} [${format(low)}, ${format(high)}]`;
  const rows = [
    ...ROWS,
    ["KL (nats per turn)", "kl", fixed(2), signed(2)],
    ["repeated word pairs", "repetition", fixed(4), signed(4)],
  ];
  return [
    `| change | ${runs.map(({ seed }) => `seed ${seed}`).join(" | ")} |`,
    `|---|${runs.map(() => "---|").join("")}`,
    ...rows.map(
      ([label, name, , format]) =>
        `| ${label}${format === points ? ", percentage points" : ""} | ${runs.map((run) => interval(run[name], format)).join(" | ")} |`,
    ),
    `| reward, in standard deviations of the scores of human turns | ${runs.map(({ reward }) => signed(2)(reward.deviations)).join(" | ")} |`,
    `| processor time of training, seconds | ${runs.map(({ training }) => Math.round(training.processorSeconds)).join(" | ")} |`,
  ].join("\n");
}

/** Returns how much of the gain the reward adds to that of the next-token loss. */
export function controlSentence({ runs, randomRewards }) {
  const after = runs.map(({ onSubject }) => onSubject.after);
  const added = range(
    after.map((share) => share - randomRewards.onSubject),
    (share) => String(Math.round(100 * share)),
  );
  return (
    `Compared with one control run (seed 0) with random rewards, where ${percent(randomRewards.onSubject)} of the replies were on the ` +
    `subject, the reward adds ${added} points.`
  );
}

/** Returns a line with the machine and the versions. */
const provenance = ({ processor, cores, node, libtorch, package: version, runs, threads, dialogues }) =>
  `Measured with \`npm run starter:figures\` on ${cores} cores (${processor}, ${threads} ${threads === 1 ? "thread" : "threads"}), ` +
  `version ${version}, libtorch ${libtorch}, Node ${node}, seeds ${runs.map(({ seed }) => seed).join(", ")}, ` +
  `${dialogues.heldOut} held-out dialogues.`;

const block = (lines) => ["```text", ...lines, "```"].join("\n");

/** Returns the end of a dialogue with the child's turns before and after training. */
function sampleLines({ turns, before, after }) {
  const [first, last] = turns.slice(-2);
  return [
    ...[first, last].map(({ speaker, text }) => `${speaker}: ${text}`),
    `${first.speaker}, before training: ${before}`,
    `${first.speaker}, after training:  ${after}`,
  ];
}

/** Subjects of the samples in README, which show what is learned. The results page has the first samples, whatever they show. */
const README_SUBJECTS = ["basketball", "sewing"];

const samples = (chosen) =>
  block(chosen.flatMap((sample, at) => [...(at > 0 ? [""] : []), ...sampleLines(sample)]));

const EVALUATE = "$ npx dialogue-ppo evaluate --run checkpoints_dialogue_ppo";

/** Returns the lines of an evaluation without those of single indices and the notes. */
function withoutIndices(lines) {
  const from = lines.findIndex((line) => line.includes(" indices changed clearly"));
  const to = lines.findIndex((line, at) => at > from && line.startsWith("verdict: "));
  return [...lines.slice(0, from), ...lines.slice(to)];
}

/** Texts that pages quote. */
const SECTIONS = {
  table: readmeTable,
  control: controlSentence,
  seeds: (figures) => `${resultsTable(figures)}\n\n${provenance(figures)}`,
  training: ({ session }) => block(["$ npx dialogue-ppo train", ...session.train]),
  evaluation: ({ session }) => block([EVALUATE, ...session.evaluate]),
  "short-evaluation": ({ session }) => block([EVALUATE, ...withoutIndices(session.evaluate)]),
  samples: (figures) => samples(figures.samples.filter(({ subject }) => README_SUBJECTS.includes(subject))),
  "first-samples": (figures) => samples(figures.samples.slice(0, 12)),
};

/** Pages with figures, and the sections that they have. */
export const PAGES = {
  "README.md": ["table", "control", "short-evaluation", "samples"],
  "docs/getting-started.md": ["training"],
  "docs/results.md": ["table", "seeds", "control", "evaluation", "first-samples"],
};

/** Returns the text of a page with the text between two markers replaced. */
function replaceSection(page, name, text) {
  const marker = `<!-- starter figures: ${name} -->`;
  const end = `<!-- end of ${name} -->`;
  const [from, to] = [page.indexOf(marker), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`expected the lines ${marker} and ${end}`);
  return `${page.slice(0, from + marker.length)}\n${text}\n${page.slice(to)}`;
}

/** Returns a page as it must be for the figures. */
export function renderPage(name, figures) {
  const page = readFileSync(path.join(root, name), "utf8");
  return PAGES[name].reduce(
    (text, section) => replaceSection(text, section, SECTIONS[section](figures)),
    page,
  );
}

if (import.meta.filename === process.argv[1]) {
  const figures = readFigures();
  for (const name of Object.keys(PAGES)) writeFileSync(path.join(root, name), renderPage(name, figures));
}
