import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** Settings for access to the Hugging Face Hub. They come from the environment variables of Python's huggingface_hub. */
export interface HubEnvironment {
  /** Folder of the model cache. */
  readonly cacheRoot: string;
  /** Base URL of the hub, without a trailing slash. */
  readonly endpoint: string;
  /** Access token; undefined when there is none. */
  readonly token: string | undefined;
  /** Describes in words where the token was found, or that there is none. Messages quote it. */
  readonly tokenSource: string;
  /** Whether HF_HUB_OFFLINE forbids requests. */
  readonly offline: boolean;
  /** Whether to show the progress of downloads. */
  readonly showProgress: boolean;
  /** Warning that Node ignores the proxy variables that are set; undefined when there is no such problem. */
  readonly proxyWarning: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

const isTrue = (value: string | undefined): boolean => /^(1|true|yes|on)$/i.test(value ?? "");

function hubHome(env: Variables): string {
  const cache = env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache");
  return env.HF_HOME ?? path.join(cache, "huggingface");
}

function findToken(env: Variables): { token: string | undefined; tokenSource: string } {
  if (env.HF_TOKEN) return { token: env.HF_TOKEN.trim(), tokenSource: "the variable HF_TOKEN" };
  const file = env.HF_TOKEN_PATH ?? path.join(hubHome(env), "token");
  if (existsSync(file)) {
    const token = readFileSync(file, "utf8").trim();
    if (token !== "") return { token, tokenSource: `the file ${file}` };
  }
  return { token: undefined, tokenSource: `no token (neither HF_TOKEN nor ${file})` };
}

function findProxyWarning(env: Variables): string | undefined {
  const names = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].filter((name) => env[name]);
  if (names.length === 0 || isTrue(env.NODE_USE_ENV_PROXY)) return undefined;
  const major = Number(process.versions.node.split(".")[0]);
  const remedy = major >= 22 ? "set NODE_USE_ENV_PROXY=1" : "use Node 22 or newer with NODE_USE_ENV_PROXY=1";
  return `${names.join(", ")} is set but Node ${process.versions.node} ignores it; ${remedy}`;
}

/** Reads the hub's settings from environment variables and the token file. It sends no request. */
export function hubEnvironment(env: Variables = process.env): HubEnvironment {
  return {
    cacheRoot: env.HF_HUB_CACHE ?? env.HUGGINGFACE_HUB_CACHE ?? path.join(hubHome(env), "hub"),
    endpoint: (env.HF_ENDPOINT ?? "https://huggingface.co").replace(/\/+$/, ""),
    ...findToken(env),
    offline: isTrue(env.HF_HUB_OFFLINE),
    showProgress: !isTrue(env.HF_HUB_DISABLE_PROGRESS_BARS),
    proxyWarning: findProxyWarning(env),
  };
}
