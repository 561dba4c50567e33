import { boolean, text } from "../option.ts";
import { EVALUATE_OPTIONS } from "./evaluate.ts";

/** Options of `generate` besides those of a run. */
export const GENERATE_OPTIONS = {
  run: text({ help: "Run folder whose trained child generates. Default: the model of --child." }),
  checkpoint: EVALUATE_OPTIONS.checkpoint,
  verify: EVALUATE_OPTIONS.verify,
  prompt: text({ help: 'Dialogue to continue, for example "A:: hello\\nB:: hi".' }),
  file: text({ help: "File with the dialogue to continue. Default: standard input." }),
  speaker: text({ help: "Speaker of the next turn. Default: the other of the two speakers." }),
  interactive: boolean({ help: "Hold a conversation. Default at a terminal if no dialogue is given." }),
  withTeacher: boolean({
    help: "Also show the teacher's version of each turn. Default if --teacher is given.",
  }),
};
