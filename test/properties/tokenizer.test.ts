import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { temporaryFile, temporaryFolder } from "../temporary.ts";
import { anyText, fc, resultOrError } from "./laws.ts";

const starter = path.resolve(import.meta.dirname, "../../data/starter");
const json = fc.jsonValue({ maxDepth: 3 });

describe.each(["child", "teacher"])("the %s's tokenizer", (name) => {
  let tokenizer: Tokenizer;
  let specials: string[];

  beforeAll(async () => {
    const folder = path.join(starter, name);
    tokenizer = await Tokenizer.load(folder);
    const { added_tokens: added } = JSON.parse(readFileSync(path.join(folder, "tokenizer.json"), "utf8"));
    specials = (added as { content: string }[]).map(({ content }) => content);
  });

  /** Any text, which may contain special tokens as text. */
  const text = fc
    .array(
      fc.oneof(anyText(30), fc.nat(1000), fc.constantFrom(" ", "\n", "\r\n", "\u0085", "\ufeff", "don't")),
      { maxLength: 6 },
    )
    .map((parts) => ({
      toText: () =>
        parts.map((part) => (typeof part === "number" ? specials[part % specials.length] : part)).join(""),
    }));

  it("decodes what it encoded", () => {
    fc.assert(
      fc.property(text, fc.boolean(), (made, addSpecialTokens) => {
        const plain = made.toText();
        expect(tokenizer.decode(tokenizer.encode(plain, { addSpecialTokens }))).toBe(plain);
      }),
    );
  });

  it("keeps special tokens when they are allowed and shown", () => {
    fc.assert(
      fc.property(text, (made) => {
        const plain = made.toText();
        const ids = tokenizer.encode(plain, { addSpecialTokens: false, allowSpecial: true });
        expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe(plain);
      }),
    );
  });

  it("cuts to a length on either side and stays within its vocabulary", () => {
    fc.assert(
      fc.property(
        text,
        fc.nat(12),
        fc.constantFrom("left" as const, "right" as const),
        (made, maxLength, side) => {
          const plain = made.toText();
          const all = tokenizer.encode(plain);
          const cut = tokenizer.encode(plain, { maxLength, truncationSide: side });
          expect(cut.length).toBe(Math.min(maxLength, all.length));
          expect([...all].every((id) => id >= 0 && id < tokenizer.vocabSize)).toBe(true);
          if (side === "right") expect([...cut]).toEqual([...all.slice(0, maxLength)]);
        },
      ),
    );
  });

  it("streams the text that it decodes at once, for any ids", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1e6), { maxLength: 20 }), (numbers) => {
        const ids = numbers.map((number) => number % tokenizer.vocabSize);
        const decoder = tokenizer.streamDecoder();
        const pieces = ids.map((id) => decoder.push(id));
        expect(pieces.join("") + decoder.flush()).toBe(tokenizer.decode(ids));
      }),
    );
  });
});

describe("the files of a tokenizer", () => {
  const write = (files: Readonly<Record<string, string>>): string => {
    const folder = temporaryFolder();
    for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
    return folder;
  };

  it("of any content load or are refused with a one-line error", async () => {
    const near = fc.record(
      {
        model: fc.oneof(json, fc.record({ type: json, vocab: json, merges: fc.oneof(json, fc.array(json)) })),
        added_tokens: json,
        pre_tokenizer: fc.oneof(
          json,
          fc.record({ type: fc.constantFrom("Sequence", "ByteLevel"), pretokenizers: json }),
        ),
        post_processor: json,
      },
      { requiredKeys: ["model"] },
    );
    const text = fc.oneof(
      json.map((value) => JSON.stringify(value)),
      near.map((value) => JSON.stringify(value)),
      anyText(30),
    );
    await fc.assert(
      fc.asyncProperty(text, json, async (tokenizer, config) => {
        const folder = write({
          "tokenizer.json": tokenizer,
          "tokenizer_config.json": JSON.stringify(config),
        });
        await resultOrError(() => Tokenizer.load(folder));
      }),
    );
  });

  it("in the older format load or are refused with a one-line error, for any content", async () => {
    await fc.assert(
      fc.asyncProperty(json, json, json, anyText(30), async (vocab, config, map, merges) => {
        const folder = write({
          "vocab.json": JSON.stringify(vocab),
          "merges.txt": merges,
          "tokenizer_config.json": JSON.stringify(config),
          "special_tokens_map.json": JSON.stringify(map),
        });
        await resultOrError(() => Tokenizer.load(folder));
      }),
    );
  });

  it("that are folders are refused with a one-line error", async () => {
    const folder = temporaryFile("tokenizer");
    mkdirSync(path.join(folder, "tokenizer.json"), { recursive: true });
    expect(await resultOrError(() => Tokenizer.load(folder))).toBeUndefined();
  });
});
