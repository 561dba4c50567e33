// What the way from JavaScript into the core and back costs.
import { alternate, endAll, ours } from "../contestants.js";
import { modelFolder } from "../models.js";
import { spread, table } from "../text.js";

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
      "The model has 2 layers with 64 hidden units, so that the computation is small compared with the call. The row",
      "`generate_one_token_tiny` in the table of the core measures the same work without JavaScript. `logits` and `logProbs`",
      `do the same computation, but \`logits\` returns ${(logitsBytes / 2 ** 20).toFixed(1)} MiB to JavaScript and \`logProbs\` 0.8 KiB.`,
      "",
      table(
        ["call", "time"],
        [
          ["`generate`, one token", spread(seconds)],
          ["`logProbs` of a row of 200 tokens", spread(logProbs)],
          ["`logits` of a row of 200 tokens", spread(logits)],
        ],
      ),
    ].join("\n"),
};
