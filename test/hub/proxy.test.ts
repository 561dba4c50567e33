// What messages say of the proxies in the environment. The oracle is Node itself, which uses a proxy or does not.
import { execFile } from "node:child_process";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { proxyNote } from "../../lib/hub/proxy.ts";

const module = path.resolve(import.meta.dirname, "../../dist/hub/proxy.js");
/** A port that answers nothing but counts who comes. */
let proxy: Server;
let visits = 0;

beforeAll(async () => {
  proxy = createServer((socket) => {
    visits += 1;
    socket.on("error", () => {});
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
});

afterAll(() => proxy.close());

/** Versions of Node to try besides this one, as paths divided by colons. */
const NODES = [process.execPath, ...(process.env.DIALOGUE_PPO_TEST_NODES ?? "").split(":").filter(Boolean)];

/** Returns what the note says in a process of its own, and whether a request of that process came to the proxy. */
async function observe(node: string, variables: Record<string, string>) {
  const before = visits;
  const program = `import { proxyNote } from ${JSON.stringify(module)};
    await fetch("http://hub.invalid/").catch(() => {});
    console.log(proxyNote(process.env, "http://hub.invalid") ?? "none");`;
  const env = { PATH: process.env.PATH, ...variables } as NodeJS.ProcessEnv;
  const args = ["--input-type=module", "-e", program];
  const { stdout } = await promisify(execFile)(node, args, { env });
  return { note: stdout.trim(), isUsed: visits > before };
}

describe.each(NODES)("with %s", (node) => {
  it.each<Record<string, string>>([
    {},
    { NODE_USE_ENV_PROXY: "1" },
    { NODE_USE_ENV_PROXY: "true" },
    { NO_PROXY: "*" },
    { NODE_USE_ENV_PROXY: "1", NO_PROXY: "other.example,.invalid" },
    { NODE_USE_ENV_PROXY: "1", NO_PROXY: "hub.invalid" },
    { NODE_USE_ENV_PROXY: "1", NO_PROXY: "other.example" },
  ])("the note tells the truth: %j", async (variables) => {
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { note, isUsed } = await observe(node, { HTTP_PROXY: address, ...variables });
    expect(note.startsWith("Node uses the proxy of HTTP_PROXY")).toBe(isUsed);
    if (isUsed) return;
    const isExempt = /\*|invalid/.test(variables.NO_PROXY ?? "");
    expect(note).toMatch(
      isExempt ? /^none$/ : /^HTTP_PROXY is set but Node .* ignores it; .*NODE_USE_ENV_PROXY=1$/,
    );
  });

  it("a proxy for all addresses is one that Node never uses", async () => {
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const { note, isUsed } = await observe(node, { ALL_PROXY: address, NODE_USE_ENV_PROXY: "1" });
    expect(isUsed).toBe(false);
    expect(note).toMatch(/^ALL_PROXY is set but Node .* ignores it; .*set HTTP_PROXY to that proxy/);
  });
});

it("the proxy of the other scheme is none", () => {
  const variables = { HTTP_PROXY: "http://proxy:3128" };
  expect(proxyNote(variables, "https://huggingface.co")).toBeUndefined();
  expect(proxyNote({ HTTPS_PROXY: " " }, "https://huggingface.co")).toBeUndefined();
  expect(proxyNote(variables, "http://huggingface.co")).toContain("HTTP_PROXY");
});
