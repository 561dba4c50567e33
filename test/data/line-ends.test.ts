import { describe, expect, it } from "vitest";
import { parseTurns } from "../../lib/data/dialogue.ts";
import { buildPrompt, promptOf } from "../../lib/dialogue/prompt.ts";
import { childTurn, teacherTurn, turnStream } from "../../lib/dialogue/turn-text.ts";
import { parseTypedTurns } from "../../lib/generate/conversation.ts";
import { loadCorpus } from "../../lib/pretrain/corpus.ts";
import { Taaco } from "../../lib/taaco/taaco.ts";
import { temporaryFolder, writerIn } from "../temporary.ts";

const LINE_ENDS = ["\r", "\r\n", "\n\r\n"];
const TEXT = "A:: The dog ran.\nB:: It sat.\nA:: Well, yes.";
const write = writerIn(temporaryFolder());

describe.each(LINE_ENDS)("with the line end %j", (end) => {
  const text = TEXT.replaceAll("\n", end);
  /** CR, LF and CRLF are one line end each, so "\n\r\n" is two. */
  const same = TEXT.replaceAll("\n", end === "\n\r\n" ? "\n\n" : "\n");

  it("turns and prompts are those of line feeds", () => {
    const turns = parseTurns(same);
    expect(parseTurns(text)).toEqual(turns);
    expect(parseTypedTurns(text)).toEqual(parseTypedTurns(same));
    expect(buildPrompt({ id: "x", text, turns }, "all")?.partial).toBe(same);
    const foreign = [{ speaker: "A", text: `one${end}two` }];
    expect(promptOf("x", foreign).text).toBe(`A:: one${end === "\n\r\n" ? "\n\n" : "\n"}two\nB::`);
  });

  it("a generated turn ends there", () => {
    expect(childTurn(` well ${end}more`)).toBe("well");
    expect(teacherTurn(`${end}A:: fine ${end}more`)).toBe("fine");
    expect(teacherTurn(`A::${end} fine${end}`)).toBe("fine");
    const stream = turnStream();
    expect([" well ", `yes${end}`, "more"].map((piece) => stream.push(piece)).join("")).toBe("well yes");
  });

  it("a document has the same indices", async () => {
    const taaco = await Taaco.create({ mode: "faithful" });
    expect(taaco.indices(text)).toEqual(taaco.indices(same));
    const turns = (ends: string) => ({ turns: [{ speaker: "A", text: `The dog ran.${ends}It sat.` }] });
    expect(taaco.indices(turns(end))).toEqual(taaco.indices(turns("\n")));
  });

  it("paragraphs of a text file are the same", async () => {
    const config = { textColumn: "text", minWords: 1, maxWords: 99, evalFraction: 0, seed: 0 };
    const paragraphs = async (content: string): Promise<string[]> =>
      (await loadCorpus({ ...config, data: write("corpus.txt", content) })).train.map(({ text }) => text);
    expect(await paragraphs(`One.${end}${end}Two${end}three.`)).toEqual(
      await paragraphs(`One.\n\nTwo${end === "\n\r\n" ? "\n\n" : "\n"}three.`),
    );
  });
});

it("no other character ends a line", () => {
  const odd = "A:: a\u2028B:: b\u0085c\vd\fe";
  expect(parseTurns(odd)).toEqual([{ speaker: "A", text: odd.slice(4) }]);
  expect(childTurn("a\u2028b\u0085c\vd\fe")).toBe("a\u2028b\u0085c\vd\fe");
});
