import path from "node:path";
import type { SampleRecord, StepLog } from "../run/records.ts";
import { EventFile, histogramValue, scalarValue, textValue } from "./event-file.ts";
import { sampleMarkdown } from "./sample-text.ts";
import type { Distributions, Sink, SinkOptions } from "./sink.ts";

/** Writes scalars, samples and histograms of a run to `tensorboard/` in its folder. */
export class TensorBoardSink implements Sink {
  readonly name = "TensorBoard";
  readonly #file: EventFile;

  constructor(options: Pick<SinkOptions, "outputDir" | "config" | "resumedFrom">) {
    const { outputDir, config, resumedFrom } = options;
    this.#file = new EventFile(path.join(outputDir, "tensorboard"), resumedFrom);
    // The first segment of a resumed run already wrote the configuration at step 0.
    if (resumedFrom === undefined) {
      const text = JSON.stringify(config, null, 2).replace(/^/gm, "    ");
      this.#file.add(0, [textValue("config", text)]);
    }
  }

  step(record: StepLog, samples: readonly SampleRecord[], distributions: Distributions = {}): void {
    const { step, stats, nan_keys = [] } = record;
    const nanNames = new Set(nan_keys);
    const scalars = Object.entries(stats).flatMap(([name, value]) =>
      value === null && !nanNames.has(name) ? [] : [scalarValue(name, value ?? Number.NaN)],
    );
    const texts = samples.map((sample, index) => textValue(`samples/${index}`, sampleMarkdown(sample)));
    const histograms = Object.entries(distributions)
      .map(([name, values]) => histogramValue(name, values))
      .filter((value) => value !== undefined);
    this.#file.add(step, [...scalars, ...texts, ...histograms]);
  }

  checkpoint(): void {}

  finish(): void {
    this.#file.close();
  }
}
