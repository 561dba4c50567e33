// Trackers that are down, slow or send invalid data.
import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { complaint, run } from "../program.js";
import { trainArguments } from "../project.js";
import { otherPart } from "../results.js";
import { withServer } from "../server.js";
import { Tally } from "../tally.js";

/** Seconds by which a tracker may delay the end of a run: 60 for an upload, and a few to end the program. */
const LONGEST_DELAY = 75;

/** Answers of a tracking server. */
const ANSWERS = {
  "answers 500": (response) => response.writeHead(500).end("no"),
  "never answers": () => {},
  "cuts the connection": (response) => response.destroy(),
  "answers with a web page": (response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
  "answers nonsense": (response) => response.end("\0\x1b[2J{{{"),
  "redirects to itself": (response) => response.writeHead(307, { location: "/api/bulk_log" }).end(),
  "never ends its answer": (response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("."), 50);
    response.on("close", () => clearInterval(timer));
  },
};

/** Scripts in place of W&B's program. */
const PROGRAMS = {
  "fails at once": "#!/bin/sh\nexit 7\n",
  "ignores SIGTERM": "#!/bin/sh\ntrap '' TERM INT HUP\nwhile :; do sleep 1; done\n",
  "writes without end": "#!/bin/sh\nwhile :; do echo nonsense; sleep 0.01; done\n",
  "has no interpreter": "#!/no/such/program\n",
};

export const trackers = {
  name: "trackers",
  title: "Tracking servers and programs that are down, are slow or send invalid data",
  promise: "The result is the same, one line names the tracker, and the run ends at most 75 s later.",
  async run(context) {
    const tally = new Tally(context.say);
    const train = async (env, isSilent) => {
      const folder = context.folder("trackers");
      const outcome = await run(trainArguments(context.project, folder, { more: ["--watch"] }), { env });
      const other = otherPart(context, folder);
      const late =
        outcome.seconds > 3 * context.seconds + LONGEST_DELAY
          ? `ended after ${Math.round(outcome.seconds)} s`
          : undefined;
      const isNamed = isSilent || /Trackio|W&B/.test(outcome.stderr);
      return complaint(outcome, [0]) ?? other ?? late ?? (isNamed ? undefined : "the tracker is not named");
    };
    await context.each(Object.entries(ANSWERS), async ([what, answer]) => {
      const isTaken = what === "answers nonsense" || what === "never ends its answer";
      tally.add(
        `Trackio ${what}`,
        await withServer(
          (_, response) => answer(response),
          (url) => train({ TRACKIO_SERVER_URL: url }, isTaken),
        ),
      );
    });
    tally.add("Trackio is down", await train({ TRACKIO_SERVER_URL: "http://127.0.0.1:9" }));
    await context.each(
      Object.entries(PROGRAMS).slice(0, context.quick ? 1 : undefined),
      async ([what, script]) => {
        const folder = context.folder("programs", true);
        writeFileSync(path.join(folder, "wandb"), script);
        chmodSync(path.join(folder, "wandb"), 0o755);
        const env = { PATH: `${folder}:${process.env.PATH}`, WANDB_API_KEY: "x", WANDB_PROJECT: "faults" };
        tally.add(`W&B's program ${what}`, await train(env));
      },
    );
    return tally.result("weights, log and samples are those of a run without trackers");
  },
};
