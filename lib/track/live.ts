import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { formatCount } from "../format.ts";
import { chartScript } from "../page/chart-script.ts";
import { cards, htmlPage } from "../page/document.ts";
import { escapeHtml } from "../page/escape.ts";
import { formatDuration, formatNumber } from "../page/numbers.ts";
import { runCharts, type StepRecord, statisticValues } from "../page/run-charts.ts";
import { type SampleView, sampleCard } from "../page/sample.ts";
import { StepGroups } from "./step-groups.ts";

/** Browser script that receives HTML fragments from the server and inserts them into the page. */
const SCRIPT = `
const state = document.getElementById("state");
const source = new EventSource("events");
source.onopen = () => { state.textContent = "live"; };
source.onerror = () => { state.textContent = source.readyState === 2 ? "the run has ended" : "waiting for the run"; };
source.addEventListener("charts", (event) => { document.getElementById("charts").innerHTML = JSON.parse(event.data); });
source.addEventListener("samples", (event) => { document.getElementById("samples").innerHTML = JSON.parse(event.data); });
source.addEventListener("end", () => { source.close(); state.textContent = "the run has ended"; });
`;

const SHOWN_SAMPLES = 4;
/** Number of latest steps from which the remaining time is estimated. */
const PACE_STEPS = 10;
const REDRAW_MS = 1000;
// A browser that no longer reads must not delay the end of a run.
const STOP_MS = 1000;
// One person with a few browsers needs no more.
const MOST_CONNECTIONS = 64;

/** Serves a page on loopback that shows charts and samples while a run is in progress. */
export class LivePage {
  readonly #name: string;
  readonly #totalSteps: number | undefined;
  readonly #steps = new StepGroups();
  #recent: StepRecord[] = [];
  readonly #clients = new Set<ServerResponse>();
  #samples: SampleView[] = [];
  #server: Server | undefined;
  #redraw: NodeJS.Timeout | undefined;
  #lastEventId = 0;

  /**
   * @param name name of the run, shown as the title
   * @param totalSteps number of steps of the whole run, from which the remaining time is estimated
   */
  constructor(name: string, totalSteps?: number) {
    this.#name = name;
    this.#totalSteps = totalSteps;
  }

  /**
   * Starts serving on a free port of 127.0.0.1.
   * @returns the URL of the page
   */
  async start(): Promise<string> {
    const server = createServer((request, response) => this.#handleRequest(request, response));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    server.maxConnections = MOST_CONNECTIONS;
    // An open page must not keep a finished run alive.
    server.unref();
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  /** Adds a step and its samples. Open pages are redrawn at most once a second. */
  add(step: StepRecord, samples: readonly SampleView[]): void {
    this.#steps.add(step);
    this.#recent = [...this.#recent, step].slice(-PACE_STEPS);
    this.#samples = [...samples, ...this.#samples].slice(0, SHOWN_SAMPLES);
    this.#redraw ??= setTimeout(() => this.#broadcast(), REDRAW_MS).unref();
  }

  /** Sends the last state, notifies open pages that the run has ended, and stops the server. */
  async stop(): Promise<void> {
    clearTimeout(this.#redraw);
    this.#broadcast();
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    const notified = [...this.#clients].map(
      (client) => new Promise<void>((resolve) => client.end("event: end\ndata: {}\n\n", resolve)),
    );
    await Promise.race([Promise.all(notified), delay(STOP_MS, undefined, { ref: false })]);
    // Browsers keep idle connections open, and `server.close` would wait for them.
    server.closeAllConnections();
    await closed;
  }

  #handleRequest(request: IncomingMessage, response: ServerResponse): void {
    // A website could resolve its own name to this address (DNS rebinding). The Host header reveals that name.
    const host = (request.headers.host ?? "").replace(/:\d+$/, "");
    if (host !== "127.0.0.1" && host !== "localhost") {
      response.writeHead(403).end("forbidden\n");
    } else if (request.url === "/") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(this.#page());
    } else if (request.url === "/events") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write("retry: 2000\n\n");
      this.#clients.add(response);
      response.on("close", () => this.#clients.delete(response));
    } else {
      response.writeHead(404).end("not found\n");
    }
  }

  #page(): string {
    const body = [
      `<h1>${escapeHtml(this.#name)}</h1><p class="soft" id="state">connecting</p>`,
      `<div id="charts">${this.#charts()}</div>`,
      `<h2>Latest samples</h2><div id="samples">${this.#sampleCards()}</div>`,
    ].join("\n");
    const title = `${this.#name} · live`;
    return htmlPage({ title, body, script: SCRIPT + chartScript, connect: "'self'" });
  }

  #charts(): string {
    const last = this.#recent.at(-1);
    if (last === undefined) return '<p class="soft">The first step is under way.</p>';
    const stat = (name: string): string => formatNumber(last.stats[name]);
    const figures = [
      this.#progress(last.step),
      { value: stat("env/reward_mean"), caption: "reward" },
      { value: stat("objective/kl"), caption: "KL to the reference, nats per turn" },
      { value: stat("tokens/responses_len_mean"), caption: "tokens per turn" },
    ];
    const { count, size } = this.#steps;
    const note =
      size === 1
        ? ""
        : `<p class="soft">${formatCount(count, "step")}; each point is the mean of up to ${size} of them.</p>`;
    return cards(figures) + note + runCharts(this.#steps.records());
  }

  /** Returns the card with the step and the time that remains at the pace of the latest steps. */
  #progress(step: number): { value: string; caption: string } {
    if (this.#totalSteps === undefined) return { value: formatNumber(step), caption: "step" };
    const recent = statisticValues(this.#recent, "time/step").filter((seconds) => seconds !== null);
    const remainingSteps = this.#totalSteps - step;
    const seconds = (remainingSteps * recent.reduce((sum, value) => sum + value, 0)) / recent.length;
    const remainingTime =
      remainingSteps > 0 && recent.length > 0 ? `, about ${formatDuration(seconds)} left` : "";
    return {
      value: `${formatNumber(step)} of ${formatNumber(this.#totalSteps)}`,
      caption: `steps${remainingTime}`,
    };
  }

  #sampleCards(): string {
    return `<div class="samples">${this.#samples.map(sampleCard).join("")}</div>`;
  }

  #broadcast(): void {
    this.#redraw = undefined;
    // A browser that has not read the last state gets no further one until it has: each is whole, and they must not
    // pile up.
    const ready = [...this.#clients].filter((client) => !client.writableNeedDrain);
    const fragments = { charts: this.#charts(), samples: this.#sampleCards() };
    for (const [name, markup] of Object.entries(fragments)) {
      this.#lastEventId += 1;
      const text = `id: ${this.#lastEventId}\nevent: ${name}\ndata: ${JSON.stringify(markup)}\n\n`;
      for (const client of ready) client.write(text);
    }
  }
}
