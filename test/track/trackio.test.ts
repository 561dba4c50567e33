import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TrackioRun } from "../../lib/track/trackio.ts";

interface Request {
  path: string | undefined;
  token: string | string[] | undefined;
  logs: { step: number; log_id: string; metrics: Record<string, unknown>; config?: unknown }[];
}

let server: Server;
let requests: Request[];
let answer: (path: string | undefined) => number;
let run: TrackioRun;

beforeEach(async () => {
  requests = [];
  answer = () => 200;
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const { logs } = JSON.parse(body) as { logs: Request["logs"] };
      requests.push({ path: request.url, token: request.headers["x-trackio-write-token"], logs });
      response.writeHead(answer(request.url)).end('{"data":null}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  run = new TrackioRun({ url, token: "secret", project: "p", run: "r", config: { lr: 1 } });
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

describe("TrackioRun", () => {
  it("sends a batch with the configuration in the first entry only", async () => {
    run.log(1, { reward: 0.5 });
    run.log(2, { reward: 0.6 });
    await run.flush();
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ path: "/api/bulk_log", token: "secret" });
    expect(requests[0]?.logs.map(({ step, config }) => [step, config])).toEqual([
      [1, { lr: 1 }],
      [2, undefined],
    ]);
  });

  it("sends entries again under the same ids after a failure", async () => {
    answer = () => 500;
    run.log(1, {});
    await expect(run.flush()).rejects.toThrow(/answered 500/);
    answer = () => 200;
    run.log(2, {});
    await run.flush();
    expect(requests[1]?.logs.map(({ step }) => step)).toEqual([1, 2]);
    expect(requests[1]?.logs[0]?.log_id).toBe(requests[0]?.logs[0]?.log_id);
  });

  it("detects the path of older servers once", async () => {
    answer = (path) => (path === "/api/bulk_log" ? 404 : 200);
    run.log(1, {});
    await run.flush();
    run.log(2, {});
    await run.flush();
    expect(requests.map(({ path }) => path)).toEqual([
      "/api/bulk_log",
      "/gradio_api/bulk_log",
      "/gradio_api/bulk_log",
    ]);
  });
});
