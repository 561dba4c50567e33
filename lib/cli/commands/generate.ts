import type { Argv, CommandModule } from "yargs";
import type { Exchange } from "../../dialogue/exchange.ts";
import type { TrainConfig } from "../../options/train-config.ts";
import { emit } from "../output.ts";
import { configSources, type RunArguments, SPEAKER_OPTIONS, withRunOptions } from "../train-flags.ts";

const OPTIONS = [...SPEAKER_OPTIONS, "child"];

type GenerateArguments = RunArguments & {
  readonly run?: string | undefined;
  readonly checkpoint?: number | undefined;
  readonly prompt?: string | undefined;
  readonly file?: string | undefined;
  readonly speaker?: string | undefined;
  readonly interactive?: boolean | undefined;
  readonly "with-teacher"?: boolean | undefined;
};

const OWN = {
  run: { type: "string", requiresArg: true, describe: "run folder whose trained child speaks" },
  checkpoint: {
    type: "number",
    requiresArg: true,
    describe: "step of the run's checkpoint; default: the newest",
  },
  prompt: {
    type: "string",
    requiresArg: true,
    describe: 'the dialogue so far, for example "A:: hello\\nB:: hi"',
  },
  file: {
    type: "string",
    requiresArg: true,
    describe: "file with the dialogue so far; default: standard input",
  },
  speaker: { type: "string", requiresArg: true, describe: "who speaks next; default: the other of the two" },
  interactive: { type: "boolean", describe: "a conversation; the default at a terminal without a prompt" },
  "with-teacher": {
    type: "boolean",
    describe: "also the teacher's version of each turn; implied by --teacher",
  },
} as const;

/** Continues a dialogue at the terminal. */
export const generateCommand: CommandModule<object, GenerateArguments> = {
  command: "generate",
  describe: "continue a dialogue: one turn, or a conversation",
  builder: (argv) => withRunOptions(argv, OPTIONS).options(OWN) as unknown as Argv<GenerateArguments>,
  handler: runGenerate,
};

async function runGenerate(args: GenerateArguments): Promise<void> {
  const text = await givenText(args);
  const { exchange, config } = await openExchange(args);
  if (text === undefined) {
    const { converse } = await import("../converse.ts");
    await converse(exchange, config);
  } else {
    await continueOnce(exchange, config, text, args);
  }
}

/** The dialogue to continue; undefined for a conversation. */
async function givenText(args: GenerateArguments): Promise<string | undefined> {
  const { DialoguePpoError } = await import("../../errors.ts");
  const { prompt, file, interactive } = args;
  if (prompt !== undefined && file !== undefined) {
    throw new DialoguePpoError("ERR_CONFIG", "--prompt and --file are both given; expected one of them");
  }
  if (interactive === true) return undefined;
  // A shell passes "\n" in quotes as two characters.
  if (prompt !== undefined) return prompt.replaceAll("\\n", "\n");
  const { readFileSync } = await import("node:fs");
  if (file !== undefined) {
    try {
      return readFileSync(file, "utf8");
    } catch (cause) {
      const { message } = cause as Error;
      throw new DialoguePpoError("ERR_DATA", `${file} cannot be read: ${message}`, { cause });
    }
  }
  if (process.stdin.isTTY) return undefined;
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk as string;
  return text;
}

async function openExchange(args: GenerateArguments): Promise<{ exchange: Exchange; config: TrainConfig }> {
  const { resolveConfig } = await import("../../options/resolve.ts");
  const { terminalLogger: log } = await import("../log.ts");
  const { childOf, findModel, loadParticipant, locateRun, openEngine } = await import("../participants.ts");
  const { Exchange } = await import("../../dialogue/exchange.ts");
  const sources = await configSources(args);
  const run = args.run === undefined ? undefined : locateRun(args.run, args.checkpoint);
  const { config } = resolveConfig({ ...sources, checkpoint: run?.config });
  const folder =
    run !== undefined && sources.flags.child === undefined
      ? childOf(run)
      : await findModel("child", config.child, config.revision, log);
  const device = openEngine(config);
  const child = await loadParticipant("child", folder, config, {
    device,
    tokenizerFolder: config.childTokenizer,
  });
  const asked = args["with-teacher"] ?? sources.flags.teacher !== undefined;
  const teacher = asked
    ? await loadParticipant(
        "teacher",
        await findModel("teacher", config.teacher, config.revision, log),
        config,
        {
          device,
          tokenizerFolder: config.teacherTokenizer,
        },
      )
    : undefined;
  return { exchange: new Exchange(child, teacher, { maxNewTokens: config.maxNewTokens }), config };
}

async function continueOnce(
  exchange: Exchange,
  config: TrainConfig,
  text: string,
  { json, speaker }: GenerateArguments,
): Promise<void> {
  const { reply, typedTurns } = await import("../conversation.ts");
  const { maxNewTokens, seed } = config;
  const onText = json ? undefined : (piece: string) => void process.stdout.write(piece);
  const options = { maxNewTokens, seed, speaker, ...(onText ? { onText } : {}) };
  const answer = await reply(exchange, typedTurns(text), options);
  const teacher = answer.teacher === undefined ? {} : { teacher: answer.teacher };
  if (json) {
    emit({ type: "result", text: answer.text, speaker: answer.speaker, ...teacher });
  } else {
    process.stdout.write("\n");
    if (answer.teacher !== undefined) process.stdout.write(`teacher: ${answer.teacher}\n`);
  }
}
