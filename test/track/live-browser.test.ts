import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, type TestContext } from "vitest";
import { sampleView } from "../../lib/page/sample.ts";
import { LivePage } from "../../lib/track/live.ts";
import { Browser, chromium, type Page, type Viewport } from "../page/chromium.ts";
import { exampleRun } from "../report/example-run.ts";

const browser = chromium ? new Browser(chromium) : undefined;
const { steps, samples } = exampleRun(40);
let live: LivePage;
let url: string;

beforeEach(async () => {
  live = new LivePage("checkpoints_dialogue_ppo");
  url = await live.start();
});

afterEach(() => live.stop());
afterAll(() => browser?.close());

/** Waits until a JavaScript expression in the page is true. */
async function until(page: Page, expression: string): Promise<void> {
  const wait = `new Promise((resolve) => { const timer = setInterval(() => { if (${expression}) { clearInterval(timer); resolve(true); } }, 50); })`;
  await page.evaluate(wait);
}

async function withPage(
  context: TestContext,
  view: Viewport,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  if (!browser) return context.skip("there is no chromium (set DIALOGUE_PPO_CHROMIUM)");
  await browser.open(url, view, async (page) => {
    await use(page);
    const { DIALOGUE_PPO_SCREENSHOTS: shots } = process.env;
    if (!shots) return;
    mkdirSync(shots, { recursive: true });
    writeFileSync(path.join(shots, `live-${view.width}.png`), await page.screenshot());
  });
}

describe("the live page in a browser", () => {
  for (const width of [1280, 360]) {
    it(`shows charts and samples when they arrive, at a width of ${width} pixels`, async (context) => {
      await withPage(context, { width, height: 800 }, async (page) => {
        await until(page, `document.getElementById("state").textContent === "live"`);
        expect(await page.evaluate(`document.getElementById("charts").textContent`)).toContain("first step");
        for (const [index, step] of steps.entries())
          live.add(step, index < 4 ? samples.slice(index, index + 1).map(sampleView) : []);
        await until(page, `document.querySelectorAll("figure.chart").length === 13`);
        await until(page, `document.querySelectorAll("article.sample").length === 4`);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
        expect(page.errors).toEqual([]);
      });
    });
  }

  it("shows that the run has ended and keeps its charts", async (context) => {
    await withPage(context, { width: 800, height: 800 }, async (page) => {
      live.add({ step: 1, stats: { "objective/kl": 1 } }, []);
      await until(page, `document.querySelectorAll("figure.chart").length === 1`);
      await live.stop();
      await until(page, `document.getElementById("state").textContent === "the run has ended"`);
      expect(await page.evaluate(`document.querySelectorAll("figure.chart").length`)).toBe(1);
    });
  });
});
