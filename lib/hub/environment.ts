import { readFileSync } from "node:fs";
import path from "node:path";
import { DialoguePpoError } from "../errors.ts";
import { fileErrorCode, fileErrorReason } from "../files/file-error.ts";
import { expandPath, userCacheFolder } from "../package.ts";
import { proxyNote } from "./proxy.ts";

/**
 * Settings for access to the Hugging Face Hub. They come from the environment variables of Python's huggingface_hub.
 */
export interface HubEnvironment {
  /** Folder of the model cache. */
  readonly cacheRoot: string;
  /** Base URL of the hub, without a trailing slash. */
  readonly endpoint: string;
  /** Access token; undefined when there is none. */
  readonly token: string | undefined;
  /** Describes in words where the token was found, or that there is none. Messages quote it. */
  readonly tokenSource: string;
  /** The variable that forbids requests; undefined when they are allowed. */
  readonly offlineBy: string | undefined;
  /** Seconds without an answer after which a request to the API is given up. */
  readonly apiTimeout: number;
  /** Seconds without data after which the download of a file is interrupted. */
  readonly downloadTimeout: number;
  /** What messages about failed connections say of the proxy in the environment; undefined without one. */
  readonly proxyNote: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

const DEFAULT_ENDPOINT = "https://huggingface.co";
const DEFAULT_TIMEOUT = 10;

function invalid(name: string, value: string | undefined, expected: string): DialoguePpoError {
  return new DialoguePpoError("ERR_CONFIG", `${name}=${value ?? ""}: expected ${expected}`);
}

/** Returns the value of a variable without blanks around it. An empty variable counts as unset. */
const given = (env: Variables, name: string): string | undefined => env[name]?.trim() || undefined;

/**
 * Reads a switch. Python's client takes every unknown value as "off"; here a misspelt one is an error, because "off"
 * can be the more public choice.
 */
function isOn(env: Variables, name: string): boolean {
  const value = given(env, name);
  if (value === undefined || /^(0|false|no|off)$/i.test(value)) return false;
  if (/^(1|true|yes|on)$/i.test(value)) return true;
  throw invalid(name, value, "1 or 0");
}

/** Returns the first of the variables that is set, as a path in which `~` and variables are replaced. */
function pathFrom(env: Variables, ...names: readonly string[]): string | undefined {
  const name = names.find((each) => given(env, each) !== undefined);
  if (name === undefined) return undefined;
  try {
    return expandPath(given(env, name) ?? "", env);
  } catch (cause) {
    throw invalid(name, env[name], `a folder; ${(cause as Error).message}`);
  }
}

/** @throws DialoguePpoError ERR_CONFIG when no home folder is known */
function hubHome(env: Variables): string {
  const home = pathFrom(env, "HF_HOME");
  if (home !== undefined) return home;
  try {
    return path.join(userCacheFolder(env), "huggingface");
  } catch (cause) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `there is no place for downloaded models: ${(cause as Error).message}; set HF_HOME to a folder`,
      { cause },
    );
  }
}

