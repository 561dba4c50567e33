import { formatCount } from "../format.ts";
import { type ChartOptions, lineChart, type Series } from "./chart.ts";

/** The statistics of one training step, by name. */
export interface StepRecord {
  readonly step: number;
  readonly stats: Readonly<Record<string, number | null>>;
}

/** Values of one statistic, one a step, null where it is absent. */
export function statistic(steps: readonly StepRecord[], name: string): (number | null)[] {
  return steps.map(({ stats }) => stats[name] ?? null);
}

interface Panel {
  readonly title: string;
  readonly note: string;
  /** Statistic by the name the reader sees. */
  readonly lines: Readonly<Record<string, string>>;
  readonly baseline?: number;
}

/** Names are TRL's; what they mean is said beside each chart. */
const PANELS: readonly Panel[] = [
  {
    title: "Reward",
    note: "Child score minus teacher score, before scaling. Rising is what training is for.",
    lines: { reward: "env/reward_mean" },
    baseline: 0,
  },
  {
    title: "Scores",
    note: "Composite of the child's, the teacher's and the human turn in the same dialogues.",
    lines: {
      child: "dppo/child_score_mean",
      teacher: "dppo/teacher_score_mean",
      human: "dppo/human_score_mean",
    },
  },
  {
    title: "KL to the reference",
    note: "Nats per turn away from the model before training. A steep climb means language is being spent.",
    lines: { KL: "objective/kl" },
    baseline: 0,
  },
  {
    title: "KL coefficient",
    note: "Weight of the KL penalty; the adaptive controller steers KL to its target.",
    lines: { coefficient: "objective/kl_coef" },
  },
  {
    title: "Losses",
    note: "Policy loss hovers around zero; value loss should fall as the value head learns the reward.",
    lines: { policy: "ppo/loss/policy", value: "ppo/loss/value" },
    baseline: 0,
  },
  {
    title: "Entropy",
    note: "Nats per token. A collapse to zero means the child says the same thing every time.",
    lines: { entropy: "ppo/policy/entropy" },
  },
  {
    title: "Turn length",
    note: "Tokens a turn. Watch for reward bought by longer or shorter turns.",
    lines: { tokens: "tokens/responses_len_mean" },
  },
  {
    title: "Turns that end by themselves",
    note: "Share of turns that the child ended, rather than running into the longest allowed turn.",
    lines: { ended: "dppo/ended_share" },
  },
  {
    title: "Clipped share",
    note: "Share of tokens whose ratio (policy) or value was clipped; above 0.3 the learning rate is too high.",
    lines: { policy: "ppo/policy/clipfrac", value: "ppo/val/clipfrac" },
  },
  {
    title: "Gradient norm",
    note: "Before clipping, mean of the step's optimizer steps.",
    lines: { norm: "dppo/gradient_norm" },
  },
  {
    title: "Value head",
    note: "Share of the returns' variance that the value head explains; 1 is perfect, below 0 is worse than a constant.",
    lines: { explained: "ppo/val/var_explained" },
    baseline: 0,
  },
  {
    title: "Seconds a step",
    note: "Where the time goes.",
    lines: {
      generate: "time/generate",
      teacher: "time/teacher",
      score: "time/score",
      PPO: "time/ppo/total",
      step: "time/step",
    },
  },
  {
    title: "Memory",
    note: "The most that the process has held so far, in GiB: it cannot fall, and flattens after the first steps.",
    lines: { peak: "dppo/peak_memory_gib" },
  },
];

function chartOf(steps: readonly StepRecord[], panel: Panel): ChartOptions | undefined {
  const series: Series[] = Object.entries(panel.lines)
    .map(([name, stat]) => ({ name, values: statistic(steps, stat) }))
    .filter(({ values }) => values.some((value) => value !== null));
  if (series.length === 0) return undefined;
  const { title, note, baseline } = panel;
  const smooth = Math.max(3, Math.round(steps.length / 20));
  const base = baseline === undefined ? {} : { baseline };
  return { title, note, x: steps.map(({ step }) => step), series, smooth, ...base };
}

// More points than this cannot be told apart on a screen, and a live page redraws them every second.
const MOST_POINTS = 600;

function meanOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Steps in at most `count` groups of neighbours, each the mean of its steps under its last step's number. */
export function thinned(steps: readonly StepRecord[], count = MOST_POINTS): readonly StepRecord[] {
  if (steps.length <= count) return steps;
  const size = Math.ceil(steps.length / count);
  return Array.from({ length: Math.ceil(steps.length / size) }, (_, group) => {
    const members = steps.slice(group * size, (group + 1) * size);
    const names = new Set(members.flatMap(({ stats }) => Object.keys(stats)));
    const stats = [...names].map((name) => [name, meanOfKnown(statistic(members, name))] as const);
    return { step: members.at(-1)?.step ?? 0, stats: Object.fromEntries(stats) };
  });
}

/** Means of a statistic over the first and the last tenth of the steps, at least one each; null where it is absent. */
export function firstAndLast(
  steps: readonly StepRecord[],
  name: string,
): readonly [first: number | null, last: number | null] {
  const tenth = Math.max(1, Math.floor(steps.length / 10));
  const mean = (part: readonly StepRecord[]): number | null => meanOfKnown(statistic(part, name));
  return [mean(steps.slice(0, tenth)), mean(steps.slice(-tenth))];
}

/** Every chart for which the steps have figures. */
export function runCharts(steps: readonly StepRecord[]): string {
  const shown = thinned(steps);
  const charts = PANELS.map((panel) => chartOf(shown, panel)).filter((chart) => chart !== undefined);
  const note =
    shown.length < steps.length
      ? `<p class="soft">${formatCount(steps.length, "step")}; each point is the mean of up to ${Math.ceil(steps.length / MOST_POINTS)} of them.</p>`
      : "";
  return `${note}<div class="charts">${charts.map(lineChart).join("")}</div>`;
}

const INDEX = "taaco/";

/** The indices behind the child's score, folded away; empty when none was logged. */
export function indexCharts(steps: readonly StepRecord[]): string {
  const shown = thinned(steps);
  const names = Object.keys(steps.at(-1)?.stats ?? {}).filter((name) => name.startsWith(INDEX));
  const charts = names
    .map((name) => name.slice(INDEX.length))
    .map((index) => chartOf(shown, { title: index, note: "", lines: { [index]: INDEX + index } }))
    .filter((chart) => chart !== undefined);
  if (charts.length === 0) return "";
  const title = `Indices behind the child's score <span>${charts.length} charts</span>`;
  return `<details><summary>${title}</summary><div class="charts">${charts.map(lineChart).join("")}</div></details>`;
}
