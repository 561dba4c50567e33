import type { ChatMessage } from "./chat-template.ts";

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

/** Options of the teacher's prompt. */
export interface ChatOptions {
  /** Texts of the prompt. Default: {@link DEFAULT_WORDING}. */
  readonly wording?: TeacherWording;
  /** Date such as "26 Jul 2024" for templates that tell the model a date. Default: the date in the template. */
  readonly date?: string;
}

/** Line of the user message before the dialogue. */
export const DIALOGUE_HEADING = "Partial dialogue:\n";

/**
 * Returns the messages that ask the teacher for a better turn.
 *
 * @param partial the partial dialogue, with speaker labels
 * @param childTurn the child's next turn
 */
export function teacherMessages(
  partial: string,
  childTurn: string,
  { system, request }: TeacherWording = DEFAULT_WORDING,
): [ChatMessage, ChatMessage] {
  return [
    { role: "system", content: system },
    { role: "user", content: `${DIALOGUE_HEADING}${partial}\n\nLearner's turn:\n${childTurn}\n\n${request}` },
  ];
}

/**
 * Returns the messages with the text of the system message in front of the user's, for templates without system
 * messages.
 */
export function joinSystem(messages: readonly ChatMessage[]): ChatMessage[] {
  const [first, second, ...rest] = messages;
  if (first?.role !== "system" || second === undefined) return [...messages];
  return [{ role: second.role, content: `${first.content}\n\n${second.content}` }, ...rest];
}

/** Special tokens of Llama 3's chat form. */
export const LLAMA3_MARKERS = [
  "<|begin_of_text|>",
  "<|start_header_id|>",
  "<|end_header_id|>",
  "<|eot_id|>",
] as const;

/** Template of Llama 3's chat form, for tokenizers that have its special tokens and no template. */
export const LLAMA3_TEMPLATE =
  "<|begin_of_text|>{% for message in messages %}" +
  "{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}" +
  "{% if message['role'] == 'system' and date_string is defined %}" +
  "{{ 'Cutting Knowledge Date: December 2023\\nToday Date: ' + date_string + '\\n\\n' }}{% endif %}" +
  "{{ message['content'] + '<|eot_id|>' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}";
