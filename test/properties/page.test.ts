import { describe, expect, it } from "vitest";
import { escapeHtml } from "../../lib/page/escape.ts";
import { anyText, fc, textOver } from "./laws.ts";

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
const text = fc.oneof(anyText(40), textOver("&<>\"'/-!a;#39mp\u2028\u2029"));

/** The characters that a browser shows for the five entities. */
const plainOf = (html: string): string =>
  html.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] as string);

describe("escapeHtml", () => {
  it("leaves no markup characters, and a browser shows the original text", () => {
    fc.assert(
      fc.property(text, (plain) => {
        const html = escapeHtml(plain);
        expect(html).not.toMatch(/[<>"']/);
        expect(html.replaceAll(/&(amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
        expect(plainOf(html)).toBe(plain);
      }),
    );
  });
});