/** @throws DialoguePpoError ERR_CONFIG when the endpoint is no address of a web server */
function hubEndpoint(env: Variables): string {
  const value = given(env, "HF_ENDPOINT");
  if (value === undefined) return DEFAULT_ENDPOINT;
  const expected = `an address such as ${DEFAULT_ENDPOINT}`;
  // The value is not quoted when it can contain a password.
  const refusal = (wanted: string): DialoguePpoError =>
    value.includes("@")
      ? new DialoguePpoError("ERR_CONFIG", `HF_ENDPOINT: expected ${wanted}, without password, ? and #`)
      : invalid("HF_ENDPOINT", value, wanted);
  if (!/^https?:\/\//i.test(value)) throw refusal(`${expected}, with https:// in front`);
  if (!URL.canParse(value)) throw refusal(expected);
  const { username, password, search, hash } = new URL(value);
  if ([username, password, search, hash].some((part) => part !== "")) {
    throw new DialoguePpoError("ERR_CONFIG", `HF_ENDPOINT: expected ${expected}, without password, ? and #`);
  }
  return value.replace(/\/+$/, "");
}

function readTokenFile(file: string): { text: string } | { problem: string } {
  try {
    return { text: readFileSync(file, "utf8") };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return { problem: missing ? "" : `, which cannot be read: ${fileErrorReason(error)}` };
  }
}

/** @throws DialoguePpoError ERR_CONFIG when a token has characters that no token has */
function cleanToken(text: string | undefined, source: string): string | undefined {
  const token = text?.replace(/[\r\n]/g, "").trim() || undefined;
  if (token !== undefined && !/^[\x21\x23-\x26\x28-\x7e]+$/.test(token)) {
    throw new DialoguePpoError(
      "ERR_CONFIG",
      `${source} holds no token: expected one word of ASCII characters without quotation marks, such as hf_...`,
    );
  }
  return token;
}

function findToken(env: Variables): { token: string | undefined; tokenSource: string } {
  if (isOn(env, "HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
    return { token: undefined, tokenSource: "no token, because HF_HUB_DISABLE_IMPLICIT_TOKEN is set" };
  }
  for (const name of ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]) {
    const tokenSource = `the variable ${name}`;
    const token = cleanToken(env[name], tokenSource);
    if (token !== undefined) return { token, tokenSource };
  }
  const file = pathFrom(env, "HF_TOKEN_PATH") ?? path.join(hubHome(env), "token");
  const read = readTokenFile(file);
  const token = "text" in read ? cleanToken(read.text, `the file ${file}`) : undefined;
  if (token !== undefined) return { token, tokenSource: `the file ${file}` };
  const problem = "problem" in read ? read.problem : "";
  return { token: undefined, tokenSource: `no token (neither HF_TOKEN nor ${file}${problem})` };
}

/**
 * Returns the variable that forbids requests. As in Python, TRANSFORMERS_OFFLINE counts where HF_HUB_OFFLINE is not
 * set.
 */
function offlineVariable(env: Variables): string | undefined {
  const name = given(env, "HF_HUB_OFFLINE") === undefined ? "TRANSFORMERS_OFFLINE" : "HF_HUB_OFFLINE";
  return isOn(env, name) ? name : undefined;
}

/** Reads a number of seconds. As in Python, 0 means the default. */
function seconds(env: Variables, name: string): number {
  const value = given(env, name) ?? "0";
  if (!/^\d{1,6}$/.test(value)) throw invalid(name, value, "a whole number of seconds");
  return Number(value) || DEFAULT_TIMEOUT;
}

/**
 * Reads the hub's settings from environment variables and the token file. It sends no request.
 * @throws DialoguePpoError ERR_CONFIG when a variable has a value that cannot be used, or when no home folder is known
 */
export function hubEnvironment(env: Variables = process.env): HubEnvironment {
  const endpoint = hubEndpoint(env);
  return {
    cacheRoot: path.resolve(
      pathFrom(env, "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? path.join(hubHome(env), "hub"),
    ),
    endpoint,
    ...findToken(env),
    offlineBy: offlineVariable(env),
    apiTimeout: seconds(env, "HF_HUB_ETAG_TIMEOUT"),
    downloadTimeout: seconds(env, "HF_HUB_DOWNLOAD_TIMEOUT"),
    proxyNote: proxyNote(env, endpoint),
  };
}

/**
 * Returns the error to throw after the model cache could not be written: one line with the remedy for an error of the
 * file system, otherwise the error itself.
 */
export function cacheError({ cacheRoot }: HubEnvironment, error: unknown): unknown {
  const code = fileErrorCode(error);
  if (code === undefined) return error;
  return new DialoguePpoError(
    code,
    `the model cache ${cacheRoot} cannot be written: ${fileErrorReason(error)}; set HF_HOME to another folder`,
    { cause: error },
  );
}
