// Generation by the teacher, beside transformers' `generate` in float32. The prompt and each further token are apart.
import { ceilingsFor, prefillCeiling, sizesOf, tokenCeiling, WEIGHT_BYTES } from "../ceilings.js";
import { alternate, checkAgreement, endAll, ours, peer } from "../contestants.js";
import { promptLengths, randomRows } from "../inputs.js";
import { modelFolder } from "../models.js";
import { duration, spread, table, times } from "../text.js";

// A prompt takes the peer half a minute, so few tokens follow it.
const FULL = { shape: "teacher", newTokens: 9, batches: [1, 8], prompt: 200 };
const QUICK = { shape: "tiny-teacher", newTokens: 5, batches: [8], prompt: 50 };

export const teacher = {
  name: "teacher",
  async measure(context) {
    const { shape, newTokens, batches, prompt } = context.quick ? QUICK : FULL;
    const folder = await modelFolder(context, shape);
    const dtypes = Object.keys(WEIGHT_BYTES);
    // On a GPU, bfloat16 is what a user of transformers would choose; on a processor without bfloat16, float32.
    const peerDtype = context.device === "cpu" ? "float32" : "bfloat16";
    const contestants = [
      peer(context, "transformers", { dtype: peerDtype }),
      ...dtypes.map((dtype) => ours(context, dtype, { dtype })),
    ];
    const rows = [];
    for (const batch of batches) {
      context.say(`teacher: batch ${batch}, prompts of ${prompt} tokens`);
      const lengths = promptLengths(prompt, batch);
      const work = { kind: "generation", folder, prompts: randomRows(lengths, 1), newTokens };
      const measured = await alternate(contestants, work, context);
      // Two bfloat16 models round differently, so that equally probable tokens can change places.
      if (peerDtype === "float32") checkAgreement(measured.transformers, measured.float32, "greedy");
      for (const dtype of dtypes) {
        const rates = ceilingsFor(context.ceilings, dtype);
        const grown = lengths.map((length) => length + newTokens / 2);
        rows.push({
          shape,
          batch,
          prompt,
          dtype,
          peerDtype,
          peer: measured.transformers,
          ours: measured[dtype],
          ceiling: {
            prefill: prefillCeiling(sizesOf(shape), lengths, WEIGHT_BYTES[dtype], rates),
            token: tokenCeiling(sizesOf(shape), grown, WEIGHT_BYTES[dtype], rates),
          },
        });
      }
    }
    const peaks = await endAll(contestants);
    return rows.map((row) => ({ ...row, peakBytes: { peer: peaks.transformers, ours: peaks[row.dtype] } }));
  },
  report: (rows) =>
    [
      "### Generation by the teacher",
      "",
      rows[0].peerDtype === "float32"
        ? "transformers was measured once, in float32. The rows with bfloat16 compare different precisions. Their ceiling reads half the\n" +
          "bytes; its arithmetic is float32 where the processor has no units for bfloat16."
        : "transformers was measured once, in bfloat16. The rows with float32 compare different precisions.",
      "",
      table(
        ["batch, prompt tokens, weights", "part", "transformers", "ours", "ratio", "ceiling"],
        rows.flatMap(({ batch, prompt, dtype, peer, ours, ceiling }) =>
          ["prefill", "token"].map((part) => [
            `${batch}, ${prompt}, ${dtype}`,
            part === "prefill" ? "prompt" : "each token",
            spread(peer?.[part]),
            spread(ours[part]),
            times(peer?.[part].median, ours[part].median),
            duration(ceiling[part]),
          ]),
        ),
      ),
    ].join("\n"),
};
