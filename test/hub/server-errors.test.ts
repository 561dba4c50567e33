import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hubEnvironment } from "../../lib/hub/environment.ts";
import { resolveModel } from "../../lib/hub/snapshot.ts";
import { FakeHub } from "./fake-hub.ts";

let hub: FakeHub;
let home: string;

beforeEach(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), "hub-"));
  hub = new FakeHub();
  await hub.start();
});

afterEach(async () => {
  await hub.stop();
  rmSync(home, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly code?: string;
  /** The sentence, in the header and in the body as the hub sends it. */
  readonly says?: string;
  readonly body?: string;
}

/** Asks for a model that the hub refuses, and returns the error. */
async function refusal({ status, code, says, body }: Answer, token?: string): Promise<Error> {
  const headers = {
    ...(code && { "x-error-code": code }),
    ...(says && { "x-error-message": says }),
    "content-type": "application/json",
  };
  hub.scripted.push({ match: /revision/, status, headers, body: body ?? JSON.stringify({ error: says }) });
  const variables = { HF_HOME: home, HF_ENDPOINT: hub.url, ...(token && { HF_TOKEN: token }) };
  return resolveModel("org/model", { environment: hubEnvironment(variables) }).catch((error) => error);
}

describe("the hub's refusals are told apart, with its own sentence", () => {
  // Statuses, codes and sentences as the hub sends them.
  it.each<[string, Answer, string | undefined, RegExp]>([
    [
      "an invalid or expired token",
      { status: 401, says: "Invalid credentials in Authorization header" },
      "hf_old",
      /refuses the token of the variable HF_TOKEN as invalid or expired.*settings\/tokens.*Invalid credentials in/,
    ],
    [
      "an invalid token for a name that the hub does not reveal",
      { status: 401, code: "RepoNotFound", says: "Invalid user token." },
      "hf_old",
      /refuses the token.*Invalid user token/,
    ],
    [
      "a fine-grained token without the right",
      {
        status: 403,
        says: "Please enable access to public gated repositories in your fine-grained token settings to view this repository.",
      },
      "hf_fine",
      /lacks a permission.*settings\/tokens.*Please enable access to public gated repositories/,
    ],
    [
      "a gated model without a token",
      {
        status: 401,
        code: "GatedRepo",
        says: "Access to model org/model is restricted. You must have access to it and be authenticated to access it. Please log in.",
      },
      undefined,
      /is gated: open http.*\/org\/model, accept the licence.*no token.*Please log in/,
    ],
    [
      "a gated model that the account may not read",
      {
        status: 403,
        code: "GatedRepo",
        says: "Access to model org/model is restricted and you are not in the authorized list.",
      },
      "hf_ok",
      /is gated.*not in the authorized list/,
    ],
    [
      "a request that awaits a review",
      {
        status: 403,
        code: "GatedRepo",
        says: "Your request to access model org/model is awaiting a review from the repo authors.",
      },
      "hf_ok",
      /not yet granted your request.*awaiting a review/,
    ],
    [
      "a rejected request",
      {
        status: 403,
        code: "GatedRepo",
        says: "Your request to access model org/model has been rejected by the repo's authors.",
      },
      "hf_ok",
      /rejected your request.*has been rejected/,
    ],
    [
      "no such repository",
      { status: 404, code: "RepoNotFound", says: "Repository not found" },
      "hf_ok",
      /was not found at http.*check the name.*Repository not found/,
    ],
    [
      "no such repository, without a token",
      { status: 401, code: "RepoNotFound", says: "Invalid username or password." },
      undefined,
      /was not found at http.*pass a token if it is private.*no token/,
    ],
    [
      "no such revision",
      { status: 404, code: "RevisionNotFound", says: "Invalid rev id: main" },
      undefined,
      /no revision "main"/,
    ],
    [
      "a disabled repository",
      { status: 403, says: "Access to this resource is disabled." },
      undefined,
      /forbids the access.*Access to this resource is disabled/,
    ],
  ])("%s", async (_, answer, token, message) => {
    expect(await refusal(answer, token)).toMatchObject({
      code: "ERR_MODEL",
      exitCode: 2,
      message: expect.stringMatching(message),
    });
    expect(hub.requests).toHaveLength(1);
  });

  it("takes the sentence from the body where there is no header, and keeps it in one line without control characters", async () => {
    const sentence = `first\nsecond \u001b[31mred${"x".repeat(900)}`;
    const error = await refusal({ status: 403, body: JSON.stringify({ error: sentence }) });
    expect(error.message).toMatch(/the server says: "first second +\[31mredx+"$/);
    expect(error.message.length).toBeLessThan(600);
  });

  it("does not quote a page of HTML", async () => {
    const error = await refusal({ status: 418, body: "<html><body>teapot</body></html>" });
    expect(error).toMatchObject({ code: "ERR_NETWORK" });
    expect(error.message).toMatch(/org\/model: the server answered 418/);
    expect(error.message).not.toContain("teapot");
  });

  it("never shows the token", async () => {
    const error = await refusal(
      { status: 401, says: "Invalid credentials in Authorization header" },
      "hf_secret",
    );
    expect(error.message + String(error.stack)).not.toContain("hf_secret");
  });
});
