"""Measures the generation and the PPO step of bench/run.js with transformers and TRL. Prints one JSON line of milliseconds.

Needs the environment of test/golden/requirements.txt:  python bench/peer.py THREADS REPEATS wall|cpu
"""

import copy
import json
import statistics
import sys
import time
import warnings
from pathlib import Path

import torch
from tokenizers import Tokenizer, models
from transformers import OPTConfig, OPTForCausalLM, PreTrainedTokenizerFast
from trl import AutoModelForCausalLMWithValueHead, PPOConfig, PPOTrainer

ROWS, PROMPT, RESPONSE = 16, 200, 40


def rows(length, seed):
    generator = torch.Generator().manual_seed(seed)
    sizes = length - torch.randint(0, length // 4, (ROWS,), generator=generator)
    return [torch.randint(4, 2000, (int(size),), generator=generator) for size in sizes]


def median_ms(work, repeats, clock):
    work()
    times = []
    for _ in range(repeats):
        start = clock()
        work()
        times.append(1000 * (clock() - start))
    return statistics.median(times)


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(int(sys.argv[1]))
    repeats = int(sys.argv[2])
    clock = time.process_time if sys.argv[3] == "cpu" else time.perf_counter
    values = json.loads((Path(__file__).parent / "model.json").read_text())
    model = OPTForCausalLM(OPTConfig(**values)).eval()
    prompts, responses = rows(PROMPT, 1), rows(RESPONSE, 2)
    width = max(len(p) for p in prompts)
    ids = torch.stack([torch.nn.functional.pad(p, (width - len(p), 0), value=1) for p in prompts])
    mask = torch.stack([torch.nn.functional.pad(torch.ones_like(p), (width - len(p), 0)) for p in prompts])

    @torch.no_grad()
    def generate():
        model.generate(ids, attention_mask=mask, do_sample=True, top_k=0, max_new_tokens=RESPONSE,
                       min_new_tokens=RESPONSE, pad_token_id=1)

    words = Tokenizer(models.WordLevel({str(i): i for i in range(2000)}, unk_token="0"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token="1", eos_token="2")
    policy = AutoModelForCausalLMWithValueHead(copy.deepcopy(model))
    policy.is_peft_model = False
    reference = copy.deepcopy(policy)
    trainer = PPOTrainer(PPOConfig(batch_size=ROWS, mini_batch_size=4), policy, reference, tokenizer)
    scores = [torch.tensor(1.0 if i % 2 == 0 else -1.0) for i in range(ROWS)]
    result = {"generation": median_ms(generate, repeats, clock),
              "ppo_step": median_ms(lambda: trainer.step(prompts, responses, scores), repeats, clock)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
