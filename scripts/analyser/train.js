// Learns the analyser from annotated text:
//   node scripts/analyser/train.js annotated.txt data/analyser/model.bin
import { writeFileSync } from "node:fs";
import { readAnnotated, sentencesOf } from "./annotated.js";
import { encodeModel } from "./model-file.js";
import { trainFlags, trainSentences } from "./train-small.js";
import { trainTags } from "./train-tags.js";

const [source, target] = process.argv.slice(2);
const texts = readAnnotated(source);
const sentences = trainSentences(texts);
const { tags, sets, fixed, clearMargin } = trainTags(texts.flatMap(sentencesOf));
const flags = trainFlags(texts, tags.labels);
writeFileSync(target, encodeModel([tags, flags, sentences], { sets, fixed, clearMargin }));
