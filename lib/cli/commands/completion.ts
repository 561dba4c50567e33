import path from "node:path";
import type { CommandModule } from "yargs";
import { DialoguePpoError } from "../../errors.ts";
import { completionScript, SHELLS, type Shell } from "../completion-scripts.ts";
import { printJson, printResult } from "../output.ts";

interface CompletionArguments {
  readonly shell?: string | undefined;
  readonly json?: boolean | undefined;
}

const isShell = (name: string): name is Shell => SHELLS.some((shell) => shell === name);

/** Returns the given shell, or that of the user. */
function chooseShell(given: string | undefined): Shell {
  const name = given ?? path.basename(process.env.SHELL ?? "");
  if (isShell(name)) return name;
  const problem = given === undefined ? "the shell is unknown" : `${name} has no completion`;
  throw new DialoguePpoError("ERR_CONFIG", `${problem}; expected completion ${SHELLS.join(", completion ")}`);
}

/** The `completion` command, which prints a script for a shell. */
export const completionCommand: CommandModule<object, CompletionArguments> = {
  command: "completion [shell]",
  describe: "Print a completion script for bash, zsh or fish.",
  builder: (argv) =>
    argv
      .positional("shell", {
        type: "string",
        describe: `Shell: ${SHELLS.join(", ")}. Default: that of the environment variable SHELL.`,
      })
      .example("source <(dialogue-ppo completion bash)", "in ~/.bashrc"),
  handler: ({ shell: given, json }) => {
    const shell = chooseShell(given);
    const script = completionScript(shell);
    if (json) printJson({ type: "result", shell, script });
    else printResult(script);
  },
};
