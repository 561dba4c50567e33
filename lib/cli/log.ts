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

/**
 * Returns a logger whose messages are written when they are released, so that they do not stand between the rows of a
 * table.
 */
export function heldLogger(): { readonly log: Logger; readonly release: () => void } {
  const held: (() => void)[] = [];
  return {
    log: {
      info: (message) => void held.push(() => terminalLogger.info(message)),
      warn: (message) => void held.push(() => terminalLogger.warn(message)),
    },
    release: () => {
      for (const write of held.splice(0)) write();
    },
  };
}
