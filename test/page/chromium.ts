import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Readable, Writable } from "node:stream";

/** Name of the Chromium program, or undefined when none is installed. */
export const chromium = [
  process.env.DIALOGUE_PPO_CHROMIUM,
  "chromium",
  "chromium-browser",
  "google-chrome",
].find((name) => name !== undefined && spawnSync(name, ["--version"]).status === 0);

/** Size of the page in pixels and its colour scheme. */
export interface Viewport {
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { message: string };
}

/**
 * Headless browser that is controlled over its debugging pipe (https://chromedevtools.github.io/devtools-protocol).
 */
export class Browser {
  readonly #process: ChildProcess;
  readonly #profile = mkdtempSync(path.join(os.tmpdir(), "chromium-"));
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #listeners = new Set<(message: Message) => void>();
  #next = 0;
  #text = "";

  constructor(program: string) {
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--remote-debugging-pipe",
      `--user-data-dir=${this.#profile}`,
    ];
    this.#process = spawn(program, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    (this.#process.stdio[4] as Readable)
      .setEncoding("utf8")
      .on("data", (chunk: string) => this.#receive(chunk));
  }

  #receive(chunk: string): void {
    const parts = (this.#text + chunk).split("\0");
    this.#text = parts.pop() ?? "";
    for (const part of parts) {
      const message = JSON.parse(part) as Message;
      if (message.id === undefined) for (const listener of this.#listeners) listener(message);
      else this.#waiting.get(message.id)?.(message);
    }
  }

  #send(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    this.#next += 1;
    const id = this.#next;
    const session = sessionId === undefined ? {} : { sessionId };
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result = {}, error }) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result),
      );
    });
  }

  /** Opens a URL, calls `use` with the page and closes it. The page collects the errors of its console. */
  async open<T>(url: string, view: Viewport, use: (page: Page) => Promise<T>): Promise<T> {
    const { targetId } = await this.#send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.#send("Target.attachToTarget", { targetId, flatten: true });
    const send = (method: string, params?: object) => this.#send(method, params, sessionId as string);
    const page = new Page(send);
    const listener = (message: Message): void => page.hear(message);
    this.#listeners.add(listener);
    await page.goto(url, view);
    try {
      return await use(page);
    } finally {
      this.#listeners.delete(listener);
      await this.#send("Target.closeTarget", { targetId });
    }
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    await this.#send("Browser.close").catch(() => this.#process.kill());
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

type Send = (method: string, params?: object) => Promise<Record<string, unknown>>;

/** Page that is open in a {@link Browser}. */
export class Page {
  /** Errors, blocked requests and exceptions in the console. */
  readonly errors: string[] = [];
  readonly #send: Send;
  #loaded: () => void = () => {};

  constructor(send: Send) {
    this.#send = send;
  }

  hear({ method, params = {} }: Message): void {
    if (method === "Page.loadEventFired") this.#loaded();
    if (method === "Runtime.exceptionThrown") this.errors.push(JSON.stringify(params.exceptionDetails));
    const entry = params.entry as { level: string; text: string } | undefined;
    if (method === "Log.entryAdded" && entry?.level === "error") this.errors.push(entry.text);
    if (method === "Runtime.consoleAPICalled" && params.type === "error")
      this.errors.push(JSON.stringify(params.args));
  }

  async goto(url: string, { width, height, dark = false }: Viewport): Promise<void> {
    for (const domain of ["Page", "Runtime", "Log"]) await this.#send(`${domain}.enable`);
    await this.#send("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
    const scheme = { name: "prefers-color-scheme", value: dark ? "dark" : "light" };
    await this.#send("Emulation.setEmulatedMedia", { features: [scheme] });
    const loaded = new Promise<void>((resolve) => {
      this.#loaded = resolve;
    });
    await this.#send("Page.navigate", { url });
    await loaded;
  }

  /** Returns the value of a JavaScript expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result } = (await this.#send("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    })) as {
      result: { value: T };
    };
    return result.value;
  }

  /** Moves the mouse pointer to a position in pixels. */
  async pointAt(x: number, y: number): Promise<void> {
    await this.#send("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
  }

  /** Presses and releases a key, such as "ArrowLeft". */
  async press(key: string): Promise<void> {
    for (const type of ["keyDown", "keyUp"]) await this.#send("Input.dispatchKeyEvent", { type, key });
  }

  /** Returns a PNG of the whole page. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.#send("Page.captureScreenshot", {
      format: "png",
      captureBeyondViewport: true,
    });
    return Buffer.from(data as string, "base64");
  }
}
