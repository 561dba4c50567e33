// Encoding of the starter dialogues, beside Python's `tokenizers`.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { alternate, checkAgreement, endAll, ours, peer } from "../contestants.js";
import { count, table, times } from "../text.js";

const STARTER = path.join(import.meta.dirname, "../../data/starter");

export const tokenizer = {
  name: "tokenizer",
  async measure(context) {
    const rows = parse(readFileSync(path.join(STARTER, "dialogues.csv")), { columns: true });
    const texts = path.join(context.temporary, "texts.json");
    writeFileSync(texts, JSON.stringify(rows.map(({ text }) => text)));
    const measured = [];
    for (const role of ["child", "teacher"]) {
      context.say(`tokenizer of the starter ${role}`);
      const contestants = [peer(context, "tokenizers"), ours(context)];
      const work = { kind: "encoding", folder: path.join(STARTER, role), texts };
      const result = await alternate(contestants, work, context);
      await endAll(contestants);
      checkAgreement(result.tokenizers, result.ours, "tokens");
      measured.push({ role, peer: result.tokenizers, ours: result.ours });
    }
    return measured;
  },
  report: (rows) =>
    [
      "### Tokenizer",
      "",
      `${count(rows[0].ours.texts)} starter dialogues, in tokens per second. Both give the same number of ids. "Again" encodes the`,
      "same texts a second time, as the epochs of a training do. `encode_batch` is Python's call with all threads.",
      "",
      table(
        ["tokenizer", "pass", "tokenizers, one by one", "`encode_batch`", "ours", "ratio to one by one"],
        rows.flatMap(({ role, peer, ours }) =>
          [
            ["first", "seconds"],
            ["again", "again"],
          ].map(([pass, part]) => [
            `starter ${role}, ${count(ours.tokens)} tokens`,
            pass,
            peer ? count(ours.tokens / peer[part].median) : "–",
            peer && part === "again" ? count(ours.tokens / peer.batch.median) : "–",
            count(ours.tokens / ours[part].median),
            times(peer?.[part].median, ours[part].median),
          ]),
        ),
      ),
    ].join("\n"),
};
