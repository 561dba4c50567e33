import type { CommandModule } from "yargs";
import { DialoguePpoError } from "../../errors.ts";
import type { PresetName } from "../../reward/presets.ts";
import type { IndexMode } from "../../taaco/types.ts";

interface ScoreArguments {
  readonly files?: readonly string[];
  readonly data?: string;
  readonly "text-column": string;
  readonly source?: string;
  readonly output?: string;
  readonly spaces?: string;
  readonly calibration?: string;
  readonly "score-preset": string;
  readonly "index-mode": string;
  readonly "taaco-lists"?: string;
  readonly frequencies?: string;
  readonly workers?: string;
  readonly explain?: string;
  readonly json?: boolean;
}

const file = { type: "string", requiresArg: true } as const;

function workersOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const workers = Number(text);
  if (!Number.isInteger(workers) || workers < 0 || workers > 256) {
    throw new DialoguePpoError("ERR_CONFIG", `--workers ${text}: expected a whole number from 0 to 256`);
  }
  return workers;
}

/** Scores texts with TAACO's indices. */
export const scoreCommand: CommandModule<object, ScoreArguments> = {
  command: "score [files..]",
  describe: "TAACO indices and composite of texts: text files, a CSV column, JSON lines",
  builder: (argv) =>
    argv
      .positional("files", { type: "string", array: true, describe: "text files, one text each" })
      .option("data", {
        ...file,
        alias: "data_path",
        describe: "CSV with one text a row, or JSON lines (.jsonl)",
      })
      .option("text-column", {
        ...file,
        alias: "text_column",
        default: "text",
        describe: "CSV column of the texts",
      })
      .option("source", { ...file, describe: "source text: adds the 26 source indices" })
      .option("output", {
        ...file,
        describe: "file for the rows, .csv or .jsonl; default: CSV on standard output",
      })
      .option("spaces", { ...file, describe: "folder of semantic spaces; default: the starter spaces" })
      .option("calibration", { ...file, describe: "calibration of the composite; default: the starter one" })
      .option("score-preset", {
        ...file,
        default: "taaco",
        choices: ["taaco", "original"],
        describe: "composite",
      })
      .option("index-mode", {
        ...file,
        default: "corrected",
        choices: ["corrected", "faithful"],
        describe: "corrected, or faithful to every quirk of the official tool",
      })
      .option("taaco-lists", { ...file, describe: "folder of the official package's word lists" })
      .option("frequencies", { ...file, describe: "reference frequencies for the keyword indices" })
      .option("workers", { ...file, describe: "threads; 0 works in the main one [one a core, at most 8]" })
      .option("explain", { ...file, describe: "show the words and segment pairs behind an index" }) as never,
  handler: async (args) => {
    const twice = Object.keys(args).find(
      (name) => name !== "files" && name !== "_" && Array.isArray(args[name as never]),
    );
    if (twice !== undefined) throw new DialoguePpoError("ERR_CONFIG", `--${twice} was given twice`);
    const { score } = await import("../score/run.ts");
    await score({
      files: args.files ?? [],
      data: args.data,
      textColumn: args["text-column"],
      source: args.source,
      output: args.output,
      spaces: args.spaces,
      calibration: args.calibration,
      preset: args["score-preset"] as PresetName,
      indexMode: args["index-mode"] as IndexMode,
      taacoLists: args["taaco-lists"],
      frequencies: args.frequencies,
      workers: workersOf(args.workers),
      explain: args.explain,
      json: args.json === true,
    });
  },
};
