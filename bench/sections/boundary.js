// What the way from JavaScript into the core and back costs.
import { alternate, endAll, ours } from "../contestants.js";
import { modelFolder } from "../models.js";
import { milliseconds, table } from "../text.js";

export const boundary = {
  name: "boundary",
  async measure(context) {
    context.say("boundary between JavaScript and the core");
    const folder = await modelFolder(context, "tiny");
    const contestants = [ours(context)];
    const work = { kind: "boundary", folder, rowTokens: 200, calls: context.quick ? 20 : 200 };
    const measured = await alternate(contestants, work, context);
    await endAll(contestants);
    return [measured.ours];
  },
  report: ([{ seconds, logProbs, logits, logitsBytes }]) =>
    [
      "### Calls from JavaScript",
      "",
      "A model of 2 layers with 64 hidden units makes the computation small beside the call. `generate_one_token_tiny` in the",
      "table of the core is the same work without JavaScript. `logits` and `logProbs` compute the same; one returns",
      `${(logitsBytes / 2 ** 20).toFixed(1)} MiB to JavaScript, the other 0.8 KiB.`,
      "",
      table(
        ["call", "median", "min to max"],
        [
          ["`generate`, one token", seconds],
          ["`logProbs` of a row of 200 tokens", logProbs],
          ["`logits` of a row of 200 tokens", logits],
        ].map(([call, { median, min, max }]) => [
          call,
          milliseconds(median),
          `${milliseconds(min)} to ${milliseconds(max)}`,
        ]),
      ),
    ].join("\n"),
};
