import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HubEnvironment, hubEnvironment } from "../../lib/hub/environment.ts";
import { requestHub } from "../../lib/hub/request.ts";
import { type ResolveOptions, resolveModel } from "../../lib/hub/snapshot.ts";
import { ScriptedServer } from "../loopback.ts";
import { temporaryFolder } from "../temporary.ts";
import { COMMIT, FakeHub } from "./fake-hub.ts";

const weights = Buffer.alloc(100_000, "weights ");
let hub: FakeHub;
let home: string;

const environment = (extra: Record<string, string> = {}): HubEnvironment =>
  hubEnvironment({ HF_HOME: home, HF_ENDPOINT: hub.url, ...extra });
const resolve = (options: ResolveOptions = {}, extra: Record<string, string> = {}) =>
  resolveModel("org/model", { environment: environment(extra), ...options });
/** Returns the error of a download that must fail. */
const failure = (): Promise<Error> =>
  resolve().then(
    () => new Error("it did not fail"),
    (error) => error,
  );
const blobs = (): string[] => readdirSync(path.join(home, "hub/models--org--model/blobs"));

beforeEach(async () => {
  home = temporaryFolder();
  hub = new FakeHub();
  hub.addModel(weights);
  await hub.start();
});

afterEach(() => hub.stop());

describe("a listing that is none", () => {
  const entry = (changes: object) =>
    JSON.stringify([{ type: "file", path: "config.json", size: 1, oid: "a".repeat(40), ...changes }]);

  it.each([
    ["an object", '{"error":"none"}', /the listing is {"error":"none"}; expected a list of files/],
    ["null", "null", /the listing is null; expected a list/],
    ["entries that are null", "[null]", /an entry of the listing is null/],
    ["a path that is a number", entry({ path: 7 }), /an entry of the listing is {.*"path":7/],
    ["a negative size", entry({ size: -1 }), /an entry of the listing is/],
    ["a size that is text", entry({ size: "1" }), /an entry of the listing is/],
    ["a size beyond all integers", entry({ size: 1e300 }), /an entry of the listing is/],
    ["a checksum that is a path", entry({ oid: "../../../../etc/passwd" }), /no usable checksum/],
    ["a path out of the cache", entry({ path: "../../config.json" }), /lists an unsafe path/],
  ])("%s is named and nothing is written", async (_, body, message) => {
    hub.scripted.push({ match: /tree/, body });
    expect(await failure()).toMatchObject({ code: "ERR_NETWORK", message: expect.stringMatching(message) });
    expect(existsSync(path.join(home, "hub"))).toBe(false);
  });

  it("with pages that never end is given up after a bounded number of requests", async () => {
    for (let page = 0; page < 300; page++) {
      const link = `</api/models/org/model/tree/${COMMIT}?recursive=true&cursor=${page}>; rel="next"`;
      hub.scripted.push({ match: /tree/, headers: { link }, body: "[]" });
    }
    expect((await failure()).message).toMatch(/pages of the listing do not end/);
    expect(hub.requests.length).toBeLessThan(250);
  });

  it("with a link that is no address is named", async () => {
    hub.scripted.push({ match: /tree/, headers: { link: '<http://[>; rel="next"' }, body: "[]" });
    expect((await failure()).message).toMatch(/next page of the listing, http:\/\/\[, is no address/);
  });
});

describe("text of a server", () => {
  it("does not reach a message with its escapes, wherever it comes from", async () => {
    const hostile = "\u001b[2J\u001b]0;title\u0007\u009b31m\u202e\u2028line";
    const sources: Record<string, string> = {
      sha: JSON.stringify({ sha: hostile }),
      path: JSON.stringify([{ type: "file", path: hostile, size: 1, oid: "a".repeat(40) }]),
      entry: JSON.stringify([hostile]),
      object: JSON.stringify({ [hostile]: 1 }),
    };
    for (const [name, body] of Object.entries(sources)) {
      hub.scripted.push({ match: name === "sha" ? /revision/ : /tree/, body });
      const { message } = await failure();
      expect(message, name).toMatch(/org\/model|repository/);
      expect(message, name).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u);
      expect(message.length, name).toBeLessThan(700);
    }
  });

  it("is read up to a limit only, also when it unpacks to much more than was sent", async () => {
    const server = new ScriptedServer();
    const bomb = gzipSync(Buffer.alloc(200_000_000, 32));
    for (const status of [200, 403]) {
      server.respond = (response) => {
        response.writeHead(status, { "content-encoding": "gzip" }).end(bomb);
      };
      const before = process.memoryUsage().arrayBuffers;
      const endpoint = await server.start();
      const error = await resolve({}, { HF_ENDPOINT: endpoint }).catch((cause: Error) => cause);
      expect(error).toMatchObject({ message: /sent more than 16 MB|forbids the access/ });
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100_000_000);
      await server.stop();
    }
  });
});

