import { pointerScript } from "../page/chart.ts";
import { htmlPage } from "../page/document.ts";
import { escapeHtml } from "../page/escape.ts";
import { runCharts } from "../page/run-charts.ts";
import { evaluationSections } from "./evaluation-sections.ts";
import type { RunRecord } from "./record.ts";
import { configurationSection, sampleSection, summaryCards } from "./sections.ts";

/** The self-contained page of a run. */
export function reportHtml(run: RunRecord): string {
  const models = ["child", "teacher", "data"]
    .map((key) => (typeof run.config[key] === "string" ? `${key} ${run.config[key]}` : ""))
    .filter((text) => text !== "")
    .join(" · ");
  const body = [
    `<header><h1>${escapeHtml(run.name)}</h1><p class="soft">${escapeHtml(models)}</p></header>`,
    run.steps.length > 0 ? summaryCards(run) : "",
    run.evaluation ? evaluationSections(run.evaluation) : "",
    run.steps.length > 0 ? `<h2>Training</h2>${runCharts(run.steps)}` : "",
    sampleSection(run),
    configurationSection(run),
  ].join("\n");
  return htmlPage({ title: `${run.name} · dialogue-ppo`, body, script: pointerScript });
}
