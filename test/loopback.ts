import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server on a free port of the loopback interface, for stand-ins of services. */
export abstract class LoopbackServer {
  #server: Server | undefined;

  protected abstract answer(request: IncomingMessage, response: ServerResponse): void;

  /** @returns its URL */
  async start(): Promise<string> {
    this.#server = createServer((request, response) => this.answer(request, response));
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    return this.url;
  }

  get url(): string {
    const address = this.#server?.address() as AddressInfo | null | undefined;
    return `http://127.0.0.1:${address?.port}`;
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }
}

/** Answers every request with the function of a test as soon as the whole request is there. */
export class ScriptedServer extends LoopbackServer {
  readonly requests: IncomingMessage[] = [];
  respond: (response: ServerResponse, request: IncomingMessage) => void;

  constructor(respond: ScriptedServer["respond"] = (response) => response.end()) {
    super();
    this.respond = respond;
  }

  protected override answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(request);
    request.resume().on("end", () => this.respond(response, request));
  }
}
