import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { hubEnvironment } from "../../lib/hub/environment.ts";
import { type ResolveOptions, resolveModel } from "../../lib/hub/snapshot.ts";
import { LoopbackServer } from "../loopback.ts";

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** An answer in place of the usual one. */
export interface ScriptedAnswer {
  /** Requests that it answers, by their address. */
  readonly match: RegExp;
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
  /** "hang" never answers; "reset" cuts the connection before the answer. */
  readonly action?: "hang" | "reset";
  /** Number of requests that it answers. Default 1. */
  times?: number;
}

/** A small hub on the loopback interface. A test can make it cut connections, ignore ranges or send wrong data. */
export class FakeHub extends LoopbackServer {
  /** Content of each file by path. */
  readonly files = new Map<string, Buffer>();
  /** Paths that are listed as large files (LFS). */
  readonly large = new Set<string>();
  readonly requests: { url: string; range: string | undefined; authorization: string | undefined }[] = [];
  /** Token that is required; undefined when the repository is open. */
  gatedFor: string | undefined;
  /** For a path, the number of its next responses that are cut off half-way. */
  readonly cuts = new Map<string, number>();
  ignoreRanges = false;
  /** Paths whose content is sent with a wrong first byte. */
  readonly corrupt = new Set<string>();
  pageSize = 100;
  /** Origin of the addresses of further pages; default: this server. */
  pageOrigin: string | undefined;
  /** Path before that of every request, as on a mirror. */
  prefix = "";
  /** Answers in place of the usual ones, each for its number of requests. */
  readonly scripted: ScriptedAnswer[] = [];

  /** Adds the files of a model, whose weights are a large file. */
  addModel(weights: Buffer): void {
    this.files.set("config.json", Buffer.from('{"model_type":"opt"}'));
    this.files.set("tokenizer.json", Buffer.from("{}"));
    this.files.set("model.safetensors", weights);
    this.large.add("model.safetensors");
  }

  protected override answer(request: IncomingMessage, response: ServerResponse): void {
    const full = request.url ?? "";
    if (!full.startsWith(this.prefix)) {
      response.writeHead(404).end();
      return;
    }
    const url = full.slice(this.prefix.length);
    const { range, authorization } = request.headers;
    this.requests.push({ url, range, authorization });
    const scripted = this.scripted.find(({ match, times = 1 }) => times > 0 && match.test(url));
    if (scripted) {
      scripted.times = (scripted.times ?? 1) - 1;
      this.#scripted(scripted, response);
    } else if (this.gatedFor !== undefined && authorization !== `Bearer ${this.gatedFor}`) {
      response.writeHead(403, { "x-error-code": "GatedRepo" }).end('{"error":"gated"}');
    } else if (url.startsWith("/api/models/nobody/")) {
      response.writeHead(404, { "x-error-code": "RepoNotFound" }).end('{"error":"not found"}');
    } else if (url.includes("/revision/")) {
      this.#revision(url, response);
    } else if (url.includes("/tree/")) {
      this.#tree(url, response);
    } else {
      this.#file(decodeURIComponent(url.split(`/resolve/${COMMIT}/`)[1] ?? ""), range, response);
    }
  }

  #scripted(
    { action, status = 200, headers = {}, body = "" }: ScriptedAnswer,
    response: ServerResponse,
  ): void {
    if (action === "reset") response.destroy();
    else if (action !== "hang") response.writeHead(status, headers).end(body);
  }

  #revision(url: string, response: ServerResponse): void {
    if (url.endsWith("/revision/main")) response.end(JSON.stringify({ sha: COMMIT }));
    else response.writeHead(404, { "x-error-code": "RevisionNotFound" }).end("{}");
  }

  #tree(url: string, response: ServerResponse): void {
    const start = Number(new URL(url, this.url).searchParams.get("cursor") ?? 0);
    const entries = [...this.files].map(([path, bytes]) => {
      const oid = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
      const lfs = { oid: createHash("sha256").update(bytes).digest("hex"), size: bytes.length };
      return { type: "file", path, size: bytes.length, oid, ...(this.large.has(path) ? { lfs } : {}) };
    });
    const next = start + this.pageSize;
    const link = `<${this.pageOrigin ?? this.url}${url.split("?")[0]}?recursive=true&cursor=${next}>; rel="next"`;
    if (next < entries.length) response.setHeader("link", link);
    response.end(JSON.stringify(entries.slice(start, next)));
  }

  #file(path: string, range: string | undefined, response: ServerResponse): void {
    const whole = this.files.get(path);
    if (!whole) {
      response.writeHead(404, { "x-error-code": "EntryNotFound" }).end();
      return;
    }
    const from = range && !this.ignoreRanges ? Number(/bytes=(\d+)-/.exec(range)?.[1]) : 0;
    const body = Buffer.from(whole.subarray(from));
    if (this.corrupt.has(path)) body[0] = (body[0] ?? 0) ^ 1;
    response.writeHead(from > 0 ? 206 : 200, { "content-length": body.length });
    const cuts = this.cuts.get(path) ?? 0;
    if (cuts === 0) {
      response.end(body);
      return;
    }
    this.cuts.set(path, cuts - 1);
    response.write(body.subarray(0, body.length >> 1), () => setTimeout(() => response.destroy(), 20));
  }
}

/** Resolves org/model at a hub, with a cache in the folder `home` and other variables of the environment. */
export const resolveFrom = (
  hub: FakeHub,
  home: string,
  variables: Record<string, string>,
  options: ResolveOptions,
): Promise<string> =>
  resolveModel("org/model", {
    environment: hubEnvironment({ HF_HOME: home, HF_ENDPOINT: hub.url, ...variables }),
    ...options,
  });
