// Learns the analyser from annotated text:
//   node scripts/analyser/train.js annotated.txt data/analyser/model.bin.gz
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { readAnnotated, sentencesOf } from "./annotated.js";
import { trainFlags, trainSentences } from "./train-small.js";
import { trainTags } from "./train-tags.js";

const [source, target] = process.argv.slice(2);
const texts = readAnnotated(source);
const sentences = trainSentences(texts);
const { tags, sets, fixed, clearMargin } = trainTags(texts.flatMap(sentencesOf));
const flags = trainFlags(texts, tags.labels);
writeFileSync(target, gzipSync(encode([tags, flags, sentences], { sets, fixed, clearMargin }), { level: 9 }));

/** Returns the bytes that lib/taaco/analysis/model.ts reads. */
function encode(parts, { sets, fixed, clearMargin }) {
  const header = Buffer.from(
    JSON.stringify({
      kinds: sets.size,
      fixed,
      clearMargin,
      parts: parts.map(({ labels, keys, targets }) => ({
        labels,
        rows: keys.length,
        weights: targets.length,
      })),
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const arrays = parts.flatMap(({ keys, lengths, targets, values }) => [
    Int32Array.from(keys),
    Uint8Array.from(lengths),
    Uint8Array.from(targets),
    Int8Array.from(values),
  ]);
  arrays.push(Int32Array.from(sets.keys()), Uint16Array.from(sets.values()));
  return Buffer.concat([length, header, ...arrays.map((array) => Buffer.from(array.buffer))]);
}
