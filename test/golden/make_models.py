"""Writes golden logits of tiny models of every family, computed by transformers in float32 with eager attention.

Run in an environment with requirements.txt; it rewrites models/ and files/ beside it:
    python test/golden/make_models.py
With names, it rewrites only those cases.
"""

import json
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file, save_model
from trl import AutoModelForCausalLMWithValueHead

from tiny import (
    HERE,
    build,
    fresh,
    gpt2_config,
    llama_config,
    mistral_config,
    opt_config,
    qwen2_config,
    write_config,
)

LENGTHS = (9, 4, 6)

LLAMA3 = {"rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 16}

MODELS = {
    "opt_base": opt_config(),
    "opt_post_norm": opt_config(do_layer_norm_before=False),
    "opt_projected": opt_config(word_embed_proj_dim=8),
    "opt_projected_post_norm": opt_config(word_embed_proj_dim=8, do_layer_norm_before=False),
    "opt_untied": opt_config(tie_word_embeddings=False),
    "opt_no_final_norm": opt_config(_remove_final_layer_norm=True),
    "opt_no_bias": opt_config(enable_bias=False),
    "opt_no_affine": opt_config(layer_norm_elementwise_affine=False),
    "opt_gelu": opt_config(activation_function="gelu"),
    "opt_gelu_new": opt_config(activation_function="gelu_new"),
    "opt_pad_is_end": opt_config(pad_token_id=2),
    "llama_plain": llama_config(),
    "llama_grouped_llama3": llama_config(num_key_value_heads=2, rope_scaling=LLAMA3, rope_theta=10000.0),
    "llama_linear": llama_config(rope_scaling={"type": "linear", "factor": 2.0}),
    "llama_head_dim": llama_config(head_dim=6, num_key_value_heads=1),
    "llama_biases": llama_config(attention_bias=True, mlp_bias=True, num_key_value_heads=2),
    "llama_tied": llama_config(tie_word_embeddings=True, pad_token_id=2),
    "llama_rope_parameters": llama_config(rope_scaling=LLAMA3, rope_theta=10000.0),
    "gpt2_base": gpt2_config(),
    "gpt2_inner": gpt2_config(n_inner=24, activation_function="relu", layer_norm_epsilon=1e-2),
    "gpt2_scaled_by_layer": gpt2_config(scale_attn_by_inverse_layer_idx=True, reorder_and_upcast_attn=True),
    "gpt2_unscaled": gpt2_config(scale_attn_weights=False, tie_word_embeddings=False, activation_function="silu"),
    "qwen2_plain": qwen2_config(),
    "qwen2_tied": qwen2_config(tie_word_embeddings=True, rms_norm_eps=1e-5),
    "mistral_window": mistral_config(sliding_window=4, head_dim=6),
    "mistral_full": mistral_config(sliding_window=None, rope_theta=500.0),
    "llama_parts": llama_config(pretraining_tp=2),
}

# Newer versions of transformers write these keys instead. The arithmetic is the same.
REWRITTEN = {
    "llama_linear": {"rope_scaling": {"type": "linear", "factor": 2.0}},
    "llama_rope_parameters": {
        "rope_parameters": {**LLAMA3, "rope_theta": 10000.0},
        "rope_scaling": "drop", "rope_theta": "drop", "torch_dtype": "drop", "dtype": "float32",
    },
}


def wanted(name):
    return len(sys.argv) < 2 or name in sys.argv[1:]


def rows_for(vocabulary, pad, seed):
    """Returns random rows. The second one contains the pad id as a real token."""
    generator = torch.Generator().manual_seed(seed)
    rows = [torch.randint(4, vocabulary, (length,), generator=generator) for length in LENGTHS]
    if pad is not None:
        rows[1][2] = pad
    return rows


def padded(rows, pad, left):
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), pad)
    mask = torch.zeros_like(ids)
    for i, row in enumerate(rows):
        where = slice(width - len(row), width) if left else slice(0, len(row))
        ids[i, where] = row
        mask[i, where] = 1
    return ids, mask


@torch.no_grad()
def batch_logits(model, rows, pad, left):
    ids, mask = padded(rows, pad, left)
    extra = {}
    if model.config.model_type != "opt":  # OPT counts its positions from the mask by itself
        extra["position_ids"] = (mask.cumsum(1) - 1).clamp(min=0)
    logits = model(ids, attention_mask=mask, **extra).logits
    return torch.cat([logits[i][mask[i].bool()] for i in range(len(rows))])


@torch.no_grad()
def expectations(model, rows):
    pad = model.config.pad_token_id or 0
    return {
        "ids": torch.cat(rows),
        "lengths": torch.tensor([len(row) for row in rows]),
        "plain": torch.cat([model(row[None]).logits[0] for row in rows]),
        "right": batch_logits(model, rows, pad, left=False),
        "left": batch_logits(model, rows, pad, left=True),
    }


def weights(model):
    """Returns the state dict as save_pretrained writes it, without a tied head."""
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    if model.config.tie_word_embeddings:
        state.pop("lm_head.weight", None)
    return state


def make_models():
    for seed, (name, config) in enumerate(MODELS.items()):
        if not wanted(name):
            continue
        folder = fresh(HERE / "models" / name)
        model = build(config, seed)
        write_config(folder, config, REWRITTEN.get(name))
        save_file(weights(model), folder / "model.safetensors", {"format": "pt"})
        rows = rows_for(config.vocab_size, config.pad_token_id, seed)
        save_file(expectations(model, rows), folder / "expected.safetensors")


