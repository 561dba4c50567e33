import { formatCount } from "../format.ts";
import { meanOfKnown } from "../mean.ts";
import { type ChartOptions, lineChart, type Series } from "./chart.ts";
import { collapsed } from "./document.ts";

/** Statistics of one training step. */
export interface StepRecord {
  readonly step: number;
  /** Statistics by name. A value is null when it was not finite or could not be measured. */
  readonly stats: Readonly<Record<string, number | null>>;
}

/** Returns one value of a statistic per step, null for steps that do not have it. */
export function statisticValues(steps: readonly StepRecord[], name: string): (number | null)[] {
  return steps.map(({ stats }) => stats[name] ?? null);
}

interface Panel {
  readonly title: string;
  /** What the vertical axis shows. */
  readonly unit: string;
  readonly note: string;
  /** Name of the statistic for each line, by the label in the legend. */
  readonly lines: Readonly<Record<string, string>>;
  /** Value at which a dashed horizontal line is drawn. */
  readonly baseline?: number;
}

/** Returns a panel. The list below calls it with positional arguments to stay short. */
const definePanel = (
  title: string,
  unit: string,
  note: string,
  lines: Panel["lines"],
  options: Pick<Panel, "baseline"> = {},
): Panel => ({ title, unit, note, lines, ...options });

/** The statistics carry TRL's names, so a note beside each chart explains what they mean. */
const PANELS: readonly Panel[] = [
  definePanel(
    "Reward",
    "difference of two scores",
    "Child score minus teacher score, before scaling. Training should raise it.",
    { reward: "env/reward_mean" },
    { baseline: 0 },
  ),
  definePanel(
    "Scores",
    "score, 0 to 1",
    "Scores of the turns of the child, the teacher and the human in the same dialogues.",
    {
      child: "dppo/child_score_mean",
      teacher: "dppo/teacher_score_mean",
      human: "dppo/human_score_mean",
    },
  ),
  definePanel(
    "KL to the reference",
    "nats per turn",
    "Distance from the child before training. A steep climb means that the child loses its language.",
    { KL: "objective/kl" },
    { baseline: 0 },
  ),
  definePanel(
    "KL coefficient",
    "weight",
    "Weight of the KL penalty. The adaptive penalty raises it while the KL is above its target, and lowers it below.",
    {
      coefficient: "objective/kl_coef",
    },
  ),
  definePanel(
    "Losses",
    "loss",
    "The policy loss stays near zero; the value loss should fall as the value head learns the reward.",
    { policy: "ppo/loss/policy", value: "ppo/loss/value" },
    { baseline: 0 },
  ),
  definePanel(
    "Entropy",
    "nats per token",
    "How freely the child chooses its tokens. A fall to zero means that it says the same thing every time.",
    {
      entropy: "ppo/policy/entropy",
    },
  ),
  definePanel(
    "Turn length",
    "tokens per turn",
    "Length of the child's turns. Longer or shorter turns can raise the reward without better language.",
    {
      tokens: "tokens/responses_len_mean",
    },
  ),
  definePanel(
    "Turns that end by themselves",
    "share of turns",
    "Share of turns that the child ended, rather than running into the longest allowed turn.",
    { ended: "dppo/ended_share" },
  ),
  definePanel(
    "Clipped share",
    "share of tokens",
    "Share of tokens whose ratio (policy) or value was clipped; above 0.3 the learning rate is too high.",
    { policy: "ppo/policy/clipfrac", value: "ppo/val/clipfrac" },
  ),
  definePanel("Gradient norm", "norm", "Before clipping, mean over the optimizer updates of a step.", {
    norm: "dppo/gradient_norm",
  }),
  definePanel(
    "Value head",
    "share of variance",
    "Share of the returns' variance that the value head explains; 1 is perfect, below 0 is worse than a constant.",
    { explained: "ppo/val/var_explained" },
    { baseline: 0 },
  ),
  definePanel("Seconds per step", "seconds", "Where the time goes.", {
    generate: "time/generate",
    teacher: "time/teacher",
    score: "time/score",
    PPO: "time/ppo/total",
    step: "time/step",
  }),
  definePanel(
    "Memory",
    "GiB",
    "The most that the process has held so far, in GiB. It flattens after the first steps, and begins anew where a run was resumed.",
    { peak: "dppo/peak_memory_gib", "peak of the GPU": "dppo/peak_device_memory_gib" },
  ),
];

/** Returns a chart of those lines that have a value; undefined when none has. */
function chartOf(
  { title, unit, note, baseline }: Omit<Panel, "lines">,
  x: readonly number[],
  lines: readonly Series[],
): ChartOptions | undefined {
  const series = lines.filter(({ values }) => values.some((value) => value !== null));
  if (series.length === 0) return undefined;
  const smooth = Math.max(3, Math.round(x.length / 20));
  return { title, unit, note, x, series, smooth, ...(baseline === undefined ? {} : { baseline }) };
}

function panelChart(steps: readonly StepRecord[], panel: Panel): ChartOptions | undefined {
  const lines = Object.entries(panel.lines).map(
    ([name, stat]): Series => ({ name, values: statisticValues(steps, stat) }),
  );
  return chartOf(
    panel,
    steps.map(({ step }) => step),
    lines,
  );
}

// A screen cannot show more points than this, and the live page redraws them every second.
const MAX_POINTS = 600;

const lastStep = (steps: readonly StepRecord[]): number => steps.at(-1)?.step ?? 0;

