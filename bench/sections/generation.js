// Generation by the child, beside transformers' `generate`.
import { ceilingsFor, generationCeiling, sizesOf, WEIGHT_BYTES } from "../ceilings.js";
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
/** The child's weights: as they are stored, and on a GPU also as training uses them. */
const DTYPES = { cpu: ["float32"], gpu: ["float32", "bfloat16"] };

/** Names a row of a table; weights in float32 go without saying. */
const caseText = (batch, prompts, dtype = "float32") =>
  `${batch}, ${promptText(prompts)}${dtype === "float32" ? "" : `, ${dtype}`}`;

export const generation = {
  name: "generation",
  async measure(context) {
    const { shape, newTokens, cases } = context.quick ? QUICK : FULL;
    const folder = await modelFolder(context, shape);
    const rows = [];
    for (const dtype of DTYPES[context.device === "cpu" ? "cpu" : "gpu"]) {
      const contestants = [peer(context, "transformers", { dtype }), ours(context, "ours", { dtype })];
      for (const [batch, prompts] of cases) {
        context.say(`generation: ${dtype}, batch ${batch}, prompts of ${promptText(prompts)} tokens`);
        const lengths = promptLengths(prompts, batch);
        const work = { kind: "generation", folder, prompts: randomRows(lengths, 1), newTokens };
        const measured = await alternate(contestants, work, context);
        // Two bfloat16 models round differently, so that equally probable tokens can change places.
        if (dtype === "float32") checkAgreement(measured.transformers, measured.ours, "greedy");
        rows.push({
          shape,
          batch,
          prompts,
          dtype,
          newTokens,
          peer: measured.transformers,
          ours: measured.ours,
          ceiling: generationCeiling(
            sizesOf(shape),
            lengths,
            newTokens,
            WEIGHT_BYTES[dtype],
            ceilingsFor(context.ceilings, dtype),
          ),
        });
      }
      await endAll(contestants);
    }
    return rows;
  },
  report: (rows) =>
    [
      "### Generation by the child",
      "",
      `${rows[0].newTokens} new tokens per row, sampled; the time includes the prompt. Tokens per second count the new ones.`,
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
        rows.map(({ batch, prompts, dtype, newTokens, peer, ours, ceiling }) => [
          caseText(batch, prompts, dtype),
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
      "The same runs by part: the time until each row has its first token, and the time of each further token of all rows.",
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
        rows.map(({ batch, prompts, dtype, peer, ours }) => [
          caseText(batch, prompts, dtype),
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
