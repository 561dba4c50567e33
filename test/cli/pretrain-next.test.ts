import { expect, it } from "vitest";
import { nextCommand } from "../../lib/cli/commands/pretrain.ts";

it.each([
  [{ data: "dialogues.csv" }, "npx dialogue-ppo train --data dialogues.csv --child out"],
  [
    { data: "my talk.jsonl", evalFraction: 0.1, seed: 3 },
    "npx dialogue-ppo train --data 'my talk.jsonl' --eval-fraction 0.1 --seed 3 --child out",
  ],
  [{ data: "d.csv", chat: true }, "npx dialogue-ppo train --data d.csv --teacher out"],
  [{ data: "prose.txt" }, undefined],
  [{}, undefined],
])("pretrain %j names the command that uses the model", (given, command) => {
  expect(nextCommand(given, "out")).toBe(command);
});
