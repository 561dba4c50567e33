// Servers and proxies between this program and the hub, and mirrors that are not quite the hub.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connectionFailure } from "../../lib/connection-error.ts";
import type { ResolveOptions } from "../../lib/hub/snapshot.ts";
import { ScriptedServer } from "../loopback.ts";
import { temporaryFolder } from "../temporary.ts";
import { FakeHub, resolveFrom } from "./fake-hub.ts";

const weights = Buffer.from(Array.from({ length: 60_000 }, (_, index) => index % 251));
let hub: FakeHub;
let home: string;
let notices: string[];

const resolve = (extra: Record<string, string> = {}, options: ResolveOptions = {}) =>
  resolveFrom(hub, home, extra, { onNotice: (message) => notices.push(message), ...options });
const refusal = (extra: Record<string, string> = {}): Promise<string> =>
  resolve(extra).then(
    () => "it did not fail",
    ({ code, message }) => `${code} ${message}`,
  );
const loadedWeights = async (): Promise<Buffer> =>
  readFileSync(path.join(await resolve(), "model.safetensors"));

beforeEach(async () => {
  home = temporaryFolder();
  notices = [];
  hub = new FakeHub();
  hub.addModel(weights);
  await hub.start();
});

afterEach(() => hub.stop());

describe("a hub that redirects to another host", () => {
  const other = new ScriptedServer((response) => response.writeHead(401).end());

  beforeEach(() => other.start());
  afterEach(() => other.stop());

  const redirect = (match: RegExp): void => {
    hub.scripted.push({ match, status: 308, headers: { location: `${other.url}/elsewhere` } });
  };

  it("is named where the token is lacking there, which is not a matter of licences", async () => {
    redirect(/revision/);
    const message = await refusal({ HF_TOKEN: "hf_secret" });
    expect(message).toMatch(
      /^ERR_MODEL org\/model: http:.* redirects to http:.*, which answered 401; set HF_END/,
    );
    expect(message).toContain(`HF_ENDPOINT=${other.url} `);
    expect(message).toMatch(/the token of the variable HF_TOKEN is sent to HF_ENDPOINT alone$/);
    expect(other.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  it("is not said to be closed when the store of its files is", async () => {
    redirect(/resolve.*safetensors/);
    expect(await refusal()).toMatch(
      /^ERR_NETWORK .* redirects to .*, which answered 401; a firewall can be the/,
    );
  });
});

describe("a download that is continued", () => {
  const sha256 = createHash("sha256").update(weights).digest("hex");
  const begin = (bytes: Buffer): void => {
    const blobs = path.join(home, "hub/models--org--model/blobs");
    mkdirSync(blobs, { recursive: true });
    writeFileSync(path.join(blobs, `${sha256}.partial`), bytes);
  };
  const ranges = (): unknown[] =>
    hub.requests.filter(({ url }) => url.endsWith("safetensors")).map(({ range }) => range);

  it("starts over when the server refuses the range, and is not stuck for ever", async () => {
    begin(weights.subarray(0, 1000));
    hub.scripted.push({ match: /resolve.*safetensors/, status: 416 });
    expect((await loadedWeights()).equals(weights)).toBe(true);
    expect(ranges()).toEqual(["bytes=1000-", undefined]);
  });

  it("takes the whole file when that is what the server sends for a part", async () => {
    begin(weights.subarray(0, 1000));
    const range = `bytes 0-${weights.length - 1}/${weights.length}`;
    const headers = { "content-range": range };
    hub.scripted.push({ match: /resolve.*safetensors/, status: 206, headers, body: weights });
    expect((await loadedWeights()).equals(weights)).toBe(true);
    expect(ranges()).toEqual(["bytes=1000-"]);
  });

  it("does not append another part than the one that is lacking", async () => {
    begin(weights.subarray(0, 1000));
    const headers = { "content-range": `bytes 2000-${weights.length - 1}/${weights.length}` };
    hub.scripted.push({ match: /resolve.*safetensors/, status: 206, headers, body: weights.subarray(2000) });
    expect((await loadedWeights()).equals(weights)).toBe(true);
    expect(ranges()).toEqual(["bytes=1000-", "bytes=1000-"]);
    expect(notices.join()).toMatch(/bytes from 1000 were asked for, and the answer has those from 2000/);
  });
});

describe("a mirror", () => {
  it("can write null for what an entry does not have, and folders without a size", async () => {
    const entries = [...hub.files].map(([name, bytes]) => ({
      type: "file",
      path: name,
      size: bytes.length,
      oid: createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex"),
      lfs: null,
    }));
    const body = JSON.stringify([{ type: "directory", path: "onnx", oid: "0" }, ...entries]);
    hub.scripted.push({ match: /\/tree\//, body });
    expect((await loadedWeights()).equals(weights)).toBe(true);
  });

  it("without listings is not said to lack the model", async () => {
    hub.scripted.push({ match: /\/tree\//, status: 404, body: "Cannot GET" });
    expect(await refusal()).toMatch(
      /^ERR_MODEL org\/model: the server knows the model but does not list its files/,
    );
  });

  it("without a listed file is not said to lack the model", async () => {
    hub.scripted.push({ match: /resolve.*tokenizer/, status: 404 });
    expect(await refusal()).toMatch(
      /^ERR_MODEL org\/model: tokenizer\.json is in the listing but not on the server/,
    );
  });
});

describe("an answer that is no data and no web page", () => {
  it.each([
    ["", /answered with nothing in place of the hub's data; run again later, or set HF_ENDPOINT/],
    ['{"sha":"01', /answered with "{"sha":"01" in place of the hub's data/],
    ["proxy\u001b[2J busy", /answered with "proxy \[2J busy" in place/],
  ])("%j is quoted as what it is", async (body, expected) => {
    hub.scripted.push({ match: /revision/, body });
    const message = await refusal();
    expect(message).toMatch(/^ERR_NETWORK/);
    expect(message).toMatch(expected);
    expect(message).not.toContain("web page");
  });
});

describe("a connection that cannot be used is explained in words", () => {
  it("by what answers there", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.end("SSH-2.0-OpenSSH_9.2\r\n", () => socket.destroySoon());
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as { port: number };
    const ssh = `http://127.0.0.1:${port}`;
    expect(await refusal({ HF_ENDPOINT: ssh })).toMatch(
      /cannot be reached: it does not answer as a web server/,
    );
    expect(await refusal({ HF_ENDPOINT: ssh.replace("http", "https") })).toMatch(
      /cannot be reached: it does not speak https \(/,
    );
    await new Promise((done) => server.close(done));
    expect(await refusal({ HF_ENDPOINT: ssh })).toMatch(
      /cannot be reached: nothing answers at this address \(ECONNREFUSED\)/,
    );
    expect(await refusal({ HF_ENDPOINT: "http://no-such-host.invalid" })).toMatch(
      /(cannot be reached: no such host is known \(ENOTFOUND\)|its name cannot be looked up at present)/,
    );
  }, 60_000);

  it("by its redirects and its proxy", async () => {
    hub.scripted.push({ match: /revision/, status: 302, headers: { location: "file:///etc/passwd" } });
    expect(await refusal()).toMatch(/cannot be reached: it redirects to an address that is not of the web/);
    hub.scripted.push({ match: /revision/, status: 407 });
    expect(await refusal()).toMatch(/cannot be reached: the proxy asks for a name and a password \(407\)/);
  });

  it("by its encoding, without more attempts", async () => {
    hub.scripted.push({ match: /resolve/, headers: { "content-encoding": "gzip" }, body: "plain" });
    expect(await refusal()).toMatch(/cannot be reached: its answer is not compressed as its headers say/);
    expect(notices).toEqual([]);
  });

  // Errors as Node's fetch throws them, which no server on this machine can cause.
  it.each<[{ code: string | number; message?: string }, boolean, RegExp]>([
    [{ code: "SELF_SIGNED_CERT_IN_CHAIN" }, true, /NODE_EXTRA_CA_CERTS.*\(SELF_SIGNED_CERT_IN_CHAIN\)/],
    [{ code: "CERT_HAS_EXPIRED" }, true, /not valid at the time of this machine's clock/],
    [{ code: "ERR_TLS_CERT_ALTNAME_INVALID" }, true, /that of another host/],
    [{ code: "EPERM" }, true, /the system forbids the connection/],
    [{ code: "EAI_AGAIN" }, false, /its name cannot be looked up at present/],
    [{ code: "ECONNRESET" }, false, /it was closed/],
    [{ code: 0, message: "Request was cancelled." }, true, /^Request was cancelled\.$/],
    [{ code: "SOMETHING_NEW" }, false, /^SOMETHING_NEW$/],
  ])("by the system's error: %j", (error, isLasting, reason) => {
    const cause = Object.assign(new Error(error.message ?? "raw"), error);
    const failure = connectionFailure(new TypeError("fetch failed", { cause }));
    expect(failure).toEqual({ reason: expect.stringMatching(reason), isLasting });
  });

  it.each([
    [407, true, /asks for a name and a password \(407\)/],
    [403, true, /refuses the connection with 403/],
    [502, false, /refuses the connection with 502/],
  ])("by the proxy's answer %d", (status, isLasting, reason) => {
    const innermost = Object.assign(new Error(`Proxy response (${status}) !== 200 when HTTP Tunneling`), {
      code: "UND_ERR_ABORTED",
    });
    const cause = Object.assign(new Error("Request was cancelled.", { cause: innermost }), { code: 0 });
    expect(connectionFailure(new TypeError("fetch failed", { cause }))).toEqual({
      reason: expect.stringMatching(reason),
      isLasting,
    });
  });

  it.each([
    ["ECONNREFUSED", true, /^nothing answers at this address \(ECONNREFUSED\)$/],
    ["ETIMEDOUT", false, /^no answer in time \(ETIMEDOUT\)$/],
  ])("by the error of a host with several addresses: %s", (code, isLasting, reason) => {
    // Node tries all addresses, and gives this error no message.
    const cause = Object.assign(new AggregateError([new Error("one"), new Error("two")], ""), { code });
    expect(connectionFailure(new TypeError("fetch failed", { cause }))).toEqual({
      reason: expect.stringMatching(reason),
      isLasting,
    });
  });

  it("by the limit of open files, which is no fault of the network", () => {
    const cause = Object.assign(new Error("connect EMFILE"), { code: "EMFILE" });
    expect(() => connectionFailure(new TypeError("fetch failed", { cause }))).toThrow(
      expect.objectContaining({ code: "ERR_IO", message: expect.stringMatching(/too many open files/) }),
    );
  });
});
