// PPO steps, beside TRL's `PPOTrainer.step` and beside the loop of the original experiment.
import { ceilingsFor, generationCeiling, ppoCeiling, sizesOf } from "../ceilings.js";
import { alternate, checkAgreement, endAll, ours, peer } from "../contestants.js";
import { promptLengths, randomRows } from "../inputs.js";
import { modelFolder } from "../models.js";
import { duration, figure, percent, promptText, size, spread, table, times } from "../text.js";

const FULL = { shape: "child", batch: 8, response: 80, epochs: 4 };
const QUICK = { shape: "tiny", batch: 4, response: 8, epochs: 2 };
const PROMPTS = [70, "ragged"];
const MINIBATCHES = [1, 4];
/** A GPU trains under bfloat16 autocast, so float32 is there for comparison only. */
const CASES = {
  cpu: PROMPTS.map((prompts) => ({ autocast: false, prompts })),
  gpu: [{ autocast: false, prompts: "ragged" }, ...PROMPTS.map((prompts) => ({ autocast: true, prompts }))],
};
const FLOAT_BYTES = 4;
/** The sums of a float32 model depend on their order. */
const SURPRISAL_TOLERANCE = 1e-4;
const AUTOCAST_TOLERANCE = 1e-2;

/** Measures one work in new processes, so that their peak memory is that of this work alone. */
async function inNewProcesses(context, work) {
  const contestants = [peer(context, "peer"), ours(context)];
  const measured = await alternate(contestants, work, context);
  const peaks = await endAll(contestants);
  return { peer: measured.peer, ours: measured.ours, peakBytes: peaks };
}

/** Names a row of a table; float32 goes without saying. */
const caseText = ({ prompts, miniBatchSize, autocast }) =>
  `${promptText(prompts)}, ${miniBatchSize}${autocast ? ", autocast" : ""}`;

const responsesOf = ({ batch, response }) => new Array(batch).fill(response);

export const ppo = {
  name: "ppo",
  async measure(context) {
    const setting = context.quick ? QUICK : FULL;
    const { shape, batch, response, epochs } = setting;
    const folder = await modelFolder(context, shape);
    const rows = [];
    for (const { autocast, prompts } of CASES[context.device === "cpu" ? "cpu" : "gpu"]) {
      for (const miniBatchSize of MINIBATCHES) {
        context.say(
          `PPO step: prompts of ${promptText(prompts)} tokens, minibatch ${miniBatchSize}${autocast ? ", autocast" : ""}`,
        );
        const lengths = promptLengths(prompts, batch);
        const responses = responsesOf(setting);
        const measured = await inNewProcesses(context, {
          kind: "ppoStep",
          folder,
          queries: randomRows(lengths, 1),
          responses: randomRows(responses, 2),
          miniBatchSize,
          epochs,
          autocast,
        });
        checkAgreement(
          measured.peer,
          measured.ours,
          "surprisal",
          autocast ? AUTOCAST_TOLERANCE : SURPRISAL_TOLERANCE,
        );
        const tokens = { prompts: lengths, responses, miniBatchSize, epochs };
        const rates = ceilingsFor(context.ceilings, autocast ? "bfloat16" : "float32");
        const ceiling = ppoCeiling(sizesOf(shape), tokens, rates);
        rows.push({ shape, batch, prompts, response, miniBatchSize, epochs, autocast, ...measured, ceiling });
      }
    }
    return rows;
  },
  report: (rows) =>
    [
      "### PPO step",
      "",
      `${rows[0].batch} rows of prompt and ${rows[0].response} response tokens, ${rows[0].epochs} epochs.`,
      "",
      table(
        [
          "prompt tokens, minibatch",
          "TRL",
          "ours",
          "ratio",
          "ceiling",
          "share of the ceiling",
          "TRL, peak memory",
          "ours",
          "share",
        ],
        rows.map(({ peer, ours, ceiling, peakBytes, ...row }) => [
          caseText(row),
          spread(peer?.seconds),
          spread(ours.seconds),
          times(peer?.seconds.median, ours.seconds.median),
          duration(ceiling),
          percent(ceiling / ours.seconds.median),
          size(peakBytes.peer),
          size(peakBytes.ours),
          percent(peakBytes.ours / peakBytes.peer),
        ]),
      ),
      "",
      "Our steps by phase, in seconds:",
      "",
      phaseTable(rows),
    ].join("\n"),
};

function phaseTable(rows) {
  const phases = Object.keys(rows[0].ours).filter((name) => name.startsWith("time/ppo/"));
  return table(
    ["prompt tokens, minibatch", ...phases.map((name) => name.replace("time/ppo/", ""))],
    rows.map(({ ours, ...row }) => [caseText(row), ...phases.map((name) => figure(ours[name].median))]),
  );
}

export const loop = {
  name: "loop",
  async measure(context) {
    const setting = context.quick ? QUICK : FULL;
    const { shape, batch, response, epochs } = setting;
    const folder = await modelFolder(context, shape);
    context.say("the original's loop");
    const lengths = promptLengths("ragged", batch);
    const measured = await inNewProcesses(context, {
      kind: "generateAndStep",
      folder,
      queries: randomRows(lengths, 1),
      newTokens: response,
      miniBatchSize: 1,
      epochs,
    });
    const tokens = { prompts: lengths, responses: responsesOf(setting), miniBatchSize: 1, epochs };
    const ceiling = {
      generate: generationCeiling(sizesOf(shape), lengths, response, FLOAT_BYTES, context.ceilings),
      step: ppoCeiling(sizesOf(shape), tokens, context.ceilings),
    };
    return [{ shape, batch, response, epochs, ...measured, ceiling }];
  },
  report: ([{ batch, response, peer, ours, ceiling }]) =>
    [
      "### The original's loop",
      "",
      `${batch} prompts of 20 to 300 tokens, responses of ${response}. The original generates for one dialogue at a time with`,
      "transformers and trains with TRL at minibatch 1; ours generates for all of them and trains at the same minibatch.",
      "",
      table(
        ["part", "transformers and TRL", "ours", "ratio", "ceiling"],
        [
          ["generate", peer?.generate, ours.generate, ceiling.generate],
          ["PPO step", peer?.step, ours.step, ceiling.step],
          ["both", peer?.seconds, ours.seconds, ceiling.generate + ceiling.step],
        ].map(([part, theirs, own, least]) => [
          part,
          spread(theirs),
          spread(own),
          times(theirs?.median, own.median),
          duration(least),
        ]),
      ),
    ].join("\n"),
};
