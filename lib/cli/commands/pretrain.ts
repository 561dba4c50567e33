import type { CommandModule } from "yargs";
import { isDataFileName } from "../../files/file-kind.ts";
import { formatCount, formatInteger, shellPath } from "../../format.ts";
import { COMMANDS } from "../../options/commands.ts";
import { PRETRAIN_OPTIONS } from "../../options/tables/pretrain.ts";
import type { PretrainRecord } from "../../pretrain/log.ts";
import { catchInterrupts } from "../interrupt.ts";
import { terminalLogger } from "../log.ts";
import { type CommandArguments, givenOptions, resumeValue, withOptions } from "../options.ts";
import { printJson, printMessage } from "../output.ts";
import { ProgressBar, writeAboveBars } from "../progress.ts";
import { sharedByRanks } from "../ranks.ts";

interface PretrainArguments extends CommandArguments {
  readonly resume?: string | undefined;
  readonly verify?: boolean | undefined;
}

/** Reports the records of a run: a progress bar for the steps and a line for each held-out measurement. */
function recordReporter(json: boolean): {
  show: (record: PretrainRecord, total: number | null) => void;
  end: () => void;
} {
  let bar: ProgressBar | undefined;
  let perplexity: number | undefined;
  return {
    show: (record, total) => {
      if (json) printJson({ ...record });
      if (record.type === "evaluation") {
        perplexity = record.perplexity;
        const note = record.best ? ", the best so far" : "";
        writeAboveBars(
          `step ${formatInteger(record.step)}: held-out perplexity ${perplexity.toFixed(1)}${note}`,
        );
        return;
      }
      if (total === null) return;
      bar ??= new ProgressBar({ description: "pretrain", total, initial: record.step - 1 });
      bar.update(record.step, {
        loss: record.loss,
        "tokens/s": record.tokensPerSecond,
        ...(perplexity === undefined ? {} : { "held out": perplexity }),
      });
    },
    end: () => bar?.finish(),
  };
}

const ENDINGS: Readonly<Record<string, string>> = {
  steps: "all steps done",
  patience: "no better held-out perplexity for a while",
  minutes: "time is up; --resume with more --minutes continues",
  stopAfter: "stopped as asked; --resume continues",
};

/**
 * Returns the command that uses the new model, on the same dialogues with the same held-out part; undefined for a text
 * file, which is no data of a run, and for a resumed run, whose options stand in its folder.
 */
export function nextCommand(given: Readonly<Record<string, unknown>>, output: string): string | undefined {
  const { data, evalFraction, seed, chat } = given;
  if (typeof data !== "string" || !isDataFileName(data)) return undefined;
  const split = [
    ...(evalFraction === undefined ? [] : ["--eval-fraction", `${evalFraction}`]),
    ...(seed === undefined ? [] : ["--seed", `${seed}`]),
  ];
  const model = [chat === true ? "--teacher" : "--child", shellPath(output)];
  return ["npx dialogue-ppo train --data", shellPath(data), ...split, ...model].join(" ");
}

/** The `pretrain` command, which trains a child, or with --chat a teacher, from a corpus. */
export const pretrainCommand: CommandModule<object, PretrainArguments> = {
  command: "pretrain",
  describe: "Train a child or a teacher from scratch on a corpus.",
  builder: (argv) => withOptions<PretrainArguments>(argv, COMMANDS.pretrain),
  handler: sharedByRanks(async (args) => {
    const { pretrain } = await import("../../pretrain/pretrain.ts");
    const { show, end } = recordReporter(args.json === true);
    const interrupts = catchInterrupts();
    const startedAt = performance.now();
    try {
      const given = givenOptions(args, PRETRAIN_OPTIONS);
      const result = await pretrain(given, {
        resume: resumeValue(args),
        verify: args.verify,
        stop: interrupts.stop,
        signal: interrupts.signal,
        log: terminalLogger,
        onRecord: (record, progress) => {
          interrupts.stepsStarted();
          show(record, progress.totalSteps);
        },
      });
      end();
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      const perplexityNote =
        result.perplexity === null ? "" : `, held-out perplexity ${result.perplexity.toFixed(1)}`;
      const reason = ENDINGS[result.ending] ?? result.ending;
      printMessage(
        `${result.output}: ${formatCount(result.steps, "step")}${perplexityNote} (${reason}; ${seconds} s)`,
      );
      const next = result.ending === "stopAfter" ? undefined : nextCommand(given, result.output);
      if (args.json) printJson({ type: "result", ...result });
      else if (next !== undefined) printMessage(`next: ${next}`);
      if (interrupts.stop.aborted) process.exitCode = 130;
    } finally {
      end();
      interrupts.release();
    }
  }),
};
