/** Texts of the teacher's prompt. */
export interface TeacherWording {
  /** System message. */
  readonly system: string;
  /** Request at the end of the user message. */
  readonly request: string;
}

/** Default texts of the teacher's prompt. */
export const DEFAULT_WORDING: TeacherWording = {
  system:
    "You help a learner take part in everyday conversations. You are shown a partial dialogue and the learner's next " +
    "turn. Write that turn as it should be: of similar length, coherent with what was said, correct and appropriate. " +
    "Answer with the turn alone, without comment and without repeating the dialogue.",
  request: "Write a better version of the learner's turn.",
};

/** Options of {@link teacherPrompt}. */
export interface ChatOptions {
  /** Texts of the prompt. Default: {@link DEFAULT_WORDING}. */
  readonly wording?: TeacherWording;
  /** Date such as "26 Jul 2024", which Llama's official template adds to the system message. Default: no date. */
  readonly date?: string;
}

/** Returns a message in Llama 3's chat format. */
const chatTurn = (role: string, content: string): string =>
  `<|start_header_id|>${role}<|end_header_id|>\n\n${content}<|eot_id|>`;

/** A part of the teacher's prompt. User text and special tokens are never in the same part. */
export interface ChatPart {
  /** Text of this part. */
  readonly text: string;
  /** Whether the text of a special token is encoded as that token. */
  readonly special: boolean;
}

/**
 * Builds the teacher's prompt in Llama 3's chat format. Encode the parts one by one and without adding a first token, so
 * that special tokens in a dialogue remain plain text.
 *
 * @param partial the partial dialogue, with speaker labels
 * @param childTurn the child's next turn
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

/** Returns the teacher's prompt as one string, as the model's chat template renders it. */
export function teacherPromptText(partial: string, childTurn: string, options: ChatOptions = {}): string {
  return teacherPrompt(partial, childTurn, options)
    .map(({ text }) => text)
    .join("");
}
