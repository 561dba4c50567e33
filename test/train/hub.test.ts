import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { train } from "../../lib/train/train.ts";
import { FakeHub } from "../hub/fake-hub.ts";
import { type TinyProject, tinyProject, tinyRun } from "./fixture.ts";

let project: TinyProject;
let hub: FakeHub;

beforeEach(async () => {
  project = await tinyProject();
  hub = new FakeHub();
  for (const name of readdirSync(project.child))
    hub.files.set(name, readFileSync(path.join(project.child, name)));
  hub.large.add("model.safetensors");
  await hub.start();
  vi.stubEnv("HF_ENDPOINT", hub.url);
  vi.stubEnv("HF_HUB_CACHE", path.join(project.root, "cache"));
  vi.stubEnv("HF_TOKEN", "secret");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.stop();
});

describe("a child from the hub", () => {
  it("is downloaded into the cache despite a cut connection and trained; offline, it is read from the cache", async () => {
    hub.cuts.set("model.safetensors", 1);
    const seen: string[] = [];
    const messages: string[] = [];
    const log = { info: (text: string) => messages.push(text), warn: (text: string) => messages.push(text) };
    const input = tinyRun(project, "from-hub", { child: "org/child", steps: 1 });
    for await (const _ of train(input, { log, onDownload: (file) => seen.push(file) }));
    expect(new Set(seen)).toContain("model.safetensors");
    expect(messages).toContainEqual(expect.stringMatching(/^downloading org\/child: /));
    expect(hub.requests.every(({ authorization }) => authorization === "Bearer secret")).toBe(true);
    const before = hub.requests.length;
    vi.stubEnv("HF_HUB_OFFLINE", "1");
    for await (const _ of train(tinyRun(project, "offline", { child: "org/child", steps: 1 })));
    expect(hub.requests).toHaveLength(before);
    const weights = (run: string): number =>
      statSync(path.join(project.root, run, "checkpoint-step-1/child_model/model.safetensors")).size;
    expect(weights("offline")).toBe(weights("from-hub"));
  });

  it("is refused with the page to visit when it is gated, and nothing is written", async () => {
    hub.gatedFor = "another token";
    const run = train(tinyRun(project, "gated", { child: "org/child", steps: 1 }));
    await expect(run.next()).rejects.toMatchObject({
      code: "ERR_MODEL",
      message: expect.stringMatching(/org\/child.*(gated|licen[cs]e)/s),
    });
    expect(readdirSync(project.root)).not.toContain("gated");
  });

  it("is named with an alternative when the hub cannot be reached", async () => {
    await hub.stop();
    const refused = async (models: { child?: string; teacher?: string }): Promise<string> => {
      const run = train(tinyRun(project, "unreached", { ...models, steps: 1 }));
      const error = await run.next().catch((reason) => reason);
      expect(error).toMatchObject({ code: "ERR_NETWORK", exitCode: 1 });
      return error.message;
    };
    const child = await refused({ child: "org/child" });
    expect(child).toMatch(
      /^org\/child is not in the cache .*, and http:.* cannot be reached: nothing answers .*; a local folder/,
    );
    expect(child).not.toContain("--teacher");
    expect(await refused({ teacher: "org/teacher" })).toMatch(
      /^org\/teacher is not .* and so does the starter teacher, without --teacher$/,
    );
    await hub.start();
  });
});
