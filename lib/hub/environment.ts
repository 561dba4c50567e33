import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** Where the Hugging Face cache, endpoint and token come from; the variables are those of the Python library. */
export interface HubEnvironment {
  readonly cacheRoot: string;
  readonly endpoint: string;
  readonly token: string | undefined;
  /** In words, for messages: how the token was found, or that there is none. */
  readonly tokenSource: string;
  readonly offline: boolean;
  readonly showProgress: boolean;
  /** Set when proxy variables exist that this Node does not honour by itself. */
  readonly proxyWarning: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

const truthy = (value: string | undefined): boolean => /^(1|true|yes|on)$/i.test(value ?? "");

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
  if (names.length === 0 || truthy(env.NODE_USE_ENV_PROXY)) return undefined;
  const major = Number(process.versions.node.split(".")[0]);
  const remedy = major >= 22 ? "set NODE_USE_ENV_PROXY=1" : "use Node 22 or newer with NODE_USE_ENV_PROXY=1";
  return `${names.join(", ")} is set but Node ${process.versions.node} ignores it; ${remedy}`;
}

/** Reads the environment once; nothing is requested. */
export function hubEnvironment(env: Variables = process.env): HubEnvironment {
  return {
    cacheRoot: env.HF_HUB_CACHE ?? env.HUGGINGFACE_HUB_CACHE ?? path.join(hubHome(env), "hub"),
    endpoint: (env.HF_ENDPOINT ?? "https://huggingface.co").replace(/\/+$/, ""),
    ...findToken(env),
    offline: truthy(env.HF_HUB_OFFLINE),
    showProgress: !truthy(env.HF_HUB_DISABLE_PROGRESS_BARS),
    proxyWarning: findProxyWarning(env),
  };
}
