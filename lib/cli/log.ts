import { styleText } from "node:util";
import { printable } from "../format.ts";
import type { Logger } from "../log.ts";
import { useColor, writeAboveBars } from "./progress.ts";

/** Logger that writes to standard error, above any progress bar. */
export const terminalLogger: Logger = {
  info: (message) => writeAboveBars(printable(message)),
  warn: (message) => {
    const mark = useColor(process.stderr) ? styleText("yellow", "warning:") : "warning:";
    writeAboveBars(`${mark} ${printable(message)}`);
  },
};
