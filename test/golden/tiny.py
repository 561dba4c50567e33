"""Makes tiny random models for the scripts that write golden data."""

import json
import shutil
from pathlib import Path

import torch
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    OPTConfig,
    Qwen2Config,
)

HERE = Path(__file__).parent


def opt_config(**changes):
    base = dict(
        vocab_size=40, hidden_size=16, num_hidden_layers=2, ffn_dim=24, num_attention_heads=2,
        max_position_embeddings=32, word_embed_proj_dim=16, pad_token_id=1, bos_token_id=2, eos_token_id=2,
    )
    return OPTConfig(**{**base, **changes})


def llama_config(**changes):
    base = dict(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=64, rms_norm_eps=1e-5, rope_theta=500.0,
        bos_token_id=0, eos_token_id=[2, 3], pad_token_id=None,
    )
    return LlamaConfig(**{**base, **changes})


def gpt2_config(**changes):
    base = dict(vocab_size=40, n_embd=16, n_layer=2, n_head=2, n_positions=32, bos_token_id=2, eos_token_id=2)
    return GPT2Config(**{**base, **changes})


def qwen2_config(**changes):
    base = dict(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, rope_theta=1000.0, eos_token_id=[2, 3], pad_token_id=2,
    )
    return Qwen2Config(**{**base, **changes})


def mistral_config(**changes):
    base = dict(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, rms_norm_eps=1e-5,
    )
    return MistralConfig(**{**base, **changes})


def randomise(model, seed, spread=0.25):
    """Sets weights that are large enough that a wrong formula differs by far more than rounding."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.named_parameters():
            noise = torch.randn(tensor.shape, generator=generator)
            norm = ("norm" in name or "ln_" in name) and name.endswith("weight")
            tensor.copy_(1.0 + 0.2 * noise if norm else spread * noise)
    return model.eval()


def build(config, seed, spread=0.25):
    return randomise(AutoModelForCausalLM.from_config(config, attn_implementation="eager"), seed, spread)


def fresh(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def write_config(folder, config, changes=None):
    """Writes config.json without the version of the library, so that the file does not depend on it."""
    values = config.to_diff_dict()
    values.pop("transformers_version", None)
    values.pop("_name_or_path", None)
    values["model_type"] = config.model_type
    values.update(changes or {})
    values = {key: value for key, value in values.items() if value != "drop"}
    (folder / "config.json").write_text(json.dumps(values, indent=1, sort_keys=True) + "\n")
