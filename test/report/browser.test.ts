import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { reportHtml } from "../../lib/report/html.ts";
import { Browser, chromium, type Page, type Viewport } from "../page/chromium.ts";
import { exampleRun } from "./example-run.ts";

const DESKTOP: Viewport = { width: 1280, height: 900 };
const PHONE: Viewport = { width: 360, height: 740 };
let folder: string;
let browser: Browser | undefined;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "report-"));
  writeFileSync(path.join(folder, "report.html"), reportHtml(exampleRun(120)));
  if (chromium) browser = new Browser(chromium);
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function withReport(
  context: TestContext,
  view: Viewport,
  use: (page: Page) => Promise<void>,
  shot = false,
): Promise<void> {
  if (!browser) return context.skip("there is no chromium (set DIALOGUE_PPO_CHROMIUM)");
  const url = pathToFileURL(path.join(folder, "report.html")).href;
  await browser.open(url, view, async (page) => {
    await use(page);
    if (!shot) return;
    // This command saves screenshots: DIALOGUE_PPO_SCREENSHOTS=folder npx vitest run test/report
    const { DIALOGUE_PPO_SCREENSHOTS: shots } = process.env;
    if (!shots) return;
    mkdirSync(shots, { recursive: true });
    writeFileSync(
      path.join(shots, `report-${view.width}${view.dark ? "-dark" : ""}.png`),
      await page.screenshot(),
    );
  });
}

/** Expression for the elements beyond the right edge of the page, except the contents of scrollable boxes. */
const STICKING_OUT = `[...document.querySelectorAll("body *")].filter((element) => {
  if (element.closest(".table, pre") && !element.matches(".table, pre")) return false;
  return element.getBoundingClientRect().right > document.documentElement.clientWidth + 1;
}).map((element) => element.tagName + "." + element.className)`;

describe("the report in a browser", () => {
  for (const view of [DESKTOP, PHONE, { ...DESKTOP, dark: true }]) {
    it(`fits ${view.width} pixels without errors${"dark" in view ? " in dark mode" : ""}`, async (context) => {
      await withReport(
        context,
        view,
        async (page) => {
          expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(view.width);
          expect(await page.evaluate(STICKING_OUT)).toEqual([]);
          expect(await page.evaluate("document.querySelectorAll('figure.chart svg').length")).toBe(14);
          expect(page.errors).toEqual([]);
        },
        true,
      );
    });
  }

  it("shows tables of indices in full on a phone", async (context) => {
    await withReport(context, PHONE, async (page) => {
      await page.evaluate(
        `document.querySelectorAll("details").forEach((details) => { details.open = true; })`,
      );
      const cut = `[...document.querySelectorAll(".stacked")].map((table) => table.scrollWidth - table.clientWidth)`;
      const widths = await page.evaluate<number[]>(cut);
      expect(widths.length).toBeGreaterThan(1);
      expect(widths.filter((width) => width > 0)).toEqual([]);
      await page.evaluate(`document.querySelector(".stacked td").textContent = "a_very_long_name".repeat(9)`);
      expect((await page.evaluate<number[]>(cut)).some((width) => width > 0)).toBe(true);
    });
  });

  it("detects an element that is too wide", async (context) => {
    await withReport(context, PHONE, async (page) => {
      await page.evaluate(`document.querySelector("h1").style.width = "900px"`);
      expect(await page.evaluate(STICKING_OUT)).toEqual(["H1."]);
    });
  });

  it("shows the values under the pointer and blocks requests", async (context) => {
    await withReport(context, DESKTOP, async (page) => {
      const box = await page.evaluate<{ x: number; y: number; width: number; height: number }>(
        `(() => { const svg = document.querySelector("svg[data-chart]"); svg.scrollIntoView(); return svg.getBoundingClientRect().toJSON(); })()`,
      );
      await page.pointAt(box.x + box.width / 2, box.y + box.height / 2);
      expect(await page.evaluate(`document.querySelector(".legend b").textContent`)).toMatch(
        /^-?[\d.e-]+ @ \d+$/,
      );
      await page.evaluate(`fetch("https://example.org").catch(() => {})`);
      expect(page.errors.join("\n")).toMatch(/Content Security Policy/);
    });
  });
});
