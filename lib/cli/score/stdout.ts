import { formatCsvHeader, formatRow, LineBuffer, type RowColumns, type ScoreSink } from "../../score/sink.ts";
import { writeResults } from "../output.ts";

/** Returns a sink that writes rows to standard output as CSV, or with `json` as one JSON object per line. */
export function stdoutSink(columns: RowColumns, json: boolean): ScoreSink {
  const lines = new LineBuffer(writeResults);
  const header = json ? "" : formatCsvHeader(columns);
  let begun = false;
  return {
    async write(row) {
      if (!begun) await lines.add(header);
      begun = true;
      await lines.add(formatRow(json ? "jsonl" : "csv", columns, row, true));
    },
    finish: () => lines.flush(),
    discard: async () => {},
  };
}
