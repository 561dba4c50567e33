import type { RunRecord } from "../../lib/report/record.ts";
import type { Comparison, EvaluationSample } from "../../lib/run/evaluation.ts";

/** Returns a synthetic run of `count` steps with all statistics of the report and with text that must be escaped. */
export function exampleRun(count: number): RunRecord {
  const steps = Array.from({ length: count }, (_, index) => {
    const progress = index / count;
    const wave = Math.sin(index * 1.7) * 0.05;
    return {
      step: index + 1,
      stats: {
        "env/reward_mean": -0.1 + 0.2 * progress + wave,
        "dppo/child_score_mean": 0.45 + 0.1 * progress + wave / 2,
        "dppo/teacher_score_mean": 0.52 - wave / 3,
        "objective/kl": 4 * progress + wave,
        "objective/kl_coef": 0.2 - 0.01 * progress,
        "ppo/loss/policy": wave / 4,
        "ppo/loss/value": 0.4 * Math.exp(-3 * progress),
        "ppo/policy/entropy": index === 5 ? null : 3.1 - 0.6 * progress,
        "tokens/responses_len_mean": 9 + 3 * progress + 10 * wave,
        "ppo/policy/clipfrac": 0.05 + wave / 5,
        "ppo/val/clipfrac": 0.1 + wave / 3,
        "dppo/gradient_norm": 1.2 + wave,
        "ppo/val/var_explained": -0.5 + 1.2 * progress,
        "time/generate": 0.3,
        "time/teacher": 0.2,
        "time/score": 0.02,
        "time/ppo/total": 0.9,
        "time/step": 1.45,
        "dppo/peak_memory_gib": 0.61,
        "dppo/ended_share": 0.7 + 0.3 * progress,
        "dppo/human_score_mean": 0.5 + wave / 4,
        "taaco/lemma_ttr": 0.6 + wave,
      },
    };
  });
  return {
    name: "checkpoints_dialogue_ppo",
    config: {
      child: "data/starter/child",
      teacher: "data/starter/teacher",
      data: "dialogues.csv",
      batchSize: 8,
    },
    steps,
    samples: steps.slice(0, 12).map(({ step }) => sample(step)),
    evaluation: evaluation(),
  };
}

function sample(step: number): RunRecord["samples"][number] {
  return {
    step,
    id: `starter_${step}`,
    turns: [
      { speaker: "A", text: "So, uh, did you ever get that boat in the water?" },
      { speaker: "B", text: "Well, we did, and then it, it wouldn't start." },
    ],
    child: step === 1 ? "</script><b>it</b>" : "Oh no, so what did you do with it?",
    teacher: "Oh no. Did you have to row it back?",
    human: "Oh no.",
    reward: 0.02,
    childParts: {},
    childScore: 0.48,
    teacherScore: 0.55,
  };
}

const comparison = (before: number, difference: number, half: number): Comparison => ({
  before,
  after: before + difference,
  difference,
  low: difference - half,
  high: difference + half,
});

function evaluation(): NonNullable<RunRecord["evaluation"]> {
  const names = [
    "lemma_ttr",
    "content_ttr",
    "all_connective",
    "pronoun_density",
    "lsa_1_all_sent",
    "adjacent_overlap_binary_2_pronoun_para",
    "dppo_turn_content_overlap",
  ];
  const indices = names.map((name, index) => [
    name,
    { ...comparison(0.4 + index / 10, 0.05 - index / 50, 0.02), teacher: 0.5, human: 0.47 },
  ]);
  return {
    dialogues: 112,
    samplesPerPrompt: 4,
    reward: comparison(-0.08, 0.11, 0.04),
    childScore: { ...comparison(0.45, 0.08, 0.03), teacher: 0.54, human: 0.5 },
    kl: comparison(0, 3.9, 0.3),
    perplexity: comparison(28, 4, 1),
    length: { ...comparison(7.1, 2.3, 0.6), teacher: 11.2, human: 9.4 },
    repetition: { ...comparison(0.02, 0.01, 0.02), teacher: 0.01, human: 0.03 },
    indices: Object.fromEntries(indices),
    best: [evaluationSample("starter_3", 0.71), evaluationSample("starter_9", 0.64)],
    worst: [evaluationSample("starter_5", 0.02)],
  };
}

function evaluationSample(id: string, after: number): EvaluationSample {
  const { turns, child, teacher, human } = sample(2);
  const scores = { before: 0.31, after, teacher: 0.55, human: 0.5 };
  return { id, turns, before: "yeah it it it was", after: child, teacher, human, scores };
}
