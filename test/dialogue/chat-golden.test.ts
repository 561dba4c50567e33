import { describe, expect, it } from "vitest";
import { ChatTemplate, TemplateRefusal } from "../../lib/dialogue/chat-template.ts";
import { TeacherChat } from "../../lib/dialogue/teacher-chat.ts";
import { loadShape, shapes, wording } from "./chat-shapes.ts";

describe.each(shapes)("the chat form of $name", (shape) => {
  const date = shape.date ?? undefined;

  it("has the texts and ids of apply_chat_template for any messages", async () => {
    const tokenizer = await loadShape(shape);
    const { specialTokens } = tokenizer;
    const template = new ChatTemplate(shape.config.chat_template, { specialTokens, date });
    for (const { messages, prompt, ...expected } of shape.chats) {
      const chat = messages.map(([role, content]) => ({ role, content }));
      if ("refusal" in expected) {
        expect(() => template.render(chat, prompt)).toThrow(TemplateRefusal);
        expect(() => template.render(chat, prompt)).toThrow(expected.refusal);
      } else {
        const text = template.render(chat, prompt);
        expect(text).toBe(expected.text);
        // transformers gives the same text for a template that was saved with the line ends of Windows.
        const windows = shape.config.chat_template.replaceAll("\n", "\r\n");
        expect(new ChatTemplate(windows, { specialTokens, date }).render(chat, prompt)).toBe(text);
        const ids = tokenizer.encode(text, { addSpecialTokens: false, allowSpecial: true });
        expect([...ids]).toEqual(expected.ids);
      }
    }
  });

  it("has the texts and ids of apply_chat_template for the teacher's prompts", async () => {
    const chat = new TeacherChat(await loadShape(shape), { wording, ...(date !== undefined && { date }) });
    for (const { partial, turn, joined, text, ids } of shape.exchanges) {
      expect(chat.joinsSystem).toBe(joined);
      expect(chat.prompt(partial, turn).text).toBe(text);
      expect([...chat.prompt(partial, turn).ids]).toEqual(ids);
    }
  });
});
