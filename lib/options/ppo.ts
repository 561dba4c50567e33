import {
  boolean,
  choice,
  fixed,
  group,
  integer,
  number,
  type Option,
  type OptionInput,
  type OptionTable,
} from "./option.ts";

/** The default of an option in a run, where it differs from that of the library. */
interface InRun<Default> {
  readonly inRun: { readonly default: Default; readonly help?: string };
}

/** Gives an option another default, and perhaps another help text, in a run. */
const inRun = <Value, Default, RunDefault extends Value | undefined>(
  option: Option<Value, Default>,
  settings: { readonly default: RunDefault; readonly help?: string },
): Option<Value, Default> & InRun<RunDefault> => ({ ...option, inRun: settings });

/** Marks options that only a program sets: a run derives their values. */
const programOnly = <Table extends OptionTable>(
  table: Table,
): { [Name in keyof Table]: Table[Name] & { readonly flag: false } } => {
  const entries = Object.entries(table).map(([name, option]) => [name, { ...option, flag: false }]);
  return Object.fromEntries(entries);
};

/**
 * Every option of the PPO trainer, with the defaults of TRL's classic PPOConfig. The names are TRL's in camelCase. The
 * core's own table in native/core/ppo has the same names, defaults and ranges, and a test compares the two.
 */
