import type { DownloadProgress } from "../call.ts";
import { ProgressBar } from "./progress.ts";

const MEGABYTE = 1e6;

/** Creates a progress bar for each file that is downloaded. `end` finishes the bar of an incomplete download. */
export function downloadBars(): { show: DownloadProgress; end: () => void } {
  let bar: ProgressBar | undefined;
  let current = "";
  const end = (): void => bar?.finish();
  return {
    end,
    show: (file, done, total) => {
      if (file !== current) {
        end();
        bar = new ProgressBar({ description: file, total: Math.ceil(total / MEGABYTE), unit: "MB" });
        current = file;
      }
      bar?.update(Math.floor(done / MEGABYTE));
      if (done === total) end();
    },
  };
}
