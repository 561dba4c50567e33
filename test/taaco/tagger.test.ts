import { describe, expect, it } from "vitest";
import { PerceptronTagger } from "../../lib/taaco/analysis/tagger.ts";
import { OWN_LISTS } from "../../lib/taaco/lists/load.ts";

const tagger = new PerceptronTagger(OWN_LISTS);

/** Returns tokens as "form/lemma". */
const lemmas = (text: string): string[] =>
  tagger
    .tag(text)
    .flat()
    .map(([form, lemma]) => `${form}/${lemma}`);
const tags = (text: string): string[] =>
  tagger
    .tag(text)
    .flat()
    .map(([form, , tag, flags]) => `${form}/${tag}${flags && `/${flags}`}`);
const forms = (text: string): string[] =>
  tagger
    .tag(text)
    .flat()
    .map(([form]) => form);

describe("contractions are split into tokens", () => {
  it.each([
    ["I don't", "I do n't"],
    ["we can't", "we ca n't"],
    ["they won't", "they wo n't"],
    ["we cannot", "we can not"],
    ["I'm gonna", "I 'm gon na"],
    ["I wanna", "I wanna"],
    ["you gotta", "you got ta"],
    ["let's go", "let 's go"],
    ["he'd've gone", "he 'd 've gone"],
    ["here's what there's", "here 's what there 's"],
    ["John\u2019s dog", "John 's dog"],
    ["i'm here", "i 'm here"],
    ["'cause we saw 'em", "'cause we saw 'em"],
    ["uh-huh", "uh - huh"],
    ["So did I.", "So did I ."],
  ])("%s", (text, expected) => {
    expect(forms(text).join(" ")).toBe(expected);
  });
});

describe("lemmas equal those published for spaCy", () => {
  it.each([
    ["I don't know", ["do/do", "n't/not"]],
    ["he can't go", ["ca/can", "n't/not"]],
    ["they won't go", ["wo/will"]],
    ["she's nice and I'm old and we're here", ["'s/be", "'m/be", "'re/be"]],
    ["we've gone", ["'ve/'ve"]],
    ["we'll go, we'd go", ["'ll/will", "'d/would"]],
    ["John's dog barked", ["'s/'s"]],
    ["let's go", ["'s/us"]],
    ["they saw me, us, him and them", ["me/i", "us/we", "him/he", "them/they"]],
    ["I saw her", ["her/she"]],
    ["I saw her dog", ["her/her"]],
    ["my dog, your cat, their car", ["my/my", "your/your", "their/their"]],
    ["he is gonna go, I wanna go", ["gon/go", "na/to", "wanna/wanna"]],
    ["I have an apple", ["an/an"]],
    ["it is better", ["better/well"]],
    ["more people left first", ["more/more", "people/people", "first/first"]],
    ["the dogs chased children and stopped", ["dogs/dog", "chased/chase", "children/child", "stopped/stop"]],
    ["yeah", ["yeah/yeah"]],
  ])("%s", (text, expected) => {
    expect(lemmas(text)).toEqual(expect.arrayContaining(expected));
  });
});

describe("auxiliaries", () => {
  it.each([
    ["He has seen it", "has/VBZ/A"],
    ["He has a dog", "has/VBZ"],
    ["I have to go", "have/VBP"],
    ["Do you know", "Do/VBP/A"],
    ["I do the dishes", "do/VBP"],
    ["We would go", "would/MD/A"],
    ["She was tired", "was/VBD/A"],
    ["There is a dog", "is/VBZ"],
    ["They don't care", "do/VBP/A"],
    ["I want to do it", "do/VB"],
  ])("%s", (text, expected) => {
    expect(tags(text)).toContain(expected);
  });
});

describe("markers and demonstratives", () => {
  it.each([
    ["I left because it rained", "because/IN/M"],
    ["I left because of rain", "because/IN"],
    ["I know that he left", "that/IN/M"],
    ["The dog that barked is mine", "that/WDT"],
    ["I like that dog", "that/DT/D"],
    ["I like that", "that/DT"],
    ["I know that people lie", "that/IN/M"],
    ["After we ate, he slept", "After/IN/M"],
    ["After lunch he slept", "After/IN"],
    ["These old dogs sleep", "These/DT/D"],
    ["I wonder if it works", "if/IN/M"],
    ["They want to leave", "to/TO"],
  ])("%s", (text, expected) => {
    expect(tags(text)).toContain(expected);
  });
});

it("sentences end at punctuation, but not inside a number or after a title", () => {
  expect(tagger.tag("It was 3.5 miles. Mr. Smith ran! Why? No reason.")).toHaveLength(4);
});

it("a speaker label in the text is a noun", () => {
  expect(tags("A:: And so it goes.").slice(0, 4)).toEqual(["A/NN", ":/:", ":/:", "And/CC"]);
  expect(tags("A dog barked.")[0]).toBe("A/DT");
});

it("a blank paragraph is one empty sentence", () => {
  expect(tagger.tag("  ")).toEqual([[]]);
});

it("the analysis of a text does not depend on earlier texts", () => {
  const text = "Dogs bark, so I'm gonna leave.";
  const before = tagger.tag(text);
  for (let round = 0; round < 200; round++) tagger.tag(`Word${round} and thing${round} went.`);
  expect(tagger.tag(text)).toEqual(before);
});

describe("a long-lived process", () => {
  it("can create any number of taggers, which tag alike", () => {
    const sentence = "She said that this was cold.";
    const first = tagger.tag(sentence);
    for (let count = 0; count < 30; count++)
      expect(new PerceptronTagger(OWN_LISTS).tag(sentence)).toEqual(first);
  }, 60_000);
});