describe("a file", () => {
  it("that is longer than announced leaves nothing behind", async () => {
    hub.scripted.push({ match: /resolve.*model/, body: "x".repeat(200_000) });
    expect((await failure()).message).toMatch(
      /model\.safetensors: the server sends more.*what came was removed/,
    );
    expect(blobs().filter((name) => name.includes("partial"))).toEqual([]);
    expect(readFileSync(path.join(await resolve(), "model.safetensors")).equals(weights)).toBe(true);
  });

  it("that is shorter than announced is asked for again, and keeps what is there", async () => {
    hub.scripted.push({ match: /resolve.*model/, body: weights.subarray(0, 40_000).toString() });
    expect(readFileSync(path.join(await resolve(), "model.safetensors")).equals(weights)).toBe(true);
    expect(hub.requests.at(-1)?.range).toBe("bytes=40000-");
  });

  it("that two calls download at the same time arrives whole for both", async () => {
    const [first, second] = await Promise.all([resolve(), resolve()]);
    expect(second).toBe(first);
    expect(readFileSync(path.join(first, "model.safetensors")).equals(weights)).toBe(true);
    expect(blobs().filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("that a killed process has begun is completed, and one that a running process writes is left alone", async () => {
    await resolve();
    const blob = blobs().find((name) => name.length === 64) ?? "";
    const folder = path.join(home, "hub/models--org--model");
    for (const [pid, range] of [
      [2 ** 22 + 1, "bytes=30000-"],
      [process.ppid, undefined],
    ] as const) {
      const begun = path.join(
        folder,
        "blobs",
        `${blob}.partial-${encodeURIComponent(os.hostname())}-${pid}-1`,
      );
      rmSync(path.join(folder, "snapshots"), { recursive: true });
      rmSync(path.join(folder, "blobs", blob));
      writeFileSync(begun, weights.subarray(0, 30_000));
      await resolve();
      expect(hub.requests.at(-1)?.range).toBe(range);
      expect(existsSync(begun)).toBe(range === undefined);
    }
  });
});

describe("redirects", () => {
  it("that never end are given up", async () => {
    const server = new ScriptedServer();
    server.respond = (response, request) => {
      response.writeHead(302, { location: `${request.url}x` }).end();
    };
    await expect(resolve({}, { HF_ENDPOINT: await server.start() })).rejects.toMatchObject({
      code: "ERR_NETWORK",
      message: /redirect/,
    });
    expect(server.requests.length).toBeLessThan(100);
    await server.stop();
  });

  it("to another host do not get the token", async () => {
    const other = new ScriptedServer();
    other.respond = (response) => response.end(hub.files.get("model.safetensors"));
    const location = `${await other.start()}/file`;
    hub.scripted.push({ match: /resolve.*model/, status: 302, headers: { location } });
    await resolve({}, { HF_TOKEN: "hf_secret" });
    expect(other.requests).toHaveLength(1);
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
    expect(hub.requests.every(({ authorization }) => authorization === "Bearer hf_secret")).toBe(true);
    await other.stop();
  });
});

describe("a slow server", () => {
  const server = new ScriptedServer();
  let dripping: NodeJS.Timeout;

  beforeEach(async () => {
    await server.start();
    server.respond = (response) => {
      response.writeHead(200);
      dripping = setInterval(() => response.write("."), 20);
    };
  });

  afterEach(async () => {
    clearInterval(dripping);
    await server.stop();
  });

  const request = (limits: { timeout: number; deadline?: number }) =>
    requestHub(
      { hub: environment(), subject: { id: "org/model", revision: "main" }, attempts: 1 },
      {
        url: server.url,
        ...limits,
        read: async (response, onChunk) => {
          for await (const chunk of response.body ?? []) onChunk(chunk.byteLength);
        },
      },
    );

  it("that is never silent but sends next to nothing is given up", async () => {
    await expect(request({ timeout: 0.2 })).rejects.toMatchObject({
      code: "ERR_NETWORK",
      message: /sent only \d+ bytes in 0\.6/,
    });
  });

  it("is given up at the deadline of an answer", async () => {
    await expect(request({ timeout: 1, deadline: 0.3 })).rejects.toMatchObject({
      message: /took longer than 0\.3 s to answer/,
    });
  });
});

describe("names", () => {
  it("that would share a folder of the cache with another repository are refused", async () => {
    for (const name of ["a--b/c", "a/b--c", "a/b..c"]) {
      await expect(resolveModel(name, { environment: environment() })).rejects.toMatchObject({
        code: "ERR_MODEL",
      });
    }
    expect(hub.requests).toEqual([]);
  });

  it("of a revision in the cache that hold a path instead of a commit are not followed", async () => {
    await resolve();
    writeFileSync(path.join(home, "hub/models--org--model/refs/main"), "../../../..");
    await expect(resolve({}, { HF_HUB_OFFLINE: "1" })).rejects.toThrow(/not in the cache/);
  });
});
