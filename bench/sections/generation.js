// Generation by the child, beside transformers' `generate`.
import { generationCeiling, sizesOf } from "../ceilings.js";
import { alternate, checkAgreement, endAll, ours, peer } from "../contestants.js";
import { promptLengths, randomRows } from "../inputs.js";
import { modelFolder } from "../models.js";
import { count, duration, percent, promptText, spread, table, times } from "../text.js";

const FULL = {
  shape: "child",
  newTokens: 80,
  cases: [
    [1, 70],
    [1, 300],
    [8, 70],
    [8, 300],
    [8, "ragged"],
    [64, 70],
    [64, "ragged"],
  ],
};
const QUICK = {
  shape: "tiny",
  newTokens: 8,
  cases: [
    [1, 70],
    [8, "ragged"],
  ],
};
const FLOAT_BYTES = 4;

export const generation = {
  name: "generation",
  async measure(context) {
    const { shape, newTokens, cases } = context.quick ? QUICK : FULL;
    const folder = await modelFolder(context, shape);
    const contestants = [peer(context, "transformers"), ours(context)];
    const rows = [];
    for (const [batch, prompts] of cases) {
      context.say(`generation: batch ${batch}, prompts of ${promptText(prompts)} tokens`);
      const lengths = promptLengths(prompts, batch);
      const work = { kind: "generation", folder, prompts: randomRows(lengths, 1), newTokens };
      const measured = await alternate(contestants, work, context);
      checkAgreement(measured.transformers, measured.ours, "greedy");
      const ceiling = generationCeiling(sizesOf(shape), lengths, newTokens, FLOAT_BYTES, context.ceilings);
      rows.push({
        shape,
        batch,
        prompts,
        newTokens,
        peer: measured.transformers,
        ours: measured.ours,
        ceiling,
      });
    }
    await endAll(contestants);
    return rows;
  },
  report: (rows) =>
    [
      "### Generation by the child",
      "",
      `${rows[0].newTokens} new tokens a row, sampled; the time includes the prompt. Tokens a second count the new ones.`,
      "",
      table(
        [
          "batch, prompt tokens",
          "transformers, tokens/s",
          "ours, tokens/s",
          "ratio",
          "ceiling, tokens/s",
          "share of the ceiling",
          "transformers",
          "ours",
        ],
        rows.map(({ batch, prompts, newTokens, peer, ours, ceiling }) => [
          `${batch}, ${promptText(prompts)}`,
          peer ? count((batch * newTokens) / peer.seconds.median) : "–",
          count((batch * newTokens) / ours.seconds.median),
          times(peer?.seconds.median, ours.seconds.median),
          count((batch * newTokens) / ceiling),
          percent(ceiling / ours.seconds.median),
          spread(peer?.seconds),
          spread(ours.seconds),
        ]),
      ),
      "",
      "The same runs by part: until each row has its first token, and each further token of all rows.",
      "",
      table(
        [
          "batch, prompt tokens",
          "prompt: transformers",
          "ours",
          "ratio",
          "token: transformers",
          "ours",
          "ratio",
        ],
        rows.map(({ batch, prompts, peer, ours }) => [
          `${batch}, ${promptText(prompts)}`,
          duration(peer?.prefill.median),
          duration(ours.prefill.median),
          times(peer?.prefill.median, ours.prefill.median),
          duration(peer?.token.median),
          duration(ours.token.median),
          times(peer?.token.median, ours.token.median),
        ]),
      ),
    ].join("\n"),
};
