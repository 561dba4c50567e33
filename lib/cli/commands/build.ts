import type { CommandModule } from "yargs";
import { DialoguePpoError } from "../../errors.ts";
import { emit, say } from "../output.ts";

interface BuildArguments {
  readonly force?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Builds the addon. */
export const buildCommand: CommandModule<object, BuildArguments> = {
  command: "build",
  describe: "build the native addon",
  builder: (argv) => argv.option("force", { type: "boolean", describe: "build even when it is up to date" }),
  handler: async (args) => {
    const { buildAddon } = await import("../../../native/tools/build.js");
    const result = await buildAddon({ force: args.force === true, say }).catch((cause: Error) => {
      throw new DialoguePpoError("ERR_NATIVE_MISSING", cause.message, { cause });
    });
    if (args.json) emit({ type: "result", ...result });
    else say(result.built ? `built ${result.addon}` : `up to date: ${result.addon}`);
  },
};