/**
 * Merges neighbouring steps, so that at most 600 points remain up to step `last`. A point has the mean of each
 * statistic over its steps, and the number of the last step that can belong to it. Runs that are merged with the same
 * `last` therefore share their points.
 */
function downsampleSteps(steps: readonly StepRecord[], last = lastStep(steps)): readonly StepRecord[] {
  const size = Math.ceil(last / MAX_POINTS);
  if (size <= 1) return steps;
  const groups = new Map<number, StepRecord[]>();
  for (const record of steps) {
    const end = Math.min(Math.ceil(record.step / size) * size, last);
    const members = groups.get(end);
    if (members) members.push(record);
    else groups.set(end, [record]);
  }
  return Array.from(groups, ([step, members]) => {
    const names = new Set(members.flatMap(({ stats }) => Object.keys(stats)));
    const stats = [...names].map((name) => [name, meanOfKnown(statisticValues(members, name))] as const);
    return { step, stats: Object.fromEntries(stats) };
  });
}

const tenthOf = (steps: readonly StepRecord[]): number => Math.max(1, Math.floor(steps.length / 10));

/** Returns how many steps a tenth of a run is, to follow "first and last": "12 steps", or "step" for a short run. */
export const tenthText = (steps: readonly StepRecord[]): string =>
  tenthOf(steps) === 1 ? "step" : formatCount(tenthOf(steps), "step");

/**
 * Returns the means of a statistic over the first and the last tenth of the steps, each of at least one step. A
 * mean is null when none of its steps has the statistic.
 */
export function firstAndLastTenth(
  steps: readonly StepRecord[],
  name: string,
): readonly [first: number | null, last: number | null] {
  const tenth = tenthOf(steps);
  const mean = (group: readonly StepRecord[]): number | null => meanOfKnown(statisticValues(group, name));
  return [mean(steps.slice(0, tenth)), mean(steps.slice(-tenth))];
}

/** How to read the charts of a page. */
const LEGEND =
  '<p class="soft">Thin lines are single steps, thick lines their running mean. The number beside a name is the value of ' +
  "the last step.</p>";

/** Returns the HTML of all training charts. A chart is omitted when no step has its statistics. */
export function runCharts(steps: readonly StepRecord[]): string {
  const shown = downsampleSteps(steps);
  const charts = PANELS.map((panel) => panelChart(shown, panel)).filter((chart) => chart !== undefined);
  const note =
    shown.length < steps.length
      ? `<p class="soft">${formatCount(steps.length, "step")}; each point is the mean of up to ${Math.ceil(steps.length / MAX_POINTS)} of them.</p>`
      : "";
  return `${LEGEND}${note}<div class="charts">${charts.map(lineChart).join("")}</div>`;
}

const INDEX_PREFIX = "taaco/";

/**
 * Returns a collapsed section with a chart for each TAACO index in the child's score, or "" when none was logged.
 *
 * @param meaningOf returns the meaning of an index in one line
 */
export function indexCharts(steps: readonly StepRecord[], meaningOf: (index: string) => string): string {
  const shown = downsampleSteps(steps);
  const names = Object.keys(steps.at(-1)?.stats ?? {}).filter((name) => name.startsWith(INDEX_PREFIX));
  const charts = names
    .map((name) => name.slice(INDEX_PREFIX.length))
    .map((index) =>
      panelChart(shown, definePanel(index, "index", meaningOf(index), { [index]: INDEX_PREFIX + index })),
    )
    .filter((chart) => chart !== undefined);
  if (charts.length === 0) return "";
  return collapsed(
    "Indices behind the child's score",
    formatCount(charts.length, "chart"),
    `<div class="charts">${charts.map(lineChart).join("")}</div>`,
  );
}

/** A run in a comparison. */
export interface ComparedRun {
  readonly name: string;
  readonly steps: readonly StepRecord[];
}

/** Most lines that a chart tells apart by colour. */
const MAX_LINES = 6;

/** Returns the values of a statistic at the given steps, null where a run has no such step. */
function valuesAt(steps: readonly StepRecord[], at: readonly number[], name: string): (number | null)[] {
  const values = new Map(steps.map(({ step, stats }) => [step, stats[name] ?? null]));
  return at.map((step) => values.get(step) ?? null);
}

/**
 * Returns the HTML of charts that compare runs, one for each statistic that a panel shows. Only the first six runs have
 * lines.
 */
export function comparisonCharts(runs: readonly ComparedRun[]): string {
  const first = runs.slice(0, MAX_LINES);
  const last = first.reduce((most, { steps }) => Math.max(most, lastStep(steps)), 0);
  const drawn = first.map(({ name, steps }) => ({ name, steps: downsampleSteps(steps, last) }));
  const x = [...new Set(drawn.flatMap(({ steps }) => steps.map(({ step }) => step)))].sort((a, b) => a - b);
  const charts = PANELS.flatMap((panel) =>
    Object.entries(panel.lines).map(([label, stat]) => {
      const single = Object.keys(panel.lines).length === 1;
      const lines = drawn.map(({ name, steps }) => ({ name, values: valuesAt(steps, x, stat) }));
      return chartOf({ ...panel, title: single ? panel.title : `${panel.title}: ${label}` }, x, lines);
    }),
  ).filter((chart) => chart !== undefined);
  const rest = runs.length - first.length;
  const left = `The charts show the first ${MAX_LINES} runs. To see the curves of the ${rest === 1 ? "other run" : `other ${rest} runs`}, compare fewer runs.`;
  const note = rest > 0 ? `<p class="soft">${left}</p>` : "";
  return `${LEGEND}${note}<div class="charts">${charts.map(lineChart).join("")}</div>`;
}
