import { boolean, group, text } from "../option.ts";

/** Options that determine where the statistics of a run are shown. */
export const TRACKING_OPTIONS = group("Tracking", {
  wandbProject: text({ help: "Project under which a W&B run is written. Default: none is written." }),
  watch: boolean({ default: false, help: "Show curves and samples on a local page during training." }),
  tensorboard: boolean({ default: true, help: "Write TensorBoard event files." }),
});
