import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { comparisonHtml } from "../../lib/report/comparison.ts";
import { reportHtml } from "../../lib/report/html.ts";
import { Browser, chromium, type Page, type Viewport } from "../page/chromium.ts";
import { exampleRun } from "./example-run.ts";

const DESKTOP: Viewport = { width: 1280, height: 900 };
const PHONE: Viewport = { width: 360, height: 740 };
const LARGE_PHONE: Viewport = { width: 390, height: 844 };
let folder: string;
let browser: Browser | undefined;

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "report-"));
  writeFileSync(path.join(folder, "report.html"), reportHtml(exampleRun(120)));
  const other = { ...exampleRun(90), name: "other", config: { batchSize: 16 } };
  writeFileSync(path.join(folder, "comparison.html"), comparisonHtml([exampleRun(120), other]));
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

const OPEN_ALL = `document.querySelectorAll("details").forEach((details) => { details.open = true; })`;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Expression for the widths by which tables are wider than their boxes. */
const CUT = `[...document.querySelectorAll(".table")].map((table) => table.scrollWidth - table.clientWidth)`;
/** Expression for the rules of axe-core that the page breaks, each with the first elements that break it. */
const AXE_VIOLATIONS = `axe.run(document).then(({ violations }) =>
  violations.map(({ id, nodes }) => id + ": " + nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(" | ")))`;

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

  it("shows tables in full on a tablet", async (context) => {
    await withReport(context, { width: 768, height: 900 }, async (page) => {
      await page.evaluate(OPEN_ALL);
      expect((await page.evaluate<number[]>(CUT)).filter((width) => width > 0)).toEqual([]);
    });
  });

  it("shows tables in full on a phone, with the values of teacher and human turns", async (context) => {
    await withReport(context, PHONE, async (page) => {
      await page.evaluate(OPEN_ALL);
      const widths = await page.evaluate<number[]>(CUT);
      expect(widths.length).toBeGreaterThan(1);
      expect(widths.filter((width) => width > 0)).toEqual([]);
      const score = `[...document.querySelectorAll("tr")].find((row) => row.cells[0].textContent === "child score")`;
      const shown = `[...${score}.cells].filter((cell) => cell.checkVisibility()).map((cell) => cell.textContent)`;
      expect(await page.evaluate(shown)).toEqual([
        "child score",
        "0.45",
        "0.53",
        "+0.08 +0.05 to +0.11",
        "0.54",
        "0.50",
      ]);
      await page.evaluate(`document.querySelector(".table td").textContent = "a_very_long_name".repeat(9)`);
      expect((await page.evaluate<number[]>(CUT)).some((width) => width > 0)).toBe(true);
    });
  });

  it("has axis labels that a phone shows at 11 pixels or more", async (context) => {
    await withReport(context, LARGE_PHONE, async (page) => {
      const heights = await page.evaluate<number[]>(
        `[...document.querySelectorAll(".tick, .axis")].map((label) => parseFloat(getComputedStyle(label).fontSize) *
          label.ownerSVGElement.getBoundingClientRect().width / label.ownerSVGElement.viewBox.baseVal.width)`,
      );
      expect(heights.length).toBeGreaterThan(50);
      expect(Math.min(...heights)).toBeGreaterThanOrEqual(11);
      const cut = `[...document.querySelectorAll(".tick, .axis")].filter((label) => {
        const [own, svg] = [label, label.ownerSVGElement].map((element) => element.getBoundingClientRect());
        return own.right > svg.right + 0.5 || own.left < svg.left - 0.5;
      }).map((label) => label.textContent)`;
      expect(await page.evaluate(cut)).toEqual([]);
    });
  });

  for (const view of [DESKTOP, LARGE_PHONE, { ...DESKTOP, dark: true }]) {
    it(`passes axe-core at ${view.width} pixels${"dark" in view ? " in dark mode" : ""}`, async (context) => {
      await withReport(context, view, async (page) => {
        await page.evaluate(OPEN_ALL);
        await page.evaluate(`${AXE}; 0`);
        expect(await page.evaluate(AXE_VIOLATIONS)).toEqual([]);
        await page.evaluate(`document.querySelector(".plot").removeAttribute("aria-label")`);
        expect(await page.evaluate<string[]>(AXE_VIOLATIONS)).toHaveLength(1);
      });
    });
  }

  it("passes axe-core as a comparison of runs, on a phone, too", async (context) => {
    if (!browser) return context.skip("there is no chromium (set DIALOGUE_PPO_CHROMIUM)");
    const url = pathToFileURL(path.join(folder, "comparison.html")).href;
    for (const view of [DESKTOP, LARGE_PHONE]) {
      await browser.open(url, view, async (page) => {
        await page.evaluate(`${AXE}; 0`);
        expect(await page.evaluate(AXE_VIOLATIONS)).toEqual([]);
        expect(await page.evaluate(STICKING_OUT)).toEqual([]);
        expect(page.errors).toEqual([]);
      });
    }
  });

  it("shows the values of a chart for the arrow keys", async (context) => {
    await withReport(context, DESKTOP, async (page) => {
      const read = async (): Promise<string[]> =>
        page.evaluate(
          `(() => { const plot = document.querySelector(".plot"); return [plot.getAttribute("aria-valuetext"), plot.parentElement.querySelector(".legend b").textContent]; })()`,
        );
      expect((await read())[0]).toMatch(/^step 120: reward 0\.146/);
      await page.evaluate(`document.querySelector(".plot").focus()`);
      await page.press("Home");
      expect(await read()).toEqual(["step 1: reward -0.1", "-0.1 @ 1"]);
      await page.press("ArrowRight");
      expect((await read())[0]).toMatch(/^step 2: reward -0\.0\d+/);
      await page.press("PageUp");
      expect((await read())[0]).toMatch(/^step 14:/);
      for (const key of ["End", "ArrowRight"]) await page.press(key);
      expect((await read())[1]).toMatch(/@ 120$/);
    });
  });

  it("opens closed sections for the printer and closes them again", async (context) => {
    await withReport(context, DESKTOP, async (page) => {
      const closed = `document.querySelectorAll("details:not([open])").length`;
      const before = await page.evaluate(closed);
      expect(before).toBeGreaterThan(1);
      await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
      expect(await page.evaluate(closed)).toBe(0);
      await page.evaluate(`dispatchEvent(new Event("afterprint"))`);
      expect(await page.evaluate(closed)).toBe(before);
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
        `(() => { const svg = document.querySelector(".plot"); svg.scrollIntoView(); return svg.getBoundingClientRect().toJSON(); })()`,
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
