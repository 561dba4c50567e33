import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { converse } from "../../lib/cli/converse.ts";
import { Exchange } from "../../lib/dialogue/exchange.ts";
import { parseTypedTurns, reply } from "../../lib/generate/conversation.ts";
import { speaker } from "../dialogue/fake-speaker.ts";

const recordCalls = () => ({ seeds: [] as number[], prompts: [] as string[] });

describe("reply", () => {
  it("streams the turn and returns it", async () => {
    const exchange = new Exchange(speaker([" well yes it is"]), undefined, { maxNewTokens: 20 });
    const pieces: string[] = [];
    const options = { maxNewTokens: 20, seed: 0, onText: (piece: string) => void pieces.push(piece) };
    const answer = await reply(exchange, parseTypedTurns("A:: is it?"), options);
    expect(answer).toEqual({ speaker: "B", text: "well yes it is", teacher: undefined });
    expect(pieces.join("")).toBe("well yes it is");
    expect(pieces.filter((piece) => piece !== "").length).toBeGreaterThan(3);
  });

  it("streams the end of a turn that the decoder held back", async () => {
    const child = speaker(["yes 1"]);
    const { tokenizer } = child;
    // As in byte fallback, the last token is known to be complete only when another one follows or the turn ends.
    const held = {
      ...tokenizer,
      streamDecoder: () => {
        let last = "";
        const decoder = tokenizer.streamDecoder();
        return {
          push: (id: number) => {
            const ready = last;
            last = decoder.push(id);
            return ready;
          },
          flush: () => last,
        };
      },
      idsContaining: () => [],
    };
    const model = {
      ...child.model,
      generate: async (request: { readonly onToken?: (row: number, token: number) => void }) => {
        const sequence = tokenizer.encode("yes 1");
        for (const id of sequence) request.onToken?.(0, id);
        return { sequences: [sequence] };
      },
    };
    const exchange = new Exchange({ ...child, tokenizer: held, model } as never, undefined, {
      maxNewTokens: 20,
    });
    const pieces: string[] = [];
    await reply(exchange, parseTypedTurns("A:: is it?"), {
      maxNewTokens: 20,
      seed: 0,
      onText: (piece) => void pieces.push(piece),
    });
    expect(pieces.join("")).toBe("yes 1");
  });

  it("returns the turn of the teacher too", async () => {
    const exchange = new Exchange(speaker(["ya"]), speaker(["B:: Yes, it is."]), { maxNewTokens: 20 });
    const answer = await reply(exchange, parseTypedTurns("A:: is it?"), { maxNewTokens: 20, seed: 0 });
    expect(answer.teacher).toBe("Yes, it is.");
  });

  it("drops the oldest turns of a dialogue that is too long and rejects an empty dialogue", async () => {
    const calls = recordCalls();
    const exchange = new Exchange(speaker(["ok"], -1, calls, 60), undefined, { maxNewTokens: 20 });
    const turns = parseTypedTurns("one two three four five\nsix seven eight nine ten\neleven twelve");
    await reply(exchange, turns, { maxNewTokens: 20, seed: 0 });
    expect(calls.prompts).toEqual(["A:: eleven twelve\nB::"]);
    await expect(reply(exchange, [], { maxNewTokens: 20, seed: 0 })).rejects.toThrow(/nothing to continue/);
  });
});

describe("parseTypedTurns", () => {
  it("uses the labels of the text, or alternates two speakers without labels", () => {
    expect(parseTypedTurns("B:: hi\r\nA:: hello\n")).toEqual([
      { speaker: "B", text: "hi" },
      { speaker: "A", text: "hello" },
    ]);
    expect(parseTypedTurns("hi\n\n hello ")).toEqual([
      { speaker: "A", text: "hi" },
      { speaker: "B", text: "hello" },
    ]);
    expect(parseTypedTurns("\n")).toEqual([]);
  });
});

describe("converse", () => {
  it("keeps the history, uses a new seed for each turn, and starts again after /new", async () => {
    const calls = recordCalls();
    const exchange = new Exchange(speaker(["mhm"], -1, calls), undefined, { maxNewTokens: 20 });
    const input = new PassThrough();
    const output = new PassThrough();
    input.end("hello\n\nhow are you\n/new\nbye\n/quit\nnot this\n");
    await converse(exchange, { maxNewTokens: 20, seed: 3 }, { input, output });
    expect(calls.prompts).toEqual([
      "A:: hello\nB::",
      "A:: hello\nB:: mhm\nB::",
      "A:: hello\nB:: mhm\nB:: mhm\nA:: how are you\nB::",
      "A:: bye\nB::",
    ]);
    expect(new Set(calls.seeds).size).toBe(4);
    expect(String(output.read())).toContain("B> mhm\n");
  });

  it("leaves out a turn that is too long for the child, and goes on", async () => {
    const calls = recordCalls();
    const exchange = new Exchange(speaker(["mhm"], -1, calls, 60), undefined, { maxNewTokens: 20 });
    const input = new PassThrough();
    input.end(`hello\n${"very ".repeat(30)}long\nbye\n/quit\n`);
    await converse(exchange, { maxNewTokens: 20, seed: 3 }, { input, output: new PassThrough() });
    expect(calls.prompts).toEqual(["A:: hello\nB::", "A:: hello\nB:: mhm\nA:: bye\nB::"]);
  });
});
