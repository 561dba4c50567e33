// Trains with a reward that looks at the whole batch, counts its calls and leaves samples out.
//   node custom-reward.js INPUT: options of `train` as JSON
import { train } from "../../dist/index.js";

let calls = 0;

function reward(samples) {
  calls += 1;
  const lengths = samples.map(({ child }) => child.length);
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  return lengths.map((length, i) => (i === 1 && calls % 2 === 1 ? Number.NaN : length - mean + calls / 10));
}

for await (const { step } of train(JSON.parse(process.argv[2]), { reward })) console.log(`step ${step}`);
console.log(`called ${calls} times`);
