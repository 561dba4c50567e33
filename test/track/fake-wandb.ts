import type { IncomingMessage, ServerResponse } from "node:http";
import { LoopbackServer } from "../loopback.ts";

type Row = Record<string, unknown>;

const RUN = {
  id: "UnVuOnYx",
  name: "run",
  displayName: "run",
  config: "{}",
  historyLineCount: 0,
  logLineCount: 0,
  eventsLineCount: 0,
  project: { id: "p", name: "project", entity: { id: "e", name: "entity" } },
};

/** Fake W&B service on loopback that stores the uploads of the real client. */
export class FakeWandb extends LoopbackServer {
  readonly history: Row[] = [];
  readonly summary: Row[] = [];
  readonly events: Row[] = [];
  readonly uploads = new Map<string, Buffer>();
  readonly operations: string[] = [];
  /** Input of each artifact that was created. */
  readonly artifacts: Row[] = [];
  config: Row = {};
  complete = false;

  protected override answer(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => this.#answer(request, Buffer.concat(chunks), response));
  }

  #answer(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const url = request.url ?? "";
    response.setHeader("content-type", "application/json");
    if (url.startsWith("/graphql")) {
      const { query, variables } = JSON.parse(body.toString()) as { query: string; variables?: Row };
      response.end(JSON.stringify({ data: this.#query(query, variables ?? {}) }));
    } else if (url.includes("/file_stream")) {
      this.#stream(JSON.parse(body.toString()) as Row);
      response.end("{}");
    } else {
      this.uploads.set(url, body);
      response.end("{}");
    }
  }

  #query(query: string, variables: Row): Row {
    const operation = /(?:query|mutation)\s+(\w+)/.exec(query)?.[1] ?? "";
    this.operations.push(operation);
    if (operation === "UpsertBucket") {
      if (typeof variables.config === "string")
        Object.assign(this.config, JSON.parse(variables.config) as Row);
      return { upsertBucket: { bucket: RUN, inserted: true } };
    }
    if (operation === "CreateRunFiles") {
      const files = (variables.files as string[]).map((name) => ({
        name,
        uploadUrl: `${this.url}/upload/${name}`,
      }));
      return { createRunFiles: { runID: "r", uploadHeaders: [], files } };
    }
    const artifact = this.#artifactQuery(operation, variables);
    if (artifact) return artifact;
    return {
      viewer: { id: "v", entity: "entity", flags: "{}" },
      serverInfo: { features: [], cliVersionInfo: {} },
    };
  }

  /** Answers the queries that create an artifact, upload its manifest and files, and commit it. */
  #artifactQuery(operation: string, variables: Row): Row | undefined {
    if (operation === "CreateArtifact") {
      const input = variables.input as Row;
      this.artifacts.push(input);
      const artifact = {
        id: "artifact",
        state: "PENDING",
        digest: input.digest,
        artifactSequence: { id: "s", latestArtifact: null },
      };
      return { createArtifact: { artifact } };
    }
    if (operation === "CreateArtifactManifest") {
      const file = {
        id: "f",
        name: "manifest",
        displayName: "manifest",
        uploadUrl: `${this.url}/upload/manifest`,
        uploadHeaders: [],
      };
      return { createArtifactManifest: { artifactManifest: { id: "manifest", file } } };
    }
    if (operation === "CreateArtifactFiles") {
      const { artifactFiles: files } = variables.input as { artifactFiles: Row[] };
      const edges = files.map(({ name }) => ({
        node: {
          id: "n",
          name,
          displayName: name,
          uploadUrl: `${this.url}/upload/artifact/${name}`,
          uploadHeaders: [],
          artifact: { id: "artifact" },
          storagePath: null,
          uploadMultipartUrls: null,
        },
      }));
      return { createArtifactFiles: { files: { edges } } };
    }
    if (operation === "CommitArtifact")
      return { commitArtifact: { artifact: { id: "artifact", digest: "d" } } };
    if (operation === "UseArtifact") return { useArtifact: { artifact: { id: "artifact" } } };
    return undefined;
  }

  #stream(body: Row): void {
    const files = (body.files ?? {}) as Record<string, { content: string[] }>;
    const rows = (name: string): Row[] => (files[name]?.content ?? []).map((line) => JSON.parse(line) as Row);
    this.history.push(...rows("wandb-history.jsonl"));
    this.summary.push(...rows("wandb-summary.json"));
    this.events.push(...rows("wandb-events.jsonl"));
    if (body.complete === true) this.complete = true;
  }
}
