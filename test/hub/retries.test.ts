import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { requestedWait } from "../../lib/hub/retry-after.ts";
import type { ResolveOptions } from "../../lib/hub/snapshot.ts";
import { COMMIT, FakeHub, resolveFrom } from "./fake-hub.ts";

const weights = Buffer.alloc(100_000, "weights ");
let hub: FakeHub;
let home: string;
let notices: string[];

const resolve = (extra: Record<string, string> = {}, options: ResolveOptions = {}) =>
  resolveFrom(hub, home, extra, { onNotice: (message) => notices.push(message), ...options });

beforeEach(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), "hub-"));
  notices = [];
  hub = new FakeHub();
  hub.addModel(weights);
  await hub.start();
});

afterEach(async () => {
  await hub.stop();
  rmSync(home, { recursive: true, force: true });
});

describe("requestedWait", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  const wait = (status: number, headers: Record<string, string>) =>
    requestedWait(status, new Headers(headers), now);

  it("reads seconds, and dates against the server's clock", () => {
    expect(wait(503, { "retry-after": "120" })).toBe(120);
    expect(wait(429, { "retry-after": "Thu, 01 Jan 2026 00:00:30 GMT" })).toBe(30);
    const skewed = { "retry-after": "Thu, 01 Jan 2026 01:00:30 GMT", date: "Thu, 01 Jan 2026 01:00:00 GMT" };
    expect(wait(429, skewed)).toBe(30);
    expect(wait(429, { "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" })).toBe(0);
    expect(wait(429, { "retry-after": "soon" })).toBeUndefined();
    expect(wait(503, {})).toBeUndefined();
  });

  it("reads the hub's RateLimit header when the limit is reached, as Python's client does", () => {
    const reached = { ratelimit: '"api";r=0;t=55', "retry-after": "9" };
    expect(wait(429, reached)).toBe(55);
    expect(wait(503, reached)).toBe(9);
    expect(wait(429, { ratelimit: '"api";r=10;t=55', "retry-after": "9" })).toBe(9);
  });
});

describe("a request that fails for a while", () => {
  it("is sent again after a 429, with a line in the log", async () => {
    const headers = { "retry-after": "0" };
    const body = '{"error":"We had to rate limit your IP"}';
    hub.scripted.push({ match: /revision/, status: 429, headers, body });
    expect(readdirSync(await resolve())).toContain("config.json");
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(/limits the number of requests.*We had to rate limit your IP.*attempt 2 of 5/);
  });

  it("is sent again after each status that can pass", async () => {
    const headers = { "content-type": "text/html" };
    const places = {
      "/revision/": 500,
      "/tree/": 503,
      "/resolve/.*config": 504,
      "/resolve/.*tokenizer": 408,
    };
    for (const [place, status] of Object.entries(places)) {
      hub.scripted.push({ match: new RegExp(place), status, headers, body: "<html>busy</html>" });
    }
    await resolve();
    expect(notices.map((notice) => /answered (\d+); waiting/.exec(notice)?.[1])).toEqual([
      "500",
      "503",
      "504",
      "408",
    ]);
  });

  it("waits as long as the server asks", async () => {
    hub.scripted.push({ match: /revision/, status: 503, headers: { "retry-after": "1" } });
    const start = performance.now();
    await resolve();
    expect(performance.now() - start).toBeGreaterThan(1000);
  });

  it("is sent again after a reset, and after silence beyond the timeout", async () => {
    hub.scripted.push({ match: /revision/, action: "reset" }, { match: /tree/, action: "hang" });
    await resolve({ HF_HUB_ETAG_TIMEOUT: "1" });
    expect(notices[0]).toMatch(/the connection to http.* was lost/);
    expect(notices[1]).toMatch(/sent nothing for 1 s/);
  });

  it("ends after five attempts with the server's sentence", async () => {
    hub.scripted.push({
      match: /revision/,
      times: 9,
      status: 429,
      headers: { "retry-after": "0", "x-error-message": "Too many requests from this address." },
    });
    // The waits double from half a second on: 0.5, 1, 2, 4.
    await expect(resolve()).rejects.toMatchObject({
      code: "ERR_NETWORK",
      message: expect.stringMatching(/limits the number of requests.*Too many requests from this address\./),
    });
    expect(hub.requests).toHaveLength(5);
  }, 20_000);

  it("fails at once when the server asks for a wait of an hour", async () => {
    hub.scripted.push({ match: /revision/, status: 429, headers: { "retry-after": "3600" } });
    await expect(resolve()).rejects.toMatchObject({ code: "ERR_NETWORK", message: /asks to wait 3600 s/ });
    expect(hub.requests).toHaveLength(1);
  });

  it("is not sent again after an error that lasts", async () => {
    hub.scripted.push({ match: /revision/, status: 404, headers: { "x-error-code": "RepoNotFound" } });
    await expect(resolve()).rejects.toMatchObject({ code: "ERR_MODEL" });
    expect(hub.requests).toHaveLength(1);
  });

  it("ends at once when the signal aborts during the wait", async () => {
    hub.scripted.push({ match: /revision/, status: 503, headers: { "retry-after": "60" } });
    const controller = new AbortController();
    const pending = resolve({}, { signal: controller.signal, onNotice: () => controller.abort() });
    await expect(pending).rejects.toMatchObject({ code: "ERR_ABORTED", name: "AbortError" });
  });

  it("ends at once when the signal aborts during a request", async () => {
    hub.scripted.push({ match: /revision/, action: "hang" });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    await expect(resolve({}, { signal: controller.signal })).rejects.toMatchObject({ code: "ERR_ABORTED" });
  });
});

