import { DialoguePpoError } from "./errors.ts";
import { fileErrorCode, fileErrorReason } from "./files/file-error.ts";

/** Why a request got no answer. */
export interface ConnectionFailure {
  /** The reason in words, with the name that Node gives to it. */
  readonly reason: string;
  /** Whether the next attempt would fail in the same way. */
  readonly isLasting: boolean;
}

/** Reasons by the name of the system's, Node's or OpenSSL's error, or by its message where it has no name. */
const LASTING: readonly (readonly [RegExp, string])[] = [
  [/^ENOTFOUND$/, "no such host is known"],
  [/^ECONNREFUSED$/, "nothing answers at this address"],
  [/^E(HOST|NET)UNREACH$/, "no route leads to this address"],
  [/^(EACCES|EPERM)$/, "the system forbids the connection, as a firewall or a sandbox does"],
  [
    /SELF_SIGNED|^UNABLE_TO_(GET_ISSUER|VERIFY)|^CERT_UNTRUSTED/,
    "Node does not know the authority that signed its certificate; if it is that of your network, set " +
      "NODE_EXTRA_CA_CERTS to its file",
  ],
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, "its certificate is not valid at the time of this machine's clock"],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "its certificate is that of another host"],
  [/^(ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)|EPROTO)$/, "it does not speak https"],
  [/^HPE_/, "it does not answer as a web server, or only to https"],
  [/HEADERS_OVERFLOW$/, "the headers of its answer are too long"],
  [/^Z_/, "its answer is not compressed as its headers say"],
  [/^(ERR_INVALID_URL|URL scheme must)/, "it redirects to an address that is not of the web"],
  [/^redirect count exceeded$/, "its redirects do not end"],
  [/^bad port$/, "Node sends no requests to this port"],
  [/CERT|SSL|TLS|INVALID|UNABLE|UNSUPPORTED/, "the connection cannot be used"],
];

const PASSING: readonly (readonly [RegExp, string])[] = [
  [/^EAI_AGAIN$/, "its name cannot be looked up at present"],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/, "it was closed"],
  [/TIMEDOUT|TIMEOUT/, "no answer in time"],
  [/BAD_RECORD_MAC/, "what came was damaged on the way"],
];

/** Returns an error and its causes, the outermost first. */
function* chainOf(error: unknown): Generator<Error & { code?: unknown }> {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < 5; depth++) {
    yield cause;
    cause = cause.cause;
  }
}

/** Returns the failure when a proxy has refused to pass on a request. Node names the status in a message alone. */
function proxyFailure(causes: readonly { message: string; code?: unknown }[]): ConnectionFailure | undefined {
  const refusal = causes.find(({ message }) => /^Proxy response \(\d+\)/.test(message))?.message;
  // An answer 407 that no proxy was asked for is an error without a message and a code. The error of a host with
  // several addresses has no message, either, but a code.
  const isUnasked = causes.some(({ message, code }) => message === "" && code === undefined);
  const status = refusal === undefined && isUnasked ? 407 : Number(/\d+/.exec(refusal ?? ""));
  if (status === 0) return undefined;
  if (status === 407) {
    const remedy = "write it into the proxy's variable as http://user:password@host";
    return { reason: `the proxy asks for a name and a password (407); ${remedy}`, isLasting: true };
  }
  return { reason: `the proxy refuses the connection with ${status}`, isLasting: status < 500 };
}

/**
 * Describes the error with which `fetch` or the reading of its response failed.
 * @throws DialoguePpoError ERR_IO when the process or the system lacks something, such as open files
 */
export function connectionFailure(error: unknown): ConnectionFailure {
  const [outer, ...inner] = chainOf(error);
  const byProxy = proxyFailure(inner);
  if (byProxy) return byProxy;
  const cause = inner.find(({ code }) => typeof code === "string") ?? inner[0] ?? outer;
  if (fileErrorCode(cause) === "ERR_IO") {
    throw new DialoguePpoError("ERR_IO", `no connection can be opened: ${fileErrorReason(cause)}`, {
      cause: error,
    });
  }
  const name = typeof cause?.code === "string" ? cause.code : (cause?.message ?? String(error));
  const find = (table: typeof LASTING): string | undefined => table.find(([form]) => form.test(name))?.[1];
  const passing = find(PASSING);
  const lasting = passing === undefined ? find(LASTING) : undefined;
  const words = passing ?? lasting;
  // Errors of `fetch` itself have no code, and are not those of a connection.
  const isLasting = lasting !== undefined || (inner.length > 0 && typeof cause?.code !== "string");
  return { reason: words === undefined ? name : `${words} (${name})`, isLasting };
}
