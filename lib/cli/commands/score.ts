import type { Argv, CommandModule } from "yargs";
import { interruptible } from "../interrupt.ts";
import { ownOptions, withFields } from "../own-options.ts";
import { SCORE_FIELDS } from "../score/fields.ts";
import type { ScoreRequest } from "../score/run.ts";

type ScoreArguments = { readonly files?: readonly string[]; readonly json?: boolean } & Record<
  string,
  unknown
>;

/** Scores texts with TAACO's indices. */
export const scoreCommand: CommandModule<object, ScoreArguments> = {
  command: "score [files..]",
  describe: "TAACO indices and composite of texts: text files, a CSV column, JSON lines",
  builder: (argv) =>
    withFields(argv, SCORE_FIELDS).positional("files", {
      type: "string",
      array: true,
      describe: "text files, one text each",
    }) as unknown as Argv<ScoreArguments>,
  handler: async (args) => {
    const options = await ownOptions<Omit<ScoreRequest, "files" | "json">>(args, SCORE_FIELDS);
    const { score } = await import("../score/run.ts");
    const request = { ...options, files: args.files ?? [], json: args.json === true };
    const left = options.output === undefined ? "" : `${options.output} was not written`;
    await interruptible((signal) => score(request, signal), left);
  },
};
