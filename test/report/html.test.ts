import { describe, expect, it } from "vitest";
import { resolveConfig } from "../../lib/options/resolve.ts";
import { escapeHtml } from "../../lib/page/escape.ts";
import { compareWithDefaults, trainCommand } from "../../lib/report/configuration.ts";
import { reportHtml } from "../../lib/report/html.ts";
import type { RunRecord } from "../../lib/report/record.ts";
import { findIndex } from "../../lib/taaco/catalogue.ts";
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

  it("marks only changes whose interval excludes zero", () => {
    expect(page).toMatch(
      /role="rowheader">reward<\/th>.*?<td role="cell" class="good">\+0\.11 <small>\+0\.07 to \+0\.15<\/small><\/td>/,
    );
    expect(page).toMatch(/>repeated word pairs<\/th>.*?<td role="cell">\+0\.010 <small>/);
    expect(page).toContain("5 of 7 indices changed clearly");
  });

  it("works for a run without steps, samples or evaluation", () => {
    const empty = reportHtml({ name: "run", config: {}, steps: [], samples: [], evaluation: undefined });
    expect(empty).toContain("<h1>run</h1>");
    expect(empty).not.toContain("NaN");
  });

  it("explains every index by name and below it", () => {
    const meaning = findIndex("lemma_ttr")?.entry.meaning ?? "";
    expect(meaning.length).toBeGreaterThan(10);
    const cell = `<span title="${escapeHtml(meaning)}">lemma_<wbr>ttr</span> <small>${escapeHtml(meaning)}</small>`;
    expect(page.split(cell)).toHaveLength(3);
    expect(page.match(/<span title=/g)).toHaveLength(12);
  });

  it("shows the result on held-out dialogues first, and that of the training without an evaluation", () => {
    const first = (run: RunRecord): string => /<div class="card">.*?<\/div>/.exec(reportHtml(run))?.[0] ?? "";
    const run = exampleRun(60);
    expect(first(run)).toBe(
      '<div class="card"><b class="good">+0.11</b><span>reward: -0.08 → 0.03; 95 % interval +0.07 to +0.15</span></div>',
    );
    expect(page).toMatch(/<p class="verdict">The reward rose clearly/);
    const trained = { ...run, evaluation: undefined };
    expect(first(trained)).toMatch(/reward on training dialogues, first and last 6 steps/);
    expect(reportHtml(trained)).toMatch(
      /class="verdict">On the training dialogues.*<code>npx dialogue-ppo evaluate --run checkpoints_dialogue_ppo<\/code>/,
    );
    expect(reportHtml({ ...trained, name: "my run" })).toContain(
      `evaluate --run ${escapeHtml("'my run'")}</code>`,
    );
  });

  it("marks an evaluation on dialogues that a model has seen", () => {
    const run = exampleRun(2);
    const evaluation = run.evaluation && { ...run.evaluation, seen: [{ by: "the <child>", count: 9 }] };
    expect(reportHtml({ ...run, evaluation })).toMatch(
      /<p class="warning">9 of the 112 dialogues were seen by the &lt;child&gt; before/,
    );
    expect(page).not.toContain('class="warning"');
  });

  it("shows the reward by which best and worst turns are sorted", () => {
    const { evaluation } = exampleRun(1);
    const best = (evaluation?.best ?? []).map((sample) => ({ ...sample, reward: 0.321 }));
    const html = reportHtml({ ...exampleRun(1), evaluation: evaluation && { ...evaluation, best } });
    expect(html.match(/<b>reward \+0\.321<\/b>/g)).toHaveLength(best.length);
    expect(page).toContain("step 1 · starter_1 · <b>reward +0.020</b>");
  });

  it("names the guards that lowered a score", () => {
    const run = exampleRun(1);
    const best = (run.evaluation?.best ?? []).slice(0, 1).map((sample) => ({
      ...sample,
      guards: { before: ["repeated"], after: [], teacher: ["copied", "terse"], human: [] },
    }));
    const samples = run.samples.map((sample) => ({
      ...sample,
      childParts: { guard_copied: 0.3, guard_echoed: 0.3, guard_terse: null },
    }));
    const limits = { copied: 0.25, echoed: 0.7, terse: 0 };
    const html = reportHtml({
      ...run,
      samples,
      guards: limits,
      evaluation: run.evaluation && { ...run.evaluation, best },
    });
    expect(html.match(/lowered by guard \w+/g)).toEqual(
      ["repeated", "copied", "terse", "copied"].map((name) => `lowered by guard ${name}`),
    );
    expect(html).toMatch(
      /before · score 0\.310<\/small>yeah it it it was<small>lowered by guard repeated: repeats word pairs<\/small>/,
    );
    expect(page).not.toContain("lowered by guard");
  });

  it("names the starter files where a run names no others", () => {
    expect(reportHtml({ ...exampleRun(1), config: { child: "my-child" } })).toContain(
      "child: my-child · teacher: the starter teacher · data: the starter dialogues",
    );
  });

  it("says when, with what and from what the figures were made", () => {
    const run = exampleRun(2);
    const steps = run.steps.map((step) => ({ ...step, time: `2026-11-26T07:0${step.step}:09.000Z` }));
    const info = {
      step: 2,
      epoch: 0,
      stats: {},
      dropped: {},
      retries: 0,
      dataHash: "d1",
      modelHashes: { child: "c1", teacher: "t1" },
      versions: { "dialogue-ppo": "0.1.0", libtorch: "2.9.0" },
      seed: 3,
      threads: 2,
    };
    const setting = {
      date: "2026-11-27T08:00:00.000Z",
      dataHash: "d2",
      heldOut: "9 of 90 dialogues",
      data: "x.csv",
    };
    const evaluation = run.evaluation && { ...run.evaluation, setting };
    const html = reportHtml({ ...run, steps, info, evaluation });
    for (const text of [
      "2026-11-26 07:01 UTC to 2026-11-26 07:02 UTC",
      "dialogues.csv, SHA-256 d1",
      "data/starter/child, SHA-256 c1",
      "dialogue-ppo 0.1.0, libtorch 2.9.0",
      "2026-11-27 08:00 UTC",
      "9 of 90 dialogues of x.csv, SHA-256 d2",
      "seed 3, 2 threads",
    ])
      expect(html).toContain(text);
  });
});

