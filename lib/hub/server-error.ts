import { DialoguePpoError } from "../errors.ts";
import { readText, shortLine } from "./body.ts";
import type { HubEnvironment } from "./environment.ts";

/** What a request asks for. Messages name it. */
export interface Subject {
  /** Name of the repository, "owner/name". */
  readonly id: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

/** Bytes of an error's body in which its sentence is looked for. */
const BODY_LIMIT = 65_536;

/** Returns whether a response is a web page, although data was asked for. */
export const isWebPage = (response: Response): boolean =>
  /^\s*(text\/html|application\/xhtml)/i.test(response.headers.get("content-type") ?? "");

/** Returns the sentence with which the hub explains an error: its header, or the message in the body. */
async function serverSentence(response: Response): Promise<string> {
  // A body that breaks off has no sentence; the status says what matters.
  const { text: body } = await readText(response, BODY_LIMIT).catch(() => ({ text: "" }));
  let text = response.headers.get("x-error-message") ?? "";
  if (text === "" && !isWebPage(response) && !/^\s*</.test(body)) {
    try {
      const { error, message } = (JSON.parse(body) ?? {}) as { error?: unknown; message?: unknown };
      text = [error, message].find((each): each is string => typeof each === "string") ?? "";
    } catch {
      text = body;
    }
  }
  return shortLine(text);
}

/** What was asked for, for messages. */
export interface Question {
  readonly url: string;
  /** What it means that the server knows the repository but does not have this; undefined when it means no more. */
  readonly lack?: string | undefined;
}

interface ErrorFacts {
  /** See {@link Question}. */
  readonly lack: string | undefined;
  readonly status: number;
  /** Value of the header x-error-code. */
  readonly code: string;
  /** The server's sentence; empty when there is none. */
  readonly sentence: string;
}

type Explanation = (subject: Subject, hub: HubEnvironment) => string;

const invalidToken: Explanation = ({ id }, hub) =>
  `${id}: the hub refuses the token of ${hub.tokenSource} as invalid or expired; make a new one at ` +
  `${hub.endpoint}/settings/tokens, or take it away, because public models need none`;

const fineGrained: Explanation = ({ id }, hub) =>
  `${id}: the token of ${hub.tokenSource} lacks a permission; edit it at ${hub.endpoint}/settings/tokens ` +
  "(for gated models: read access to public gated repositories)";

const awaiting: Explanation = ({ id }, hub) =>
  `${id} is gated, and its authors have not yet granted your request; wait for them (${hub.endpoint}/${id})`;

const rejected: Explanation = ({ id }, hub) =>
  `${id} is gated, and its authors have rejected your request (${hub.endpoint}/${id}); choose another model`;

const gated: Explanation = ({ id }, hub) =>
  `${id} is gated: open ${hub.endpoint}/${id}, accept the licence there, and pass a token of that account ` +
  `(used here: ${hub.tokenSource})`;

const notFound: Explanation = ({ id }, hub) =>
  `${id} is no folder here and was not found at ${hub.endpoint}; check the name, or pass a token if it is private or gated ` +
  `(used here: ${hub.tokenSource})`;

const noRevision: Explanation = ({ id, revision }) =>
  `${id} has no revision "${revision}"; expected a branch, a tag or a commit`;

const forbidden: Explanation = ({ id }, hub) =>
  `${id}: the server forbids the access (used here: ${hub.tokenSource})`;

/**
 * Selects the explanation of an error that a later attempt does not solve. The hub answers 401 both to a wrong token
 * and, without a token, for a repository that does not exist or is private, so the sentence and the token decide.
 */
function explain({ status, code, sentence, lack }: ErrorFacts, hub: HubEnvironment): Explanation | undefined {
  if (
    hub.token !== undefined &&
    status === 401 &&
    (/invalid|expired|credential/i.test(sentence) || code === "")
  ) {
    return invalidToken;
  }
  if (/fine-?grained/i.test(sentence)) return fineGrained;
  if (/awaiting|pending/i.test(sentence)) return awaiting;
  if (/rejected/i.test(sentence)) return rejected;
  if (code === "GatedRepo" || /\bgated\b|access to model .* is restricted/i.test(sentence)) return gated;
  if (code === "RevisionNotFound") return noRevision;
  if (lack !== undefined && status === 404 && code !== "RepoNotFound") return ({ id }) => `${id}: ${lack}`;
  if (code === "RepoNotFound" || status === 404 || status === 401) return notFound;
  return status === 403 ? forbidden : undefined;
}

/**
 * Returns the error of a host to which the hub's address redirects. The token is not sent there, and the hub does not
 * explain its answer.
 */
function redirectedError(
  response: Response,
  url: string,
  says: string,
  { id }: Subject,
  hub: HubEnvironment,
) {
  const { status } = response;
  const other = new URL(response.url).origin;
  const isFile = !url.startsWith(`${hub.endpoint}/api/`);
  const remedy = isFile
    ? "a firewall can be the cause, or an address that is no longer valid; run again to continue"
    : `set HF_ENDPOINT=${other} if that is your hub` +
      (hub.token === undefined ? "" : `, since the token of ${hub.tokenSource} is sent to HF_ENDPOINT alone`);
  const what = `${id}: ${new URL(url).origin} redirects to ${other}, which answered ${status}; ${remedy}${says}`;
  return new DialoguePpoError(isFile ? "ERR_NETWORK" : "ERR_MODEL", what);
}

/**
 * Returns the error that belongs to a response with an error status. Its message has the server's own sentence and what
 * to do. ERR_MODEL when the repository, its revision or the permission is the cause, otherwise ERR_NETWORK.
 */
export async function responseError(
  response: Response,
  { url, lack }: Question,
  subject: Subject,
  hub: HubEnvironment,
): Promise<DialoguePpoError> {
  const { status, headers } = response;
  const sentence = await serverSentence(response);
  const says = sentence === "" ? "" : `; the server says: "${sentence}"`;
  const isElsewhere = response.redirected && new URL(response.url).origin !== new URL(url).origin;
  if (isElsewhere && [401, 403, 404].includes(status)) {
    return redirectedError(response, url, says, subject, hub);
  }
  const explanation = explain({ status, code: headers.get("x-error-code") ?? "", sentence, lack }, hub);
  if (explanation) return new DialoguePpoError("ERR_MODEL", `${explanation(subject, hub)}${says}`);
  const limited = `the hub limits the number of requests; wait, or pass a token (used here: ${hub.tokenSource})`;
  const what = status === 429 ? limited : `the server answered ${status}`;
  return new DialoguePpoError("ERR_NETWORK", `${subject.id}: ${what}${says}`);
}

/**
 * Returns the error for a web page or other text in place of the hub's data.
 * @param text what was sent, when it is known
 */
export function notDataError(url: string, { id }: Subject, text = "<"): DialoguePpoError {
  const { origin } = new URL(url);
  const answer = text.trim() === "" ? "nothing" : `"${shortLine(text)}"`;
  const what = /^\s*</.test(text)
    ? "answered with a web page in place of the hub's data, such as the login page of a network or a proxy; log in there"
    : `answered with ${answer} in place of the hub's data; run again later`;
  return new DialoguePpoError(
    "ERR_NETWORK",
    `${id}: ${origin} ${what}, or set HF_ENDPOINT to the address of a hub`,
  );
}
