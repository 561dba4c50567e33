import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { type ChatMessage, ChatTemplate } from "../../lib/dialogue/chat-template.ts";

interface Golden {
  readonly messages: ChatMessage[];
  readonly cases: readonly { template: string; text: string }[];
}

const file = path.resolve(import.meta.dirname, "../golden/chat/jinja.json");
const { messages, cases } = JSON.parse(readFileSync(file, "utf8")) as Golden;

const render = (template: string): string =>
  new ChatTemplate(template, { specialTokens: {} }).render(messages, true);

it.each(cases)("a template has the text of transformers: $template", ({ template, text }) => {
  expect(render(template)).toBe(text);
});

it("a template that writes text before it leaves an iteration is refused, because the library loses that text", () => {
  for (const leave of ["continue", "break"]) {
    const rest = `{% if m.role == 'user' %}{% ${leave} %}{% endif %}x{% endfor %}`;
    expect(() => render(`{% for m in messages %}{{ m.role }}${rest}`)).toThrow("text before {% break %}");
    expect(() => render(`{% for m in messages %}${rest}`)).not.toThrow();
  }
});

it("a template with a list or an object as text is refused, because that text would be another one", () => {
  for (const value of ["[1, true]", "{'a': 1}", "messages", "messages | map(attribute='role') | list"]) {
    expect(() => render(`{{ ${value} }}`)).toThrow("writes a list or an object without tojson");
    expect(() => render(`{{ ${value} | tojson }}`)).not.toThrow();
  }
  expect(() => render("{{ x.strip('a') }}")).toThrow("strip of something that is not text");
});
