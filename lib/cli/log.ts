import { styleText } from "node:util";
import type { Logger } from "../log.ts";
import { useColor, writeAboveBars } from "./progress.ts";

/** Notes and warnings on standard error, above a progress bar that may stand there. */
export const terminalLogger: Logger = {
  info: (message) => writeAboveBars(message),
  warn: (message) => {
    const mark = useColor(process.stderr) ? styleText("yellow", "warning:") : "warning:";
    writeAboveBars(`${mark} ${message}`);
  },
};
