import { describe, expect, it } from "vitest";
import { reportHtml } from "../../lib/report/html.ts";
import { exampleRun } from "./example-run.ts";

const page = reportHtml(exampleRun(60));

describe("the report", () => {
  it("loads no external resources and has a policy that blocks them", () => {
    expect(page).not.toMatch(/(src|href)="(?!data:)/);
    expect(page).not.toMatch(/https?:\/\//);
    expect(page).toContain("default-src 'none'");
  });

  it("escapes generated text", () => {
    expect(page).not.toContain("</script><b>");
    expect(page).toContain("&lt;/script&gt;&lt;b&gt;it&lt;/b&gt;");
  });

  it("draws charts only for the statistics that were logged", () => {
    expect(page.match(/<figure class="chart">/g)).toHaveLength(14);
    const bare = exampleRun(3);
    const few = reportHtml({
      ...bare,
      steps: bare.steps.map(({ step }) => ({ step, stats: { "objective/kl": step } })),
    });
    expect(few.match(/<figure class="chart">/g)).toHaveLength(1);
  });

  it("marks only differences whose interval excludes zero", () => {
    expect(page).toMatch(/<td>reward<\/td>.*?<td class="good">\+0\.11 <small>0\.07 to 0\.15<\/small><\/td>/);
    expect(page).toMatch(/<td>repeated word pairs<\/td>.*?<td>\+0\.010 <small>/);
    expect(page).toContain("5 of 7 indices changed clearly");
  });

  it("works for a run without steps, samples or evaluation", () => {
    const empty = reportHtml({ name: "run", config: {}, steps: [], samples: [], evaluation: undefined });
    expect(empty).toContain("<h1>run</h1>");
    expect(empty).not.toContain("NaN");
  });
});
