import type { DownloadProgress } from "../call.ts";
import { phaseBars } from "./phase-bars.ts";

const MEGABYTE = 1e6;

/** Creates a progress bar for each file that is downloaded. `end` finishes the bar of an incomplete download. */
export function downloadBars(): { update: DownloadProgress; end: () => void } {
  const bars = phaseBars(() => "MB");
  return {
    end: bars.end,
    update: (file, done, total) => {
      bars.update(file, Math.floor(done / MEGABYTE), Math.ceil(total / MEGABYTE));
      if (done === total) bars.end();
    },
  };
}