describe("the configuration of a run", () => {
  it("is compared with the defaults that hold for its models and data", () => {
    const { config } = resolveConfig({
      flags: { data: "my talk.csv", learningRate: 3e-5, earlyStopping: true },
    });
    const { choices, others } = compareWithDefaults({ ...config });
    expect(choices).toEqual([
      { name: "data", value: "my talk.csv", default: undefined },
      { name: "learningRate", value: 3e-5, default: 1.41e-5 },
      { name: "earlyStopping", value: true, default: false },
    ]);
    expect(others.map(({ name }) => name)).toContain("batchSize");
    expect(trainCommand({ ...config })).toBe(
      "npx dialogue-ppo train --data 'my talk.csv' --learning-rate 0.00003 --early-stopping",
    );
  });

  it("needs no option for a run on the starter set, and a negated one for what is switched off", () => {
    const { config } = resolveConfig({});
    expect(trainCommand({ ...config })).toBe("npx dialogue-ppo train");
    expect(trainCommand({ ...config, adapKlCtrl: false })).toBe("npx dialogue-ppo train --no-adap-kl-ctrl");
  });

  it("gives the same configuration back when the command is read", () => {
    const { config } = resolveConfig({ flags: { child: "it's", batchSize: 6, steps: 7 } });
    const flags = Object.fromEntries(
      compareWithDefaults({ ...config }).choices.map((one) => [one.name, one.value]),
    );
    expect(resolveConfig({ flags }).config).toEqual(config);
    expect(trainCommand({ ...config })).toContain("--child 'it'\\''s'");
  });

  it("is a table with a row for every option, and leaves out options that this version does not know", () => {
    const { config } = resolveConfig({});
    const html = reportHtml({ ...exampleRun(1), config: { ...config, removedOption: 1 } });
    expect(html).toContain("Every option has its default.");
    expect(html).toMatch(
      />--batch-size <small>[^<]+<\/small><\/th><td role="cell">16<\/td><td role="cell">16<\/td>/,
    );
    expect(html).not.toContain("removed");
  });
});
