/** Parses entries of the form `form/tag` or `form/tag/lemma` into a map from form to tag and lemma. */
function parseTable(text: string): ReadonlyMap<string, readonly [tag: string, lemma: string]> {
  const entries = text
    .trim()
    .split(/\s+/)
    .map((entry): [string, [string, string]] => {
      const [form = "", tag = "", lemma = form] = entry.split("/");
      return [form, [tag, lemma]];
    });
  return new Map(entries);
}

/** Tags and lemmas of pronouns. The lemmas are those of spaCy's rule lemmatiser. */
export const PRONOUNS = parseTable(`
  i/PRP me/PRP/i you/PRP he/PRP him/PRP/he she/PRP it/PRP we/PRP us/PRP/we they/PRP them/PRP/they 'em/PRP/they
  y'all/PRP ya/PRP/you myself/PRP yourself/PRP himself/PRP herself/PRP itself/PRP ourselves/PRP yourselves/PRP
  themselves/PRP mine/PRP yours/PRP hers/PRP ours/PRP theirs/PRP oneself/PRP
  my/PRP$ your/PRP$ his/PRP$ its/PRP$ our/PRP$ their/PRP$
  who/WP whom/WP whoever/WP whomever/WP whose/WP$
  something/NN anything/NN nothing/NN everything/NN someone/NN anyone/NN everyone/NN somebody/NN anybody/NN
  nobody/NN everybody/NN none/NN others/NNS/other`);

/** Tags and lemmas of words that do not depend on their neighbours: parts of contractions, and closed-class words. */
export const FIXED = parseTable(`
  n't/RB/not not/RB 'm/VBP/be 're/VBP/be 've/VBP/'ve 'll/MD/will ca/MD/can wo/MD/will sha/MD/shall
  can/MD could/MD will/MD would/MD shall/MD should/MD may/MD might/MD must/MD ought/MD
  gon/VBG/go wan/VBP/want got/VBD/get gim/VB/give lem/VB/let na/TO/to ta/TO/to
  am/VBP/be are/VBP/be is/VBZ/be was/VBD/be were/VBD/be been/VBN/be being/VBG/be be/VB ai/VBP/be
  has/VBZ/have had/VBD/have having/VBG/have have/VBP does/VBZ/do did/VBD/do done/VBN/do doing/VBG/do do/VBP
  'cause/IN/because because/IN cuz/IN/because 'til/IN/until until/IN till/IN unless/IN if/IN whether/IN although/IN
  than/IN whereas/IN while/IN whilst/IN since/IN though/IN 'bout/IN/about of/IN with/IN from/IN into/IN
  and/CC or/CC but/CC nor/CC 
  the/DT a/DT an/DT every/DT another/DT
  when/WRB where/WRB why/WRB how/WRB whenever/WRB wherever/WRB
  yeah/UH yes/UH yep/UH yup/UH nope/UH oh/UH uh/UH um/UH huh/UH hm/UH hmm/UH mm/UH mhm/UH hum/UH
  ah/UH wow/UH gosh/UH goodness/UH hello/UH hi/UH bye/UH hey/UH please/UH eh/UH er/UH ha/UH haha/UH jeez/UH gee/UH
  ooh/UH ugh/UH whoa/UH yikes/UH
  many/JJ few/JJ several/JJ such/JJ own/JJ other/JJ same/JJ
  too/RB also/RB just/RB very/RB really/RB maybe/RB never/RB always/RB often/RB again/RB almost/RB already/RB
  then/RB here/RB now/RB else/RB perhaps/RB instead/RB however/RB therefore/RB ever/RB together/RB away/RB quite/RB
  only/RB actually/RB probably/RB usually/RB sometimes/RB soon/RB anyway/RB
  yesterday/NN today/NN tomorrow/NN tonight/NN
  e.g./FW i.e./FW etc./FW`);

/** Forms of be. Their lemma does not depend on the tag, nor does that of the forms of have and do. */
export const BE = new Set(["be", "am", "is", "are", "was", "were", "been", "being", "'m", "'re", "ai"]);
export const HAVE = new Set(["have", "has", "had", "having", "'ve"]);
export const DO = new Set(["do", "does", "did"]);
export const GET = new Set(["get", "gets", "got", "gotten", "getting"]);
export const MODALS = new Set([
  ..."can could will would shall should may might must ought 'll ca wo sha".split(" "),
]);
/** Personal pronouns that can be subjects. */
export const SUBJECTS = new Set("i you he she it we they y'all ya".split(" "));
export const DEMONSTRATIVES = new Set(["this", "that", "these", "those"]);
