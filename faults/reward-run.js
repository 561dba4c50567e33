// A run with a reward that fails: node faults/reward-run.js MODE OPTIONS, where OPTIONS are those of `train` as JSON.
import { train } from "../dist/index.js";

const [mode, options] = process.argv.slice(2);
const usual = (samples) => samples.map(({ child }, index) => (child.length % 7) / 7 + index / 10);
let calls = 0;

const MODES = {
  good: usual,
  "nan for one": (samples) => usual(samples).with(0, calls === 2 ? Number.NaN : 0.5),
  "nan for all": (samples) => samples.map(() => Number.NaN),
  throws: () => {
    if (calls > 2) throw new Error("the reward's own error");
    return [0.1, 0.2, 0.3, 0.4];
  },
  "wrong length": () => [1],
  "no numbers": (samples) => samples.map(() => "1"),
  null: () => null,
  hangs: (samples) => (calls > 2 ? new Promise(() => setInterval(() => {}, 1000)) : usual(samples)),
};

try {
  const reward = (samples) => {
    calls += 1;
    return MODES[mode](samples);
  };
  const steps = train(JSON.parse(options), { reward });
  for (let next = await steps.next(); !next.done; next = await steps.next());
} catch (error) {
  console.error(`dialogue-ppo: ${error.message}`);
  // A reward that hangs keeps its timers; the program, like any user's, ends by itself.
  process.exit(error.exitCode ?? 1);
}
