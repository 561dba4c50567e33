import { DialoguePpoError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { nearestName } from "../nearest-name.ts";
import type { StepLog } from "../run/records.ts";
import { HEALTH_RULES, type HealthRule, type HealthSettings } from "./health-rules.ts";
import { Trend } from "./trend.ts";

/** The part of a step's log line that is watched. */
type StepStatistics = Pick<StepLog, "step" | "stats">;

const NAMES = HEALTH_RULES.map(({ name }) => name);

/**
 * Parses the value of `--stop-on`.
 *
 * @param list names of findings, separated by commas, or "all"
 * @returns the names of the findings for which a run stops. `not-finite` is always one of them.
 * @throws DialoguePpoError ERR_CONFIG for an unknown name
 */
export function parseStopOn(list: string | undefined): ReadonlySet<string> {
  const given = (list ?? "").split(",").map((name) => name.trim());
  const names = given.flatMap((name) => (name === "all" ? NAMES : name === "" ? [] : [name]));
  const unknown = names.find((name) => !NAMES.includes(name));
  if (unknown === undefined) return new Set(["not-finite", ...names]);
  const near = nearestName(unknown, NAMES);
  const hint = near === undefined ? `expected some of ${NAMES.join(", ")}, or all` : `did you mean ${near}?`;
  throw new DialoguePpoError("ERR_CONFIG", `--stop-on ${unknown}: ${hint}`);
}

/** Watches the statistics of a run for signs that it goes wrong. Each is reported once in an invocation. */
export class HealthMonitor {
  readonly #settings: HealthSettings;
  readonly #stopOn: ReadonlySet<string>;
  readonly #log: Logger;
  readonly #trend = new Trend();
  readonly #reported = new Set<HealthRule>();

  /** @param history statistics of the steps before this invocation */
  constructor(
    settings: HealthSettings,
    parts: {
      readonly stopOn: ReadonlySet<string>;
      readonly log: Logger;
      readonly history: readonly StepStatistics[];
    },
  ) {
    this.#settings = settings;
    this.#stopOn = parts.stopOn;
    this.#log = parts.log;
    for (const { stats } of parts.history) this.#trend.add(stats);
  }

  /**
   * Takes the statistics of a step, and warns of what is wrong for the first time.
   * @returns the finding for which the run must stop, as one sentence with what to change; undefined when it goes on
   */
  observe({ step, stats }: StepStatistics): string | undefined {
    this.#trend.add(stats);
    for (const rule of HEALTH_RULES) {
      const finding = this.#reported.has(rule) ? undefined : rule.find(this.#trend, this.#settings);
      if (finding === undefined) continue;
      this.#reported.add(rule);
      const text = `step ${step}: ${finding}: ${rule.advice} (${rule.name})`;
      if (this.#stopOn.has(rule.name)) return text;
      this.#log.warn(text);
    }
    return undefined;
  }
}