def files_case(name, model, rows, config=None):
    folder = fresh(HERE / "files" / name if wanted(name) else Path(tempfile.mkdtemp()) / name)
    write_config(folder, config or model.config)
    save_file(expectations(model, rows), folder / "expected.safetensors")
    return folder


def write_sharded(folder, state):
    names = list(state)
    halves = [names[: len(names) // 2], names[len(names) // 2 :]]
    index = {"metadata": {}, "weight_map": {}}
    for i, half in enumerate(halves):
        file = f"model-{i + 1:05d}-of-00002.safetensors"
        save_file({key: state[key] for key in half}, folder / file)
        index["weight_map"].update({key: file for key in half})
    (folder / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")


def renamed(state, change):
    return {change(name): tensor for name, tensor in state.items()}


def make_files():
    small = dict(hidden_size=8, num_hidden_layers=1, ffn_dim=8, vocab_size=16, max_position_embeddings=12,
                 word_embed_proj_dim=8)
    model = build(opt_config(**small), 100)
    state = weights(model)
    rows = rows_for(16, 1, 100)
    write_sharded(files_case("sharded", model, rows), state)
    torch.save(state, files_case("bin_zip", model, rows) / "pytorch_model.bin")
    torch.save(state, files_case("bin_legacy", model, rows) / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    # In a model in memory, parameters and tied weights are views of one storage.
    live = {name: torch.nn.Parameter(tensor) for name, tensor in state.items()}
    live["lm_head.weight"] = live["model.decoder.embed_tokens.weight"]
    torch.save(live, files_case("bin_parameters", model, rows) / "pytorch_model.bin")
    prefixes = {
        "prefix_bare": lambda name: name.removeprefix("model."),
        "prefix_module": lambda name: "module." + name,
        "prefix_compiled": lambda name: "_orig_mod.module." + name,
    }
    for name, change in prefixes.items():
        save_file(renamed(state, change), files_case(name, model, rows) / "model.safetensors")
    with_head = {**state, "lm_head.weight": state["model.decoder.embed_tokens.weight"].clone()}
    save_file(with_head, files_case("tied_head_copy", model, rows) / "model.safetensors")
    # Of two names of one tensor, this function keeps the first in alphabetical order, which is the head's.
    save_model(model, str(files_case("tied_head_alone", model, rows) / "model.safetensors"), {"format": "pt"})
    # The first OPT files, converted from fairseq, hold the version of the decoder as a buffer.
    versioned = {**state, "decoder.version": torch.tensor([3.0])}
    torch.save(versioned, files_case("bin_fairseq", model, rows) / "pytorch_model.bin")
    for name, dtype in {"bf16": torch.bfloat16, "f16": torch.float16}.items():
        rounded = {key: tensor.to(dtype) for key, tensor in state.items()}
        other = build(opt_config(**small), 100)
        other.load_state_dict({key: tensor.float() for key, tensor in rounded.items()}, strict=False)
        other.tie_weights()
        save_file(rounded, files_case(name, other, rows) / "model.safetensors")
    make_trl_policy(model, rows)
    make_wrapped(model, rows, state)
    make_gpt2_bare()


def make_wrapped(model, rows, state):
    """Writes the dictionaries that training programs put around a state dict."""
    lightning = {"epoch": 1, "global_step": 20, "pytorch-lightning_version": "2.4.0",
                 "state_dict": {"model." + name: tensor for name, tensor in state.items()},
                 "optimizer_states": [{"state": {0: {"exp_avg": torch.ones(3)}}, "param_groups": [{"lr": 1e-3}]}]}
    torch.save(lightning, files_case("bin_lightning", model, rows) / "pytorch_model.bin")
    wrapped = {"optimizer": {"state": {0: torch.ones(2)}}, "epoch": 1, "loss": 0.5, "model_state_dict": state}
    torch.save(wrapped, files_case("bin_wrapped", model, rows) / "pytorch_model.bin",
               _use_new_zipfile_serialization=False)


def make_gpt2_bare():
    """Writes GPT-2 as the first files of the hub have it: without a prefix, with the buffers of the causal mask."""
    model = build(gpt2_config(vocab_size=16, n_embd=8, n_layer=2, n_head=2, n_inner=8, n_positions=12), 101)
    state = renamed(weights(model), lambda name: name.removeprefix("transformer."))
    for layer in range(2):
        state[f"h.{layer}.attn.bias"] = torch.tril(torch.ones(12, 12)).view(1, 1, 12, 12)
        state[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    save_file(state, files_case("gpt2_bare", model, rows_for(16, None, 101)) / "model.safetensors")


def make_trl_policy(model, rows):
    """Writes a policy as TRL saves it, with the value head in the weights file."""
    policy = AutoModelForCausalLMWithValueHead(model).eval()
    policy.is_peft_model = False
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        policy.v_head.summary.weight.copy_(torch.randn(1, 8, generator=generator))
        policy.v_head.summary.bias.copy_(torch.randn(1, generator=generator))
        values = torch.cat([policy(row[None])[2][0] for row in rows])
    folder = files_case("trl_policy", model, rows)
    save_file({**expectations(model, rows), "values": values}, folder / "expected.safetensors")
    torch.save(policy.state_dict(), folder / "pytorch_model.bin")


if __name__ == "__main__":
    torch.set_num_threads(1)
    make_models()
    make_files()