export const PPO_OPTIONS = {
  ...group("Reward", {
    useScoreScaling: inRun(
      boolean({ default: false, help: "Divide rewards by their running standard deviation." }),
      { default: true },
    ),
    /** Has an effect only together with useScoreScaling. */
    useScoreNorm: inRun(
      boolean({ default: false, help: "Subtract the running mean of the rewards before they are scaled." }),
      { default: true },
    ),
    /** Clips after scaling. */
    scoreClip: number({
      above: 0,
      help: "Clip rewards to the range from minus to plus this value. Default: no clipping.",
    }),
  }),
  ...group("PPO", {
    ...fixed({
      batchSize: inRun(integer({ default: 128, min: 1, help: "Dialogues per PPO step." }), { default: 8 }),
      miniBatchSize: inRun(integer({ default: 128, min: 1, help: "Dialogues per minibatch." }), {
        default: undefined,
        help: "Dialogues per minibatch. Default: the largest divisor of batch size / accumulation steps, up to 4.",
      }),
      gradientAccumulationSteps: integer({ default: 1, min: 1, help: "Minibatches per optimizer step." }),
    }),
    ppoEpochs: integer({ default: 4, min: 1, help: "Passes over each batch." }),
    learningRate: number({ default: 1.41e-5, above: 0, help: "Learning rate of the Adam optimizer." }),
    /** The linear and cosine schedules need totalSteps. */
    lrSchedule: choice({
      choices: ["constant", "linear", "cosine"],
      default: "constant",
      help: "Schedule of the learning rate, which changes once per step.",
    }),
    optimizer: choice({ choices: ["adam", "adamw"], default: "adam", help: "Optimizer of the policy." }),
    weightDecay: number({ default: 0, min: 0, help: "Weight decay, which only adamw applies." }),
    maxGradNorm: number({
      above: 0,
      help: "Clip the gradient to this global 2-norm. Default: no clipping.",
    }),
    /** The controller of Ziegler et al. (2019). False keeps the weight at initKlCoef. */
    adapKlCtrl: boolean({
      default: true,
      help: "Adapt the weight of the KL penalty so that the KL divergence approaches its target.",
    }),
    initKlCoef: number({ default: 0.2, min: 0, help: "Initial weight of the KL penalty." }),
    /** With p and q the probabilities of child and reference: kl is log p - log q, abs its absolute value, mse half its
     * square, and full the exact divergence over the vocabulary. */
    klPenalty: choice({
      choices: ["kl", "abs", "mse", "full"],
      default: "kl",
      help: "Estimator of the KL divergence of each token.",
    }),
    /** Has an effect only with adapKlCtrl. */
    target: number({
      default: 6,
      above: 0,
      help: "KL divergence that the adaptive penalty aims for, in nats per turn.",
    }),
    /** Has an effect only with adapKlCtrl. */
    horizon: number({
      default: 10000,
      above: 0,
      help: "Number of samples over which the adaptive penalty acts.",
    }),
    gamma: number({ default: 1, min: 0, max: 1, help: "Discount factor of future rewards." }),
    lam: number({ default: 0.95, min: 0, max: 1, help: "Lambda of generalized advantage estimation." }),
    cliprange: number({ default: 0.2, above: 0, help: "Clip range of the policy ratio." }),
    cliprangeValue: number({ default: 0.2, above: 0, help: "Clip range of the predicted values." }),
    vfCoef: number({ default: 0.1, min: 0, help: "Weight of the value loss." }),
    earlyStopping: boolean({
      default: false,
      help: "End the epochs of a step early when the KL divergence becomes too large.",
    }),
    /** Has an effect only with earlyStopping. */
    targetKl: number({
      default: 1,
      above: 0,
      help: "Early stopping acts when the KL divergence exceeds 1.5 times this value, in nats per token.",
    }),
    ratioThreshold: number({
      default: 10,
      above: 0,
      help: "Skip minibatches whose mean policy ratio exceeds this value.",
    }),
    /** TRL's whitening with shift_mean=False. */
    whitenRewards: boolean({
      default: false,
      help: "Whiten the rewards, except for their mean, before advantages are estimated.",
    }),
    /** Ouyang et al. (2022), PPO-ptx. The loss is the mean over tokens. */
    ptxCoef: number({
      default: 0,
      min: 0,
      help: "Weight of the next-token loss on training dialogues that is added to each update, which preserves the child's language.",
    }),
    /**
     * Whitened rewards flow in from the padding, and Adam's momentum still moves the weights in minibatches above
     * ratioThreshold.
     */
    trlParity: boolean({ default: false, help: "Reproduce the quirks of TRL exactly." }),
  }),
  ...programOnly({
    seed: integer({ default: 0, min: 0, help: "Seed of the order of the samples in each epoch." }),
    /** Padding is masked by length, never by token ID. */
    padSide: choice({
      choices: ["right", "left"],
      default: "right",
      help: "Side on which the per-token statistics of a batch are aligned. With trlParity, whitening sees the padding on this side.",
    }),
    padTokenId: integer({
      default: 0,
      min: 0,
      help: "ID of the padding token. Default: the model's, or 0 if it has none.",
    }),
    beta1: number({ default: 0.9, min: 0, below: 1, help: "Decay rate of Adam's first moment." }),
    beta2: number({ default: 0.999, min: 0, below: 1, help: "Decay rate of Adam's second moment." }),
    eps: number({ default: 1e-8, above: 0, help: "Term in Adam's denominator for numerical stability." }),
    totalSteps: integer({
      min: 1,
      help: "PPO steps of the whole run; the linear and cosine schedules need it.",
    }),
    clipOnce: boolean({
      default: false,
      help: "With trlParity: clip the gradient of the trainer's first optimizer step only.",
    }),
    autocastBf16: boolean({
      default: false,
      help: "Compute under bfloat16 autocast; master weights and losses stay float32.",
    }),
  }),
};

/** Values that the core takes, by name. */
export type NativePpoOptions = OptionInput<typeof PPO_OPTIONS>;

type RunTable<Table> = {
  [Name in keyof Table as Table[Name] extends { readonly flag: false }
    ? never
    : Name]: Table[Name] extends Option<infer Value, unknown> & InRun<infer Default>
    ? Option<Value, Default>
    : Table[Name];
};

function runTable<Table extends OptionTable>(table: Table): RunTable<Table> {
  const entries = Object.entries(table as Record<string, Option & Partial<InRun<Option["default"]>>>)
    .filter(([, { flag }]) => flag !== false)
    .map(([name, { inRun: settings, ...option }]) => [name, { ...option, ...settings }]);
  return Object.fromEntries(entries) as RunTable<Table>;
}

/** The options of the PPO trainer that a run takes, with the defaults of a run. */
export const PPO_RUN_OPTIONS = runTable(PPO_OPTIONS);
