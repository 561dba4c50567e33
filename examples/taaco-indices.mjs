// Computes cohesion indices of a text, a dialogue and annotated tokens. It needs neither models nor the addon.
//   node examples/taaco-indices.mjs
import { Taaco } from "dialogue-ppo";

const taaco = await Taaco.create(); // mode "corrected"; mode "faithful" reproduces the official tool's errors

// A plain text: each line is a paragraph. A value is null if there is nothing to measure.
const text = "The dog ran home. It was cold, so the dog was happy to be home.\nThen it slept.";
const plain = taaco.indices(text);
console.log("text:", pick(plain, ["lemma_ttr", "all_connective", "pronoun_density", "lsa_1_all_sent"]));

// A dialogue: each turn is a paragraph, and labels are not words.
const turns = [
  { speaker: "A", text: "Do you have a garden?" },
  { speaker: "B", text: "Yes, we have a big garden behind the house, and we grow beans in the garden." },
];
console.log("dialogue:", pick(taaco.indices({ turns }), ["content_ttr", "adjacent_overlap_all_para"]));

// Paragraphs of sentences of tokens that another program has analysed: [form, lemma, Penn tag, flags].
const paragraphs = [
  [
    [
      ["Dogs", "dog", "NNS", ""],
      ["bark", "bark", "VBP", ""],
      [".", ".", ".", ""],
    ],
    [
      ["They", "they", "PRP", ""],
      ["bark", "bark", "VBP", ""],
      ["loudly", "loudly", "RB", ""],
      [".", ".", ".", ""],
    ],
  ],
];
console.log("tokens:", pick(taaco.indices({ paragraphs }), ["lemma_ttr", "adjacent_overlap_all_sent"]));

// A source is the text that was answered or summarised. It adds 26 indices.
const withSource = taaco.indices("The dog is happy.", { source: text });
console.log(`${Object.keys(plain).length} indices, ${Object.keys(withSource).length} with a source`);

// Measures that this package adds. They depend less on the length of the text.
console.log("extras:", Object.keys(taaco.extras(text)).join(" "));

function pick(values, names) {
  return Object.fromEntries(names.map((name) => [name, values[name] === null ? null : round(values[name])]));
}

function round(value) {
  return Math.round(value * 1000) / 1000;
}
