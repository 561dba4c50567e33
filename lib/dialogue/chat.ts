/** Wording of what the teacher is asked; the defaults can be replaced. */
export interface TeacherWording {
  readonly system: string;
  readonly request: string;
}

export const DEFAULT_WORDING: TeacherWording = {
  system:
    "You help a learner take part in everyday conversations. You are shown a partial dialogue and the learner's next " +
    "turn. Write that turn as it should be: of similar length, coherent with what was said, correct and appropriate. " +
    "Answer with the turn alone, without comment and without repeating the dialogue.",
  request: "Write a better version of the learner's turn.",
};

export interface ChatOptions {
  readonly wording?: TeacherWording;
  /** Llama's official template puts the date into the system turn; given here as "26 Jul 2024". Default: no date. */
  readonly date?: string;
}

const chatTurn = (role: string, content: string): string =>
  `<|start_header_id|>${role}<|end_header_id|>\n\n${content}<|eot_id|>`;

/** Parts of the teacher's prompt; user text stands between parts that hold special tokens. */
export interface ChatPart {
  readonly text: string;
  /** Whether special tokens spelt out in it are meant. */
  readonly special: boolean;
}

/**
 * The teacher's prompt in Llama 3's chat format, for encoding part by part without adding a first token, so that
 * special tokens inside a dialogue stay text.
 *
 * @param partial the dialogue so far, labels included
 * @param childTurn what the child said next
 */
export function teacherPrompt(partial: string, childTurn: string, options: ChatOptions = {}): ChatPart[] {
  const { system, request } = options.wording ?? DEFAULT_WORDING;
  const dated = options.date ? `Cutting Knowledge Date: December 2023\nToday Date: ${options.date}\n\n` : "";
  const head = `<|begin_of_text|>${chatTurn("system", dated + system)}<|start_header_id|>user<|end_header_id|>\n\n`;
  const tail = "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n";
  return [
    { text: head, special: true },
    { text: `Partial dialogue:\n${partial}\n\nLearner's turn:\n${childTurn}\n\n${request}`, special: false },
    { text: tail, special: true },
  ];
}

/** The whole prompt as one string, as the model's template would print it. */
export function teacherPromptText(partial: string, childTurn: string, options: ChatOptions = {}): string {
  return teacherPrompt(partial, childTurn, options)
    .map(({ text }) => text)
    .join("");
}
