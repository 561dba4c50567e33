"""Writes golden tokens and filtered logits of transformers' generation for the models of make_models.py.

    python test/golden/make_generation.py
"""

import json

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM
from transformers.generation.logits_process import (
    LogitsProcessorList,
    MinNewTokensLengthLogitsProcessor,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from make_models import padded
from tiny import HERE

NEW = 14
MARGIN = 2e-3


class CloseCall(Exception):
    """Two tokens were nearly equally likely, so that rounding could decide."""


def prompts_for(vocabulary, seed):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(4, vocabulary, (length,), generator=generator) for length in (7, 2, 5, 1)]


@torch.no_grad()
def greedy(model, prompts, **options):
    """Returns the tokens of a left-padded batch up to and including the first end token. Raises CloseCall."""
    pad = model.config.pad_token_id or 0
    ids, mask = padded(prompts, pad, left=True)
    ends = options.get("eos_token_id") or []
    out = model.generate(ids, attention_mask=mask, do_sample=False, num_beams=1, max_new_tokens=NEW, pad_token_id=pad,
                         output_scores=True, return_dict_in_generate=True,
                         **{**options, "eos_token_id": ends or None})
    rows = []
    for i in range(len(prompts)):
        row = out.sequences[i, ids.shape[1]:].tolist()
        stop = next((t + 1 for t, token in enumerate(row) if token in ends), len(row))
        for step in range(stop):
            first, second = out.scores[step][i].topk(2).values.tolist()
            if first - second < MARGIN:
                raise CloseCall
        rows.append(row[:stop])
    return rows


def case(name, model_name, options, seed):
    model = AutoModelForCausalLM.from_pretrained(HERE / "models" / model_name, attn_implementation="eager")
    model.generation_config.eos_token_id = None
    prompts = prompts_for(model.config.vocab_size, seed)
    chosen = dict(options)
    if "ends" in chosen:
        # End tokens that occur: the token that each named row writes at the named step without end tokens.
        free = greedy(model, prompts)
        chosen["eos_token_id"] = sorted({free[row][step] for row, step in chosen.pop("ends")})
    if "repetition_penalty" in chosen:
        # The reference generates one row at a time, without padding.
        expected = [greedy(model, [prompt], **chosen)[0] for prompt in prompts]
    else:
        expected = greedy(model, prompts, **chosen)
    return {"name": name, "model": model_name, "prompts": [p.tolist() for p in prompts], "maxNewTokens": NEW,
            "options": chosen, "expected": expected}


def first_clear(name, model_name, options):
    for seed in range(200):
        try:
            return case(name, model_name, options, seed)
        except CloseCall:
            continue
    raise RuntimeError(f"{name}: no seed without a close call")


def greedy_cases():
    two = {"ends": [(0, 3), (2, 6)]}
    return [
        first_clear("opt_free", "opt_base", {}),
        first_clear("opt_one_end", "opt_base", {"ends": [(1, 4)]}),
        first_clear("opt_two_ends", "opt_projected_post_norm", two),
        first_clear("opt_minimum", "opt_base", {**two, "min_new_tokens": 8}),
        first_clear("opt_penalty", "opt_base", {"repetition_penalty": 1.4}),
        first_clear("opt_penalty_minimum_end", "opt_pad_is_end", {**two, "repetition_penalty": 1.2, "min_new_tokens": 5}),
        first_clear("llama_free", "llama_grouped_llama3", {}),
        first_clear("llama_two_ends", "llama_grouped_llama3", two),
        first_clear("llama_penalty", "llama_tied", {"repetition_penalty": 1.3}),
    ]


WARPERS = [
    {}, {"temperature": 0.7}, {"top_k": 5}, {"top_p": 0.8}, {"temperature": 0.8, "top_k": 12, "top_p": 0.6},
    {"repetition_penalty": 1.5}, {"repetition_penalty": 1.3, "temperature": 1.7, "top_k": 7, "top_p": 0.9},
    {"min_new_tokens": 4, "temperature": 0.5, "top_p": 0.95}, {"top_k": 100}, {"top_p": 0.05},
]


def filtered(logits, seen, generated, options, ends):
    """Applies the processors and warpers of transformers in the order in which it builds them. Returns the logits."""
    steps = LogitsProcessorList()
    if "repetition_penalty" in options:
        steps.append(RepetitionPenaltyLogitsProcessor(options["repetition_penalty"]))
    if "min_new_tokens" in options:
        steps.append(MinNewTokensLengthLogitsProcessor(seen.shape[1] - generated, options["min_new_tokens"], ends))
    if "temperature" in options:
        steps.append(TemperatureLogitsWarper(options["temperature"]))
    if "top_k" in options:
        steps.append(TopKLogitsWarper(options["top_k"]))
    if "top_p" in options:
        steps.append(TopPLogitsWarper(options["top_p"]))
    return steps(seen, logits)


def warper_cases():
    generator = torch.Generator().manual_seed(17)
    logits = 2.0 * torch.randn(3, 32, generator=generator)
    logits[1, 5:9] = logits[1].max() - 0.5  # ties
    seen = torch.randint(0, 32, (3, 6), generator=generator)
    ends = [4, 9]
    tensors = {"logits": logits, "seen": seen}
    for i, options in enumerate(WARPERS):
        tensors[f"out.{i}"] = filtered(logits.clone(), seen, 2, options, ends).contiguous()
    return tensors, {"generated": 2, "ends": ends, "cases": WARPERS}


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder = HERE / "generation"
    folder.mkdir(exist_ok=True)
    tensors, meta = warper_cases()
    save_file(tensors, folder / "warpers.safetensors")
    text = json.dumps({"greedy": greedy_cases(), "warpers": meta}, separators=(",", ":"))
    (folder / "cases.json").write_text(text.replace('{"name"', '\n{"name"') + "\n")
