import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { resolveConfig } from "../../lib/options/resolve.ts";
import { openSinks } from "../../lib/track/sinks.ts";

const python = process.env.DIALOGUE_PPO_TRACK_PYTHON ?? process.env.DIALOGUE_PPO_PYTHON ?? "";
const program = path.join(path.dirname(python), "trackio");
const hasTrackio = python !== "" && existsSync(program);
const folder = mkdtempSync(path.join(os.tmpdir(), "trackio-"));
let server: ChildProcess | undefined;

afterEach(async () => {
  const ended = new Promise((resolve) => server?.once("exit", resolve) ?? resolve(undefined));
  server?.kill("SIGKILL");
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the real server on a free port. It prints its URL and the write token. */
async function start(): Promise<{ url: string; token: string }> {
  const env = { ...process.env, TRACKIO_DIR: folder, HF_HUB_OFFLINE: "1", BROWSER: "true" };
  server = spawn(program, ["show", "--no-footer"], { env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for await (const chunk of server.stdout ?? []) {
    text += String(chunk);
    const found = /(http:\/\/127\.0\.0\.1:\d+)\/?\?write_token=([\w-]+)/.exec(text);
    if (found) return { url: found[1] as string, token: found[2] as string };
  }
  throw new Error(`the server ended: ${text}`);
}

describe("a real Trackio server", () => {
  it("stores the metrics of a run", async (context) => {
    if (!hasTrackio) return context.skip("there is no trackio (set DIALOGUE_PPO_TRACK_PYTHON)");
    const { url, token } = await start();
    const warnings: string[] = [];
    const log = { info: () => {}, warn: (text: string) => warnings.push(text) };
    const env = { TRACKIO_SERVER_URL: url, TRACKIO_WRITE_TOKEN: token, TRACKIO_PROJECT: "cohesion" };
    const { config } = resolveConfig({ flags: { tensorboard: false } });
    const sinks = await openSinks({ config, outputDir: path.join(folder, "a-run"), env, log });
    for (const step of [1, 2, 3]) {
      await sinks.step({ step, time: "", stats: { "env/reward_mean": step / 4, "ppo/never": null } }, []);
    }
    await sinks.finish(0);
    expect(warnings).toEqual([]);
    const metric = [
      "get",
      "metric",
      "--project",
      "cohesion",
      "--run",
      "a-run",
      "--metric",
      "env/reward_mean",
      "--json",
    ];
    const answer = execFileSync(program, metric, {
      env: { ...process.env, TRACKIO_DIR: folder },
      encoding: "utf8",
    });
    const { values } = JSON.parse(answer) as { values: { step: number; value: number }[] };
    expect(values.map(({ step, value }) => [step, value])).toEqual([
      [1, 0.25],
      [2, 0.5],
      [3, 0.75],
    ]);
  }, 120_000);
});
