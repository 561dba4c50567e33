import yargs, { type Argv, type CommandModule } from "yargs";
import { DialoguePpoError } from "../errors.ts";
import { fileErrorCode, fileErrorReason } from "../files/file-error.ts";
import { GLOBAL_OPTIONS } from "../options/tables/run.ts";
import { buildCommand } from "./commands/build.ts";
import { calibrateCommand } from "./commands/calibrate.ts";
import { checkCommand } from "./commands/check.ts";
import { completionCommand } from "./commands/completion.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { generateCommand } from "./commands/generate.ts";
import { pretrainCommand } from "./commands/pretrain.ts";
import { reportCommand } from "./commands/report.ts";
import { scoreCommand } from "./commands/score.ts";
import { spacesCommand } from "./commands/spaces.ts";
import { stepsCommand } from "./commands/steps.ts";
import { trainCommand } from "./commands/train.ts";
import { Interrupted } from "./interrupt.ts";
import { canonicalFlags, checkArguments, yargsOption } from "./options.ts";
import { checkOutputAtEnd, helpWidth, OutputClosed, printJson, printMessage } from "./output.ts";
import { usageError } from "./usage-error.ts";

/** All commands. Their handlers import heavy modules only when they run, so that help is fast. */
const COMMANDS = [
  trainCommand,
  evaluateCommand,
  generateCommand,
  reportCommand,
  checkCommand,
  stepsCommand,
  scoreCommand,
  pretrainCommand,
  spacesCommand,
  calibrateCommand,
  buildCommand,
  doctorCommand,
  completionCommand,
] as unknown as readonly CommandModule[];

function parserFor(args: readonly string[], version: string): Argv {
  const parser = yargs(canonicalFlags(args))
    .scriptName("dialogue-ppo")
    .usage(
      "$0 <command>\n\nFine-tunes a small language model by PPO so that it continues dialogues more cohesively.",
    )
    .command(COMMANDS as CommandModule[])
    .option("json", yargsOption(GLOBAL_OPTIONS.json))
    .version(version)
    .help()
    .alias("h", "help")
    .strict()
    .check((parsed) => {
      checkArguments(parsed, args);
      return true;
    })
    .demandCommand(1, "a command is missing; see dialogue-ppo --help")
    .recommendCommands()
    .epilogue("Exit codes: 0 success, 1 failure, 2 bad input or usage, 3 addon missing, 130 interrupted.")
    .wrap(helpWidth())
    .parserConfiguration({
      "camel-case-expansion": false,
      "duplicate-arguments-array": true,
      "parse-numbers": false,
    })
    .exitProcess(false);
  return parser.fail((message, error, usage) => {
    // Errors of yargs itself (YError) are usage errors too.
    if (error && error.name !== "YError") throw error;
    // yargs passes its help texts here, although its types declare the parser.
    const texts = usage as unknown as { getDescriptions(): Record<string, string> };
    throw usageError(message ?? error?.message ?? "", parser, args, (name) => texts.getDescriptions()[name]);
  });
}

/** Returns the error as a DialoguePpoError, so that every failure has a code. */
function toDialoguePpoError(error: unknown): DialoguePpoError {
  if (error instanceof DialoguePpoError) return error;
  const failed = error as NodeJS.ErrnoException & { dest?: string };
  const { message = String(error), path, dest, syscall } = failed;
  if (error instanceof Interrupted) return new DialoguePpoError("ERR_ABORTED", message, { cause: error });
  const fileCode = fileErrorCode(error);
  // The state of the system needs no place, and is not known to have one: a limit can be met while modules are read.
  const unnamed = fileCode === "ERR_IO" ? undefined : "a file";
  const place = dest ?? path ?? (syscall === "uv_cwd" ? "the working directory" : unnamed);
  const reason = place === undefined ? fileErrorReason(error) : `${place}: ${fileErrorReason(error)}`;
  const text = fileCode === undefined ? message : reason;
  return new DialoguePpoError(fileCode ?? "ERR_INTERNAL", text, { cause: error });
}

function reportError(error: DialoguePpoError, json: boolean): void {
  const message = error.cause instanceof Interrupted ? error.cause.message : error.message;
  printMessage(`dialogue-ppo: ${message}`);
  if (process.env.DIALOGUE_PPO_DEBUG)
    printMessage(String((error.cause as Error | undefined)?.stack ?? error.stack));
  if (json) printJson({ type: "error", code: error.code, message });
}

/**
 * Runs the command line and reports an error on standard error.
 *
 * @param args command-line arguments after the program's name
 * @param version version of the package, for --version
 * @returns the exit code: 0 success, 1 failure, 2 bad input or usage, 3 addon missing, 130 interrupted
 */
export async function runProgram(args: readonly string[], version: string): Promise<number> {
  try {
    await parserFor(args, version).parseAsync();
    await checkOutputAtEnd();
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof OutputClosed) return 0;
    const failure = toDialoguePpoError(error);
    reportError(failure, args.includes("--json"));
    return failure.exitCode;
  }
}