describe("an answer that is not the hub's", () => {
  it.each([
    { headers: { "content-type": "text/html" }, body: "<html><body>Corporate login portal</body></html>" },
    { headers: {}, body: "<!DOCTYPE html><title>Sign in</title>" },
  ])("is named as a web page: %j", async (answer) => {
    hub.scripted.push({ match: /revision/, ...answer });
    await expect(resolve()).rejects.toMatchObject({
      code: "ERR_NETWORK",
      message: expect.stringMatching(
        /web page in place of the hub's data, such as the login page.*HF_ENDPOINT/,
      ),
    });
  });

  it("is named in place of a file too, and leaves no file", async () => {
    const answer = { headers: { "content-type": "text/html; charset=utf-8" }, body: "<html>log in</html>" };
    hub.scripted.push({ match: /resolve/, ...answer });
    await expect(resolve()).rejects.toMatchObject({ message: expect.stringMatching(/web page/) });
    expect(() => readdirSync(path.join(home, "hub/models--org--model/snapshots"))).toThrow();
  });

  it("is replaced by a complete copy in the cache", async () => {
    const snapshot = await resolve();
    hub.scripted.push({ match: /revision/, headers: { "content-type": "text/html" }, body: "<html>" });
    expect(await resolve()).toBe(snapshot);
    expect(notices.at(-1)).toMatch(/using the copy of org\/model in the cache/);
  });
});

describe("the pages of a listing", () => {
  it("stay on the configured endpoint when a mirror passes on the hub's links", async () => {
    hub.pageSize = 1;
    hub.pageOrigin = "https://huggingface.co";
    const snapshot = await resolve({ HF_TOKEN: "hf_secret" });
    expect(readdirSync(snapshot)).toHaveLength(3);
    expect(hub.requests.filter(({ url }) => url.includes("cursor="))).toHaveLength(2);
  });

  it("keep the path of a mirror", async () => {
    hub.prefix = "/artifactory/api/huggingfaceml/remote";
    hub.pageSize = 1;
    const snapshot = await resolve({ HF_ENDPOINT: `${hub.url}${hub.prefix}/` });
    expect(readdirSync(snapshot)).toHaveLength(3);
  });

  it("are refused when they do not end or lead elsewhere", async () => {
    const page = (target: string) => ({
      match: /tree/,
      headers: { link: `<${target}>; rel="next"` },
      body: "[]",
    });
    hub.scripted.push({ ...page(`/api/models/org/model/tree/${COMMIT}?recursive=true`), times: 9 });
    await expect(resolve()).rejects.toMatchObject({
      message: expect.stringMatching(/pages of the listing do not end/),
    });
    hub.scripted.length = 0;
    hub.scripted.push(page("https://elsewhere.example/files"));
    await expect(resolve()).rejects.toMatchObject({
      message: expect.stringMatching(/elsewhere\.example.*no address of the hub/),
    });
  });
});

describe("a download", () => {
  it("counts its attempts anew as long as bytes arrive", async () => {
    // Each attempt brings half of the rest; six attempts would be too many without progress.
    hub.cuts.set("model.safetensors", 6);
    const snapshot = await resolve();
    expect(readFileSync(path.join(snapshot, "model.safetensors")).equals(weights)).toBe(true);
    expect(hub.requests.filter(({ url }) => url.endsWith("model.safetensors"))).toHaveLength(7);
  }, 20_000);

  it("is refused when the server sends more than it announced", async () => {
    hub.scripted.push({ match: /resolve.*config/, body: "x".repeat(5000) });
    await expect(resolve()).rejects.toMatchObject({
      message: expect.stringMatching(/sends more than the announced/),
    });
  });
});

describe("a listener that throws", () => {
  it("ends the download at once with its own error", async () => {
    const failure = new Error("the listener failed");
    let calls = 0;
    const onProgress = (): void => {
      calls += 1;
      throw failure;
    };
    await expect(resolve({}, { onProgress })).rejects.toBe(failure);
    expect(calls).toBe(1);
    expect(notices).toEqual([]);
  });
});
