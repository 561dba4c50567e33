import { pointerScript } from "../page/chart.ts";
import { htmlPage } from "../page/document.ts";
import { escapeHtml } from "../page/escape.ts";
import { indexCharts, runCharts } from "../page/run-charts.ts";
import { evaluationSections } from "./evaluation-sections.ts";
import type { RunRecord } from "./record.ts";
import { configurationSection, sampleSection, summaryCards } from "./sections.ts";

/** Returns a line with the sources of the models and the data. A missing setting means the starter files. */
function modelLine(config: RunRecord["config"]): string {
  return ["child", "teacher", "data"].map((key) => `${key}: ${config[key] ?? "starter"}`).join(" · ");
}

/** Returns the report of a run as a self-contained HTML page. Sections without data are omitted. */
export function reportHtml(run: RunRecord): string {
  const models = run.steps.length === 0 ? "" : modelLine(run.config);
  const body = [
    `<header><h1>${escapeHtml(run.name)}</h1><p class="soft">${escapeHtml(models)}</p></header>`,
    run.steps.length > 0 ? summaryCards(run) : "",
    run.evaluation ? evaluationSections(run.evaluation) : "",
    run.steps.length > 0 ? `<h2>Training</h2>${runCharts(run.steps)}${indexCharts(run.steps)}` : "",
    sampleSection(run),
    configurationSection(run),
  ].join("\n");
  return htmlPage({ title: `${run.name} · dialogue-ppo`, body, script: pointerScript });
}
