import type { Argv, CommandModule } from "yargs";
import { COMMANDS } from "../../options/commands.ts";
import { interruptible } from "../interrupt.ts";
import { type CommandArguments, ownOptions, withOptions } from "../options.ts";

interface ScoreArguments extends CommandArguments {
  readonly files?: readonly string[];
}

/** The `score` command, which computes TAACO indices for texts. */
export const scoreCommand: CommandModule<object, ScoreArguments> = {
  command: "score [files..]",
  describe: "Compute the indices of TAACO and the composite score of text files, a CSV column or JSON lines.",
  builder: (argv) =>
    withOptions<ScoreArguments>(argv, COMMANDS.score).positional("files", {
      type: "string",
      array: true,
      describe:
        "Text files with one text each, or folders, whose .txt files are scored, including those in subfolders.",
    }) as unknown as Argv<ScoreArguments>,
  handler: async (args) => {
    const options = ownOptions(args, COMMANDS.score.own);
    const { runScore } = await import("../score/run.ts");
    const request = { ...options, files: args.files ?? [] };
    const left = options.output === undefined ? "" : `${options.output} was not written`;
    await interruptible((signal) => runScore(request, args.json === true, signal), left);
  },
};
