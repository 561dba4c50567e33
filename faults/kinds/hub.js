// A hub that cuts connections, sends too much, too little, nonsense or nothing, and redirects.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { complaint, run } from "../program.js";
import { generateArguments } from "../project.js";
import { withServer } from "../server.js";
import { Tally } from "../tally.js";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** Answers in place of the right one. Each takes the response, the right body and the address of another host. */
const FAULTS = {
  cut: (response, body) => response.write(body.subarray(0, body.length >> 1), () => response.destroy()),
  reset: (response) => response.destroy(),
  silent: () => {},
  "too long": (response, body) => response.end(Buffer.concat([body, Buffer.alloc(100_000, 32)])),
  "too short": (response, body) => response.end(body.subarray(0, body.length >> 1)),
  changed: (response, body) => response.end(Buffer.from(body.map((byte) => byte ^ 1))),
  "a web page": (response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<html>log in</html>"),
  nonsense: (response) => response.end("\0\x1b[2J{[["),
  null: (response) => response.end("null"),
  "an unsafe path": (response) =>
    response.end(JSON.stringify([{ type: "file", path: "../../../escaped", size: 1, oid: "a".repeat(40) }])),
  500: (response) => response.writeHead(500).end("busy"),
  429: (response) => response.writeHead(429, { "retry-after": "0" }).end("slow down"),
  403: (response) => response.writeHead(403).end('{"error":"\x1b]0;title\x07no"}'),
  "a redirect in a circle": (response, _, __, url) => response.writeHead(302, { location: url }).end(),
  "a redirect to another host": (response, _, other) => response.writeHead(302, { location: other }).end(),
};

/** Returns the answers of a right hub for a folder. */
function hubOf(folder) {
  const files = new Map(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name))]));
  const tree = [...files].map(([name, bytes]) => {
    const oid = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
    return { type: "file", path: name, size: bytes.length, oid };
  });
  return (url) => {
    if (url.includes("/revision/")) return Buffer.from(JSON.stringify({ sha: COMMIT }));
    return url.includes("/tree/") ? Buffer.from(JSON.stringify(tree)) : files.get(path.basename(url));
  };
}

/** Calls `work` with the addresses of a hub, which answers with `answerHub`, and of another host that counts the tokens it gets. */
async function withHub(answerHub, work) {
  let tokensElsewhere = 0;
  const answerElsewhere = (request, response) => {
    if (request.headers.authorization) tokensElsewhere += 1;
    response.end("elsewhere");
  };
  const result = await withServer(answerElsewhere, (elsewhere) =>
    withServer((request, response) => answerHub(request, response, elsewhere), work),
  );
  return { ...result, tokensElsewhere };
}

/**
 * Downloads a model from a hub that fails by `fault` at random, then from one that does not, and uses it.
 *
 * @param expected what the model writes when it is loaded from its folder
 */
async function downloadWith(context, random, fault, expected) {
  const home = context.folder("hub");
  const answerOf = hubOf(context.project.child);
  let isFaulty = true;
  const answer = (request, response, elsewhere) => {
    const body = answerOf(request.url);
    if (body === undefined) response.writeHead(404).end();
    else if (isFaulty && random() < 0.4) FAULTS[fault](response, body, elsewhere, request.url);
    else response.end(body);
  };
  const { first, second, tokensElsewhere } = await withHub(answer, async (url) => {
    const env = {
      HF_HOME: home,
      HF_ENDPOINT: url,
      HF_TOKEN: "hf_secret",
      HF_HUB_ETAG_TIMEOUT: "1",
      HF_HUB_DOWNLOAD_TIMEOUT: "1",
    };
    const args = generateArguments("--child", "org/model");
    const first = await run(args, { env });
    isFaulty = false;
    const second = await run(args, { env });
    return { first, second };
  });
  const written = [...readdirSync(home, { recursive: true }), ...readdirSync(context.root)];
  const escaped = written.some((name) => path.basename(name) === "escaped");
  context.clean(home);
  const shows = [first, second].some(
    ({ stderr }) => stderr.includes("hf_secret") || stderr.includes("\x1b[2J") || stderr.includes("\x1b]0"),
  );
  return (
    complaint(first, [0, 1, 2]) ??
    complaint(second, [0]) ??
    (second.stdout === expected ? undefined : "another model than that of the folder") ??
    (tokensElsewhere > 0 ? "the token went to another host" : undefined) ??
    (escaped ? "a file outside of the cache" : undefined) ??
    (shows ? "the token or an escape of the server is shown" : undefined)
  );
}

export const hub = {
  name: "hub",
  title:
    "A hub that cuts off or resets connections, sends too much, too little or invalid data, is silent, or redirects",
  promise:
    "The model is downloaded completely, or one line says what is wrong and the next download completes it. The token is sent to no other host, and nothing is written outside the cache.",
  async run(context) {
    const tally = new Tally(context.say);
    const local = await run(generateArguments("--child", context.project.child));
    if (local.code !== 0) throw new Error(`the model without a hub failed: ${local.stderr.slice(-300)}`);
    const names = Object.keys(FAULTS);
    const rounds = Array(context.tries(3)).fill(names).flat();
    await context.each(rounds, async (fault, random) =>
      tally.add(`a hub: ${fault}`, await downloadWith(context, random, fault, local.stdout)),
    );
    return tally.result(
      `${names.length} kinds of answers, at random for two of five requests; each model was complete in the end`,
    );
  },
};
