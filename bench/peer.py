"""Measures transformers, TRL and tokenizers for bench/run.js; bench/contestants.js describes the protocol.

Needs the environment of test/golden/requirements.txt.
"""

import json
import os
import resource
import sys
import time
import warnings

# transformers and TRL print to standard output, which belongs to the answers.
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import tokenizers
import torch
import transformers
from tokenizers import Tokenizer, models
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, StoppingCriteria, StoppingCriteriaList

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
PAD = 1
loaded = {"key": None, "model": None}


def frozen_model(work):
    """Returns a frozen model. The latest one is kept, so that works with the same model share it."""
    key = (work["folder"], work.get("dtype", "float32"))
    if loaded["key"] != key:
        loaded.update(key=None, model=None)
        model = AutoModelForCausalLM.from_pretrained(key[0], torch_dtype=DTYPES[key[1]]).eval().to(work["device"])
        loaded.update(key=key, model=model)
    return loaded["model"]


def padded_left(rows):
    width = max(map(len, rows))
    ids = torch.tensor([[PAD] * (width - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    return ids, mask


def now():
    """Returns the time when all work that was given to a GPU so far has ended."""
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
    return time.perf_counter()


class NoteTimes(StoppingCriteria):
    """Notes when each token of the batch exists. It never stops the generation."""

    def __init__(self):
        self.times = []

    def __call__(self, input_ids, scores, **kwargs):
        self.times.append(now())
        return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)


@torch.no_grad()
def timed_generation(model, rows, new_tokens, sample=True):
    ids, mask = [tensor.to(model.device) for tensor in padded_left(rows)]
    note = NoteTimes()
    began = now()
    result = model.generate(ids, attention_mask=mask, do_sample=sample, top_k=0, max_new_tokens=new_tokens,
                            min_new_tokens=new_tokens, pad_token_id=PAD, stopping_criteria=StoppingCriteriaList([note]))
    ended = now()
    assert result.shape[1] == ids.shape[1] + new_tokens
    rest = (ended - note.times[0]) / (new_tokens - 1) if new_tokens > 1 else 0.0
    times = {"seconds": ended - began, "parts": {"prefill": note.times[0] - began, "token": rest}}
    return times, result[:, ids.shape[1]:].tolist()


def generation(work):
    model = frozen_model(work)
    _, tokens = timed_generation(model, work["prompts"][:1], 2, sample=False)

    def run():
        times, _ = timed_generation(model, work["prompts"], work["newTokens"])
        return {**times, "facts": {"greedy": tokens[0]}}

    return run


def new_trainer(work):
    from trl import AutoModelForCausalLMWithValueHead, PPOConfig, PPOTrainer
    words = Tokenizer(models.WordLevel({str(i): i for i in range(4)}, unk_token="0"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, pad_token=str(PAD), eos_token="2")
    policy = AutoModelForCausalLMWithValueHead.from_pretrained(work["folder"])
    accelerator = {"cpu": work["device"] == "cpu", "mixed_precision": "bf16" if work.get("autocast") else "no"}
    config = PPOConfig(batch_size=len(work["queries"]), mini_batch_size=work["miniBatchSize"],
                       ppo_epochs=work["epochs"], accelerator_kwargs=accelerator)
    return PPOTrainer(config, policy, None, tokenizer)


def scores_of(rows):
    return [torch.tensor(1.0 if i % 2 == 0 else -1.0) for i in range(len(rows))]


def ppo_step(work):
    trainer = new_trainer(work)
    queries = [torch.tensor(row) for row in work["queries"]]
    responses = [torch.tensor(row) for row in work["responses"]]

    def run():
        began = now()
        stats = trainer.step(list(queries), list(responses), scores_of(queries))
        seconds = now() - began
        return {"seconds": seconds, "facts": {"surprisal": float(stats["objective/entropy"])}}

    return run


def generate_and_step(work):
    """A step as the original experiment takes it: it generates for one dialogue at a time."""
    trainer = new_trainer(work)
    model = trainer.model.pretrained_model
    queries = [torch.tensor(row) for row in work["queries"]]

    def run():
        began = now()
        responses = []
        with torch.no_grad():
            for query in queries:
                ids = query.unsqueeze(0).to(model.device)
                out = model.generate(ids, attention_mask=torch.ones_like(ids), do_sample=True, top_k=0,
                                     max_new_tokens=work["newTokens"], min_new_tokens=work["newTokens"],
                                     pad_token_id=PAD)
                responses.append(out[0, len(query):])
        generated = now()
        trainer.step(list(queries), responses, scores_of(queries))
        ended = now()
        return {"seconds": ended - began, "parts": {"generate": generated - began, "step": ended - generated}}

    return run


def encoding(work):
    with open(work["texts"], encoding="utf-8") as file:
        lines = json.load(file)
    path = os.path.join(work["folder"], "tokenizer.json")

    def encode_all(tokenizer):
        began = time.perf_counter()
        tokens = sum(len(tokenizer.encode(line).ids) for line in lines)
        return time.perf_counter() - began, tokens

    def run():
        tokenizer = Tokenizer.from_file(path)
        first, tokens = encode_all(tokenizer)
        again, _ = encode_all(tokenizer)
        began = time.perf_counter()
        tokenizer.encode_batch(lines)
        batch = time.perf_counter() - began
        return {"seconds": first, "parts": {"again": again, "batch": batch},
                "facts": {"texts": len(lines), "tokens": tokens}}

    return run


WORKS = {"generation": generation, "ppoStep": ppo_step, "generateAndStep": generate_and_step, "encoding": encoding}


def best_time(work, repeats=10):
    """Returns the shortest time of a run, after one that warms up."""
    times = []
    for _ in range(repeats + 1):
        began = now()
        work()
        times.append(now() - began)
    return min(times[1:])


def measured_ceilings(device):
    """Returns what a GPU reaches in a large copy and in large products."""
    source = torch.zeros(2**30, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)

    def flops(dtype, size):
        left, right = torch.randn(2, size, size, device=device).to(dtype)
        return 2 * size**3 / best_time(lambda: left @ right)

    return {"bytesPerSecond": 2 * source.numel() / best_time(lambda: target.copy_(source)),
            "flopsPerSecond": flops(torch.float32, 8192), "bfloat16FlopsPerSecond": flops(torch.bfloat16, 8192)}


def main():
    warnings.simplefilter("ignore")
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(int(os.environ["DPPO_BENCH_THREADS"]))
    torch.manual_seed(0)
    run = None
    for line in sys.stdin:
        request = json.loads(line)
        if "prepare" in request:
            run = WORKS[request["prepare"]["kind"]](request["prepare"])
            answer = {}
        elif "run" in request:
            answer = run()
        elif "versions" in request:
            import trl
            answer = {"transformers": transformers.__version__, "trl": trl.__version__,
                      "tokenizers": tokenizers.__version__, "torch": torch.__version__}
        elif "ceilings" in request:
            answer = measured_ceilings(request["ceilings"])
        elif torch.cuda.is_initialized():
            answer = {"bytes": torch.cuda.max_memory_reserved()}
        else:
            answer = {"bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}
        ANSWERS.write(json.dumps(answer) + "\n")
        ANSWERS.flush()


if __name__ == "__main__":
    main()
