import { chartScript } from "../page/chart-script.ts";
import { htmlPage, printScript } from "../page/document.ts";
import { escapeHtml } from "../page/escape.ts";
import { indexCharts, runCharts } from "../page/run-charts.ts";
import { configurationSection } from "./configuration.ts";
import { evaluationSections } from "./evaluation-sections.ts";
import { indexMeaning } from "./families.ts";
import { headline } from "./headline.ts";
import { provenanceSection, sourceOf } from "./provenance.ts";
import type { RunRecord } from "./record.ts";
import { sampleSection } from "./training-samples.ts";

/** Returns a line with the sources of the models and the data. */
function modelLine(config: RunRecord["config"]): string {
  return (["child", "teacher", "data"] as const).map((key) => `${key}: ${sourceOf(config, key)}`).join(" · ");
}

function trainingSection({ steps }: RunRecord): string {
  if (steps.length === 0) return "";
  const charts = indexCharts(steps, (index) => indexMeaning(index) ?? "");
  return `<h2>Training</h2>${runCharts(steps)}${charts}`;
}

/** Returns the report of a run as a self-contained HTML page. Sections without data are omitted. */
export function reportHtml(run: RunRecord): string {
  const hasSteps = run.steps.length > 0;
  const body = [
    `<header><h1>${escapeHtml(run.name)}</h1><p class="soft">${hasSteps ? escapeHtml(modelLine(run.config)) : ""}</p></header>`,
    headline(run),
    run.evaluation ? evaluationSections(run.evaluation) : "",
    trainingSection(run),
    sampleSection(run),
    hasSteps ? configurationSection(run.config) : "",
    provenanceSection(run),
  ].join("\n");
  return htmlPage({ title: `${run.name} · dialogue-ppo`, body, script: chartScript + printScript });
}
