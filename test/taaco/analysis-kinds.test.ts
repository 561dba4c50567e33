import { describe, expect, it } from "vitest";
import { PerceptronTagger } from "../../lib/taaco/analysis/tagger.ts";
import { OWN_LISTS } from "../../lib/taaco/lists/load.ts";

const tagger = new PerceptronTagger(OWN_LISTS);

/** Returns the tokens as form/lemma/tag, and the flags if there are any. */
const analyse = (text: string): string[] =>
  tagger
    .tag(text)
    .flat()
    .map(([form, lemma, tag, flags]) => `${form}/${lemma}/${tag}${flags && `/${flags}`}`);

/** The expected tokens were judged by hand, following Penn conventions and spaCy's lemmas. */
describe.each<[kind: string, examples: readonly (readonly [text: string, ...tokens: string[]])[]]>([
  [
    "a full stop at the end is a token of its own",
    [
      ["Nobody answered, so she said no.", "no/no/UH", "././."],
      ["There was nobody to let him in.", "in/in/RP", "././."],
      ["We met Dr. Brown at 5 p.m. on Monday.", "Dr./dr./NNP", "p.m./p.m./NN"],
    ],
  ],
  [
    "left, right, bed, school, work and people have the class of their place",
    [
      ["Keep the church on your left.", "left/left/NN"],
      ["They left the party early.", "left/leave/VBD"],
      ["The kids went to bed.", "bed/bed/NN"],
      ["My sister walks to work.", "work/work/NN"],
      ["I am kind to people.", "people/people/NNS"],
      ["They had nothing left to say.", "left/leave/VBN"],
      ["All right, head down the street.", "All/all/RB", "head/head/VB"],
      ["Do dogs dream?", "Do/do/VB/A", "dream/dream/VB"],
    ],
  ],
  [
    "-ed and -ing are endings only after a syllable",
    [
      ["They sled down the hill every day.", "sled/sled/VBD"],
      ["He sledded home.", "sledded/sled/VBD"],
      ["She bled a little.", "bled/bleed/VBD"],
    ],
  ],
  [
    "a verb that lost its -e keeps it although a shorter verb exists",
    [
      ["We planed the board.", "planed/plane/VBD"],
      ["He was staring at me.", "staring/stare/VBG"],
      ["She tapped the glass and taped the box.", "tapped/tap/VBD", "taped/tape/VBD"],
      ["They were dining out.", "dining/dine/VBG"],
      ["He robbed a bank, and she robed the judge.", "robbed/rob/VBD"],
      ["I googled it.", "googled/google/VBD"],
      ["He waded through it while they bared their teeth.", "waded/wade/VBD", "bared/bare/VBD"],
      ["I was taping it, and you were tapping.", "taping/tape/VBG", "tapping/tap/VBG"],
    ],
  ],
  [
    "'s is a possessive, a form of be or a form of have",
    [
      ["It was somebody's idea.", "'s/'s/POS"],
      ["Peter's garden is lovely.", "'s/'s/POS"],
      ["Anna's tired.", "'s/be/VBZ/A"],
      ["The teacher's coming.", "'s/be/VBZ/A"],
      ["My sister's got two dogs.", "'s/have/VBZ/A", "got/get/VBN"],
      ["He's been ill.", "'s/have/VBZ/A"],
      ["Who's got the keys?", "'s/have/VBZ/A", "got/get/VBN"],
      ["Sarah's bought a new bike.", "'s/have/VBZ/A", "bought/buy/VBN"],
      ["The neighbour's cat's asleep.", "'s/'s/POS", "'s/be/VBZ/A"],
    ],
  ],
  [
    "the country is no pronoun",
    [
      ["She moved to the US last year.", "US/us/NNP"],
      ["Please call us.", "us/we/PRP"],
      ["Our firm moved its US office.", "US/us/NNP"],
    ],
  ],
  [
    "'d is had or would",
    [
      ["If she'd asked, I'd have helped.", "'d/have/VBD/A", "'d/would/MD/A"],
      ["We'd better leave.", "'d/have/VBD/A", "leave/leave/VB"],
      ["They'd like some tea.", "'d/would/MD/A"],
      ["You'd best be careful.", "'d/have/VBD/A"],
    ],
  ],
  [
    "that is a conjunction, a relative, a determiner or a pronoun",
    [
      ["He says that when it snows, they stay in.", "that/that/IN/M", "when/when/WRB"],
      ["Was that funny?", "that/that/DT"],
      ["The car that broke down is old.", "that/that/WDT"],
      ["Who bought that lamp?", "that/that/DT/D"],
      ["Those are too big.", "Those/those/DT"],
      ["I want three of those this evening.", "those/those/DT", "this/this/DT/D"],
      ["You will find these helpful in winter.", "these/these/DT"],
      ["Was this yours?", "this/this/DT"],
      ["That was the best film that I had ever seen.", "that/that/WDT"],
    ],
  ],
  [
    "subordinators are markers only before a clause",
    [
      ["Once you see it, you will know.", "Once/once/IN/M"],
      ["She smiled even though she was sad.", "though/though/IN/M"],
      ["He looks like his father.", "like/like/IN"],
      ["After dinner we slept.", "After/after/IN"],
      ["After they ate, they slept.", "After/after/IN/M"],
      ["I stayed cause it rained.", "cause/because/IN/M"],
      ["What was the cause of it?", "cause/cause/NN"],
      ["I have been there once.", "once/once/RB"],
      ["Until you asked, I stayed in.", "Until/until/IN/M"],
      ["It was, like, really cold.", "like/like/UH"],
    ],
  ],
  [
    "a plural meets its singular",
    [
      ["She takes selfies of her hoodies.", "selfies/selfie/NNS", "hoodies/hoodie/NNS"],
      ["Two lenses and three buses.", "lenses/lens/NNS", "buses/bus/NNS"],
      ["The women bought shoes and knives.", "women/woman/NNS", "shoes/shoe/NNS", "knives/knife/NNS"],
      ["The toaster and the sofa are new.", "toaster/toaster/NN", "sofa/sofa/NN"],
      ["They eat cookies and potatoes.", "cookies/cookie/NNS", "potatoes/potato/NNS"],
    ],
  ],
  [
    "words of speech",
    [
      ["We saw the be- the bear.", "be-/be-/UH"],
      ["Dunno what he wants.", "Dunno/dunno/VBP"],
      ["He was, um, reading a book.", "reading/read/VBG"],
      ["She didnae know.", "did/do/VBD/A", "nae/not/RB", "know/know/VB"],
      ["Mhm, that's it.", "Mhm/mhm/UH"],
    ],
  ],
  [
    "contractions without an apostrophe",
    [
      ["i didnt see it", "did/do/VBD/A", "nt/not/RB", "see/see/VB"],
      ["thats great", "that/that/DT", "s/be/VBZ/A"],
      ["im sure theres time", "m/be/VBP/A", "there/there/EX"],
      ["You can and/or should go.", "and/or/and/or/CC"],
      ["youre late", "you/you/PRP", "re/be/VBP/A"],
    ],
  ],
  [
    "forms of be with there are full verbs",
    [
      ["There were two chairs.", "were/be/VBD"],
      ["There has been a mistake.", "has/have/VBZ/A", "been/be/VBN"],
    ],
  ],
])("%s", (_, examples) => {
  it.each(examples.map(([text, ...tokens]) => ({ text, tokens })))("$text", ({ text, tokens }) => {
    expect(analyse(text)).toEqual(expect.arrayContaining(tokens));
  });
});
