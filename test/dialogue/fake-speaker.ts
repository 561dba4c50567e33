import type { Participant } from "../../lib/dialogue/exchange.ts";

const END = 0;
const VOCAB = 128;

/** A tokenizer whose ids are character codes. */
const tokenizer = {
  vocabSize: VOCAB,
  eosId: END,
  specialIds: new Set([END]),
  specialTokens: {},
  chatTemplate: "{% for message in messages %}{{ message['content'] + '\n' }}{% endfor %}",
  hasToken: (id: number) => id >= 0 && id < VOCAB,
  encode: (text: string) => Int32Array.from([...text].map((char) => char.charCodeAt(0))),
  encodePrompt: (text: string) => Int32Array.from([...text].map((char) => char.charCodeAt(0))),
  decode: (ids: ArrayLike<number>) => String.fromCharCode(...Array.from(ids).filter((id) => id !== END)),
  streamDecoder: () => ({
    push: (id: number) => (id === END ? "" : String.fromCharCode(id)),
    flush: () => "",
  }),
  idsContaining: (text: string) => [text.charCodeAt(0)],
};

interface Request {
  readonly prompts: Int32Array[];
  readonly seed: number[];
  readonly onToken?: (row: number, token: number) => void;
}

/**
 * Creates a participant without a network. It writes `turns[seed % n]` and gives every token the log-probability `logProb`.
 *
 * @param requests collects the seeds and prompts of all requests
 */
export function speaker(
  turns: readonly string[],
  logProb = -1,
  requests: { seeds: number[]; prompts: string[] } = { seeds: [], prompts: [] },
  maxPositions = 1000,
): Participant {
  const model = {
    config: { vocabSize: VOCAB, maxPositions, eosTokenIds: [END], padTokenId: 1 },
    generate: async ({ seed, prompts, onToken }: Request) => {
      requests.seeds.push(...seed);
      requests.prompts.push(...prompts.map((ids) => tokenizer.decode(ids)));
      const sequences = seed.map((one) => tokenizer.encode(`${turns[one % turns.length]}\n`));
      for (const [row, ids] of sequences.entries()) for (const id of ids) onToken?.(row, id);
      return { sequences };
    },
    logProbs: async (rows: Int32Array[], { starts }: { starts: number[] }) =>
      rows.map((row, at) => new Float32Array(row.length - (starts[at] ?? 1)).fill(logProb)),
  };
  return { model, tokenizer } as unknown as Participant;
}
