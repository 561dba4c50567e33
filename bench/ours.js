// The process that measures this package, through its public Node API where it has what is measured; bench/contestants.js
// describes the protocol.
import { readFileSync } from "node:fs";
import readline from "node:readline";
import { loadTrainingData } from "../dist/data/training-data.js";
import { LanguageModel, PpoTrainer, Tokenizer } from "../dist/index.js";
import { loadAddon } from "../dist/native/loader.js";
import { summary } from "./statistics.js";

const seconds = async (work) => {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
};

const arrays = (rows) => rows.map((row) => Int32Array.from(row));

let loaded = { key: "", model: undefined };

/** Returns a frozen model. The latest one is kept, so that works with the same model share it. */
async function frozenModel({ folder, device, dtype = "float32" }) {
  const key = `${folder} ${dtype}`;
  if (loaded.key !== key) {
    await loaded.model?.dispose();
    loaded = { key, model: await LanguageModel.load(folder, { device, dtype }) };
  }
  return loaded.model;
}

/** Generates. Parts: seconds until every row has its first token, and seconds per token after that. */
async function timedGeneration(model, prompts, { newTokens, sample = true }) {
  let drawn = 0;
  let first = 0;
  const began = performance.now();
  const onToken = () => {
    drawn += 1;
    if (drawn === prompts.length) first = performance.now();
  };
  const { sequences } = await model.generate({
    prompts,
    maxNewTokens: newTokens,
    minNewTokens: newTokens,
    doSample: sample,
    onToken,
  });
  const ended = performance.now();
  const rest = newTokens > 1 ? (ended - first) / (newTokens - 1) : 0;
  return {
    seconds: (ended - began) / 1000,
    parts: { prefill: (first - began) / 1000, token: rest / 1000 },
    sequences,
  };
}

async function generation(work) {
  const model = await frozenModel(work);
  const prompts = arrays(work.prompts);
  const warmUp = await timedGeneration(model, prompts.slice(0, 1), { newTokens: 2, sample: false });
  const greedy = [...warmUp.sequences[0]];
  return async () => {
    const { seconds, parts } = await timedGeneration(model, prompts, work);
    return { seconds, parts, facts: { greedy } };
  };
}

async function newTrainer({ folder, device, batchSize, miniBatchSize, epochs, autocast = false }) {
  const child = await LanguageModel.load(folder, { device, trainable: true, valueHead: true });
  const trainer = await PpoTrainer.create(child, {
    batchSize,
    miniBatchSize,
    ppoEpochs: epochs,
    autocastBf16: autocast,
  });
  return { child, trainer };
}

const scoresOf = (rows) => Float32Array.from(rows, (_, at) => (at % 2 === 0 ? 1 : -1));

/** The most memory of a GPU that PPO steps have taken; 0 on the CPU. */
let devicePeakBytes = 0;

async function ppoStep(work) {
  const queries = arrays(work.queries);
  const responses = arrays(work.responses);
  const { trainer } = await newTrainer({ ...work, batchSize: queries.length });
  return async () => {
    let stats;
    const total = await seconds(async () => {
      ({ stats } = await trainer.step({ queries, responses, scores: scoresOf(queries) }));
    });
    devicePeakBytes = (stats["dppo/peak_device_memory_gib"] ?? 0) * 2 ** 30;
    const parts = Object.entries(stats).filter(([name]) => name.startsWith("time/ppo/"));
    return {
      seconds: total,
      parts: Object.fromEntries(parts),
      facts: { surprisal: stats["objective/entropy"] },
    };
  };
}

/** A step as our program takes it: one generation for the whole batch, then the PPO step on what was written. */
async function generateAndStep(work) {
  const queries = arrays(work.queries);
  const { child, trainer } = await newTrainer({ ...work, batchSize: queries.length });
  return async () => {
    let responses;
    const generate = await seconds(async () => {
      const options = { maxNewTokens: work.newTokens, minNewTokens: work.newTokens, doSample: true };
      responses = (await child.generate({ prompts: queries, ...options })).sequences;
    });
    const step = await seconds(() => trainer.step({ queries, responses, scores: scoresOf(queries) }));
    return { seconds: generate + step, parts: { generate, step } };
  };
}

/** Encodes the texts twice: with a new tokenizer, and again when it knows the words. */
async function encoding({ folder, texts }) {
  const lines = JSON.parse(readFileSync(texts, "utf8"));
  return async () => {
    const tokenizer = await Tokenizer.load(folder);
    let tokens = 0;
    const encodeAll = () => {
      tokens = 0;
      for (const line of lines) tokens += tokenizer.encode(line).length;
    };
    const first = await seconds(encodeAll);
    const again = await seconds(encodeAll);
    return { seconds: first, parts: { again }, facts: { texts: lines.length, tokens } };
  };
}

/** What a call into the addon costs: one token of a tiny model, and the logits of a row, `calls` times each. */
async function boundary({ folder, device, rowTokens, calls }) {
  const model = await LanguageModel.load(folder, { device });
  const prompts = [new Int32Array(8).fill(5)];
  const row = [new Int32Array(rowTokens).fill(5)];
  const each = async (work) => {
    const total = await seconds(async () => {
      for (let call = 0; call < calls; call++) await work();
    });
    return total / calls;
  };
  return async () => {
    const generate = await each(() => model.generate({ prompts, maxNewTokens: 1, doSample: true }));
    const logProbs = await each(() => model.logProbs(row));
    const logits = await each(() => model.logits(row));
    return {
      seconds: generate,
      parts: { logProbs, logits },
      facts: { logitsBytes: 4 * rowTokens * model.config.vocabSize },
    };
  };
}

/** Reads the dialogues of a CSV file, as every command does: beyond some megabytes they lie in a temporary file. */
const loading =
  async ({ data }) =>
  async () => {
    let count = 0;
    const total = await seconds(async () => {
      count = (await loadTrainingData({ data, evalFraction: 0, seed: 0 })).train.length;
    });
    return { seconds: total, facts: { dialogues: count } };
  };

/** Writes a model with random weights. */
const making =
  async ({ config, folder }) =>
  async () => {
    const model = await LanguageModel.create(config, { seed: 1 });
    return { seconds: await seconds(() => model.save(folder)) };
  };

const converting =
  async ({ source, dtype, folder }) =>
  async () => {
    const model = await LanguageModel.load(source, { dtype });
    return { seconds: await seconds(() => model.save(folder)) };
  };

/** Scores the turns of batches of dialogues; the seconds are those of one batch. */
async function scoring(work) {
  const { DIALOGUES, prepareScoring } = await import("./scoring.js");
  const score = await prepareScoring(work);
  return () => ({ seconds: summary(score()).median, facts: { turns: 2 * DIALOGUES } });
}

const WORKS = {
  generation,
  ppoStep,
  generateAndStep,
  encoding,
  boundary,
  loading,
  making,
  converting,
  scoring,
};

let run;

async function answer(request) {
  if (request.prepare) {
    const prepare = WORKS[request.prepare.kind];
    if (!prepare) throw new Error(`ours.js does not know the work ${request.prepare.kind}`);
    run = await prepare(request.prepare);
    globalThis.gc?.();
    return { bytes: process.memoryUsage.rss() };
  }
  if (request.run) {
    globalThis.gc?.();
    return run();
  }
  if (request.versions) return { libtorch: loadAddon().versions().libtorch, node: process.version };
  return { bytes: devicePeakBytes || 1024 * process.resourceUsage().maxRSS };
}

loadAddon().setThreads(Number(process.env.DPPO_BENCH_THREADS));
for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
