import { text } from "../option.ts";

/** Options of `report`. */
export const REPORT_OPTIONS = {
  run: text({
    help: "Run folder, given as an argument or as --run; the run may still be in progress. Several are compared.",
  }),
  output: text({
    help: "File for the page. Default: report.html in the run folder; for several runs comparison.html.",
  }),
};
