import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { refuseExponentialPattern } from "../../lib/model/safe-pattern.ts";
import { Tokenizer } from "../../lib/model/tokenizer.ts";
import { temporaryFolder } from "../temporary.ts";

const llama = path.resolve(import.meta.dirname, "../golden/tokenizers/llama");

describe("a pattern of a tokenizer.json", () => {
  it.each([
    "(a+)+$",
    "(a*)*b",
    "([a-z]+)*!",
    "(?:\\w+\\s?)*$",
    "((a)+)+",
    "(?i:x{2,}y)+",
    "(a|a)*$",
    "(a|aa)+$",
    "(\\w|\\d)+$",
    "(?:[ab]|[bc])+c",
    "([\\]+]|\\]+)*",
  ])("%s is refused, because its time can be exponential", (pattern) => {
    expect(() => refuseExponentialPattern(pattern)).toThrow(/repeats a repetition/);
  });

  it.each([
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}]*[\\p{Ll}\\p{M}]+(?i:'s|'t)?|\\p{N}{1,3}",
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+",
    "(?:ab|cd)+",
    " ?(\\(+|\\)+)",
    " {2,}",
  ])("%s, as the models in use have, is accepted", (pattern) => {
    expect(() => refuseExponentialPattern(pattern)).not.toThrow();
  });

  it("is checked when the tokenizer is loaded", async () => {
    const folder = temporaryFolder();
    cpSync(llama, folder, { recursive: true });
    const file = path.join(folder, "tokenizer.json");
    const tokenizer = JSON.parse(readFileSync(file, "utf8"));
    tokenizer.pre_tokenizer = {
      type: "Split",
      pattern: { Regex: "(a+)+$" },
      behavior: "Isolated",
      invert: false,
    };
    writeFileSync(file, JSON.stringify(tokenizer));
    await expect(Tokenizer.load(folder)).rejects.toThrow(
      /unsupported tokenizer: .*\(a\+\)\+\$.* exponential time/,
    );
  });
});
