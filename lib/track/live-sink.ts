import path from "node:path";
import { sampleView } from "../page/sample.ts";
import type { SampleRecord, StepLog } from "../run/records.ts";
import { LivePage } from "./live.ts";
import type { Sink, SinkOptions } from "./sink.ts";

/** Shows a run on the live page. */
export class LiveSink implements Sink {
  readonly name = "live page";
  readonly #page: LivePage;

  private constructor(page: LivePage) {
    this.#page = page;
  }

  /** Starts the page and logs its address. */
  static async open(options: Pick<SinkOptions, "outputDir" | "totalSteps" | "log">): Promise<LiveSink> {
    const page = new LivePage(path.basename(path.resolve(options.outputDir)), options.totalSteps);
    options.log.info(`live page: ${await page.start()}`);
    return new LiveSink(page);
  }

  step(record: StepLog, samples: readonly SampleRecord[]): void {
    this.#page.add(record, samples.map(sampleView));
  }

  checkpoint(): void {}

  async finish(): Promise<void> {
    await this.#page.stop();
  }
}
