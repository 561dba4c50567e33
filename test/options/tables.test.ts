import { describe, expect, it } from "vitest";
import { isValid } from "../../lib/options/check.ts";
import { COMMANDS, type CommandOptions } from "../../lib/options/commands.ts";
import {
  choice,
  defaultValues,
  integer,
  integerOr,
  number,
  type Option,
  type OptionTable,
  type OptionValues,
  text,
} from "../../lib/options/option.ts";
import { PPO_OPTIONS, PPO_RUN_OPTIONS } from "../../lib/options/ppo.ts";
import { PRESETS } from "../../lib/options/presets.ts";
import { TRAIN_OPTIONS, type TrainConfig } from "../../lib/options/train-config.ts";

const TABLES: readonly OptionTable[] = [
  TRAIN_OPTIONS,
  PPO_OPTIONS,
  ...Object.values(COMMANDS).map(({ own }) => own),
];

describe("the option tables", () => {
  const options = TABLES.flatMap((table) => Object.entries<Option>(table));

  it("explain every option in full sentences", () => {
    const wrong = options.filter(([, { help }]) => !/^[A-Z].*\.$/.test(help));
    expect(wrong.map(([name, { help }]) => `${name}: ${help}`)).toEqual([]);
  });

  it("have defaults that their own ranges allow", () => {
    const wrong = options.filter(
      ([, option]) => option.default !== undefined && !isValid(option, option.default),
    );
    expect(wrong.map(([name]) => name)).toEqual([]);
  });

  it("define no option of a run again among the options of a command", () => {
    const twice = Object.entries<CommandOptions>(COMMANDS).flatMap(([command, { run, own }]) =>
      run.filter((name) => name in own).map((name) => `${command} ${name}`),
    );
    expect(twice).toEqual([]);
  });

  it("allow the values of every preset", () => {
    for (const [preset, values] of Object.entries(PRESETS)) {
      for (const [name, value] of Object.entries(values)) {
        const option = Object.entries<Option>(TRAIN_OPTIONS).find(([known]) => known === name)?.[1];
        expect(option !== undefined && isValid(option, value), `${preset} ${name}`).toBe(true);
      }
    }
  });
});

describe("options of PPO", () => {
  it("have the defaults of TRL's PPOConfig, and in a run those of a run", () => {
    expect(defaultValues(PPO_OPTIONS)).toMatchObject({
      batchSize: 128,
      miniBatchSize: 128,
      useScoreNorm: false,
    });
    const inRun = defaultValues(PPO_RUN_OPTIONS);
    expect(inRun).toMatchObject({ batchSize: 8, useScoreScaling: true, useScoreNorm: true, gamma: 1 });
    expect(inRun).not.toHaveProperty("miniBatchSize");
  });

  it("have a flag unless only a program sets them", () => {
    expect(Object.keys(PPO_RUN_OPTIONS)).toContain("trlParity");
    expect(Object.keys(PPO_RUN_OPTIONS)).not.toContain("totalSteps");
  });
});

describe("types", () => {
  it("of values follow from the table", () => {
    const table = {
      rate: number({ default: 1, help: "A." }),
      turns: integerOr("all", { default: -1, help: "B." }),
      mode: choice({ choices: ["fast", "slow"], default: "fast", help: "C." }),
      file: text({ help: "D." }),
    };
    const values: OptionValues<typeof table> = { rate: 2, turns: "all", mode: "slow" };
    expect(Object.keys(table)).toContain("file");
    // @ts-expect-error a choice is one of its words
    values.mode = "medium";
    // @ts-expect-error an option with a default is never absent
    values.rate = undefined;
    // @ts-expect-error only the word of the option may stand for the number
    values.turns = "none";
    // @ts-expect-error an option that is not in the table
    values.colour = 1;
  });

  it("of a run's configuration are those of its options", () => {
    const config: Pick<TrainConfig, "maxGradNorm" | "miniBatchSize" | "promptTurns" | "klPenalty"> = {
      miniBatchSize: 4,
      promptTurns: "all",
      klPenalty: "kl",
    };
    expect(Object.keys(config)).not.toContain("maxGradNorm");
    // @ts-expect-error the size of a minibatch is derived unless it is given, so it is never absent
    config.miniBatchSize = undefined;
    // @ts-expect-error not a penalty
    config.klPenalty = "k3";
  });

  it("refuse a misspelt name or attribute", () => {
    // @ts-expect-error batchSise is no option of a run
    const command: CommandOptions = { run: ["batchSise"], own: {} };
    // @ts-expect-error the attribute is called min
    const option = integer({ default: 1, minimum: 1, help: "E." });
    // @ts-expect-error the default is none of the choices
    const word = choice({ choices: ["a", "b"], default: "c", help: "F." });
    expect([command.run, option.kind, word.kind]).toEqual([["batchSise"], "integer", "choice"]);
  });
});
