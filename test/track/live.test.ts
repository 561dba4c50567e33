import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LivePage } from "../../lib/track/live.ts";

let page: LivePage;
let url: string;

beforeEach(async () => {
  page = new LivePage("a run");
  url = await page.start();
});

afterEach(() => page.stop());

const sample = { heading: "step 1", turns: [{ speaker: "A", text: "<i>hi</i>" }], answers: [] };

function statusWithHost(host: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).end();
  });
}

describe("the live page", () => {
  it("shows the steps from before it was opened", async () => {
    page.add({ step: 1, stats: { "objective/kl": 0.5 } }, [sample]);
    const html = await (await fetch(url)).text();
    expect(html).toContain("KL to the reference");
    expect(html).toContain("&lt;i&gt;hi&lt;/i&gt;");
  });

  it("shows the progress and estimates the remaining time from the latest steps", async () => {
    const whole = new LivePage("a run", 60);
    const address = await whole.start();
    const shown = async (): Promise<string> => (await fetch(address)).text();
    for (let step = 1; step <= 30; step++) {
      whole.add({ step, stats: { "time/step": step <= 20 ? 100 : 4 } }, []);
    }
    expect(await shown()).toContain("<b>30 of 60</b><span>steps, about 2 min 00 s left</span>");
    whole.add({ step: 60, stats: { "time/step": 4 } }, []);
    expect(await shown()).toContain("<b>60 of 60</b><span>steps</span>");
    await whole.stop();
  });

  it("sends new steps when they arrive and an event when the run has ended", async () => {
    const stream = (await fetch(`${url}events`)).body?.pipeThrough(new TextDecoderStream());
    page.add({ step: 1, stats: { "env/reward_mean": 0.25 } }, []);
    setTimeout(() => void page.stop(), 1500);
    let text = "";
    for await (const chunk of stream ?? []) text += chunk;
    expect(text).toMatch(/^retry: \d+/);
    expect(text).toMatch(/id: 1\nevent: charts\ndata: ".*Reward/);
    expect(text.trimEnd()).toMatch(/event: end\ndata: \{\}$/);
  });

  it("serves only requests to loopback names", async () => {
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect(await statusWithHost("evil.example")).toBe(403);
    expect(await statusWithHost("localhost:80")).toBe(200);
    expect((await fetch(`${url}../etc/passwd`)).status).toBe(404);
  });
});
