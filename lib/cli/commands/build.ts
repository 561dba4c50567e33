import type { CommandModule } from "yargs";
import { DialoguePpoError } from "../../errors.ts";
import { COMMANDS } from "../../options/commands.ts";
import { type CommandArguments, withOptions } from "../options.ts";
import { printJson, printMessage } from "../output.ts";

interface BuildArguments extends CommandArguments {
  readonly force?: boolean | undefined;
}

/** The `build` command, which builds the native addon. */
export const buildCommand: CommandModule<object, BuildArguments> = {
  command: "build",
  describe: "Build the native addon.",
  builder: (argv) => withOptions<BuildArguments>(argv, COMMANDS.build),
  handler: async (args) => {
    const { buildAddon } = await import("../../../native/tools/build.js");
    const result = await buildAddon({ force: args.force === true, say: printMessage }).catch(
      (cause: Error) => {
        throw new DialoguePpoError("ERR_NATIVE_MISSING", cause.message, { cause });
      },
    );
    if (args.json) printJson({ type: "result", ...result });
    else printMessage(result.built ? `built ${result.addon}` : `up to date: ${result.addon}`);
  },
};
