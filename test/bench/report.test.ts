import { describe, expect, it } from "vitest";
import { joinRuns } from "../../bench/join.js";
import { markdown } from "../../bench/report.js";
import { withGeneratedBlock } from "../../scripts/generated-block.js";

const around = (median: number) => ({ median, min: 0.9 * median, max: 1.2 * median, runs: 3 });

const RUN = {
  command: "npm run bench -- --python PYTHON",
  machine: {
    processor: "Some Processor",
    cores: 2,
    instructions: ["avx2", "fma"],
    memoryBytes: 16 * 2 ** 30,
  },
  device: "cpu",
  versions: { libtorch: "2.13.0", transformers: "4.45.2" },
  threads: 2,
  repeats: 3,
  ceilings: { bytesPerSecond: 28e9, flopsPerSecond: 120e9, bfloat16FlopsPerSecond: 15.25e9 },
  sections: {
    generation: [
      {
        batch: 8,
        prompts: "ragged",
        newTokens: 80,
        peer: { seconds: around(8), prefill: around(2), token: around(0.08) },
        ours: { seconds: around(4), prefill: around(1.5), token: around(0.02) },
        ceiling: 1,
      },
      {
        batch: 1,
        prompts: 70,
        newTokens: 80,
        ours: { seconds: around(2), prefill: around(0.2), token: around(0.01) },
        ceiling: 1,
      },
    ],
    ppo: [],
    build: [{ jobs: 2, processor: 421.4, wall: 230 }],
  },
};

const EXPECTED = `- Command: \`npm run bench -- --python PYTHON\`
- Processor: Some Processor, 2 cores, 16.0 GiB; avx2, fma
- Device: cpu, 2 threads of each process
- Versions: libtorch 2.13.0, transformers 4.45.2
- Figures are medians of 3 runs, or of fewer where a run is long; the smallest and the largest are in parentheses.
  A ratio above 1 means that ours is faster.
- Ceilings: all threads together read 28.0 GB/s of memory; a large product of float32 matrices runs at
  120 GFLOP/s, one of bfloat16 matrices at 15.3 GFLOP/s.

### Generation by the child

80 new tokens per row, sampled; the time includes the prompt. Tokens per second count the new ones.

| batch, prompt tokens | transformers, tokens/s | ours, tokens/s | ratio | ceiling, tokens/s | share of the ceiling | transformers | ours |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| 8, 20 to 300 | 80 | 160 | 2.00 times | 640 | 25 % | 8.00 s (7.20 to 9.60) | 4.00 s (3.60 to 4.80) |
| 1, 70 | – | 40 | – | 80 | 50 % | – | 2.00 s (1.80 to 2.40) |

The same runs by part: the time until each row has its first token, and the time of each further token of all rows.

| batch, prompt tokens | prompt: transformers | ours | ratio | token: transformers | ours | ratio |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| 8, 20 to 300 | 2.00 s | 1.50 s | 1.33 times | 80.0 ms | 20.0 ms | 4.00 times |
| 1, 70 | – | 200 ms | – | – | 10.0 ms | – |

### Building the addon

A clean build without ccache.

| jobs | processor time | wall time |
| --- | ---: | ---: |
| 2 | 421 s | 230 s |`;

describe("the report of a benchmark run", () => {
  it("shows peers, ratios and ceilings, and leaves out what was not measured", () => {
    expect(markdown(RUN)).toBe(EXPECTED);
  });

  it("replaces the generated lines of a page and nothing else", () => {
    const page = withGeneratedBlock("", "first");
    const surrounded = `# Title\n\n${page}\nafterwards\n`;
    expect(surrounded).toContain("first");
    expect(withGeneratedBlock(surrounded, "second")).toBe(surrounded.replace("first", "second"));
  });
});

describe("runs that measured different sections", () => {
  const built = {
    ...RUN,
    command: "npm run bench -- --only build",
    versions: { libtorch: "2.13.0" },
    ceilings: undefined,
    sections: { build: RUN.sections.build },
  };
  const rest = { ...RUN, sections: { generation: RUN.sections.generation, ppo: RUN.sections.ppo } };

  it("give the page of one run, with both commands", () => {
    const [command = "", ...others] = EXPECTED.replace("- Ceilings:", "- Ceilings of command 1:").split("\n");
    const commands = [
      command.replace("Command", "Command 1"),
      "- Command 2: `npm run bench -- --only build`",
    ];
    expect(markdown(joinRuns([rest, built]))).toBe([...commands, ...others].join("\n"));
  });

  it("are refused when they share a section or differ in a condition", () => {
    expect(() => joinRuns([RUN, built])).toThrow("two runs have the section build");
    expect(() => joinRuns([rest, { ...built, threads: 4 }])).toThrow("the runs differ in threads: 2 and 4");
    expect(() => joinRuns([rest, { ...built, versions: { libtorch: "2.11.0" } }])).toThrow(
      "the runs differ in libtorch: 2.13.0 and 2.11.0",
    );
  });
});
