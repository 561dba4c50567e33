"""Writes golden PPO steps of TRL's classic PPOTrainer on tiny policies, three steps per case.

Written by TRL 0.11.4 (requirements.txt). In a second environment with trl==0.8.6,
    python test/golden/make_ppo.py --compare
runs the same cases and prints the differences between the two versions. It writes no files.
With names, the script handles only those cases and leaves the other files as they are.
"""

import json
import sys
import warnings

import numpy as np
import torch
import trl
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast
from trl import AutoModelForCausalLMWithValueHead, PPOConfig, PPOTrainer

from tiny import HERE, build, fresh, gpt2_config, llama_config, opt_config, write_config

FOLDER = HERE / "ppo"
STEPS = 3
SMALL = dict(vocab_size=24, ffn_dim=12, max_position_embeddings=16)
POLICIES = {
    "opt": opt_config(**SMALL),
    "opt_post_norm": opt_config(**SMALL, word_embed_proj_dim=8, do_layer_norm_before=False),
    "opt_pad_is_end": opt_config(**SMALL, pad_token_id=2),
    "llama": llama_config(vocab_size=24, intermediate_size=12, num_key_value_heads=2, pad_token_id=2),
    "gpt2": gpt2_config(vocab_size=24, n_inner=12, n_positions=16, pad_token_id=2),
}

COMMON = dict(learning_rate=1e-3, batch_size=4, mini_batch_size=2, ppo_epochs=2)
LEFT = {"pad_side": "left"}
CASES = {
    "base": {},
    "frozen_copy": {"reference": None},
    "left_padding": LEFT,
    "real_defaults": dict(learning_rate=1.41e-5, batch_size=8, mini_batch_size=8, ppo_epochs=4),
    "accumulation": dict(batch_size=8, gradient_accumulation_steps=2),
    "minibatch_1": dict(mini_batch_size=1),
    "kl_abs": dict(kl_penalty="abs"),
    "kl_mse": dict(kl_penalty="mse"),
    "kl_full": dict(kl_penalty="full"),
    "kl_full_left": {**LEFT, "kl_penalty": "full"},
    "fixed_control": dict(adap_kl_ctrl=False, init_kl_coef=0.5),
    "adaptive_control": dict(target=0.05, horizon=20),
    "discounted": dict(gamma=0.9, lam=0.7, vf_coef=0.5),
    "tight_clipping": dict(cliprange=0.02, cliprange_value=0.02, ppo_epochs=3),
    "score_scaling": dict(use_score_scaling=True),
    "score_norm": dict(use_score_scaling=True, use_score_norm=True, score_clip=1.0),
    "score_clip": dict(score_clip=0.5),
    "whiten_rewards": dict(whiten_rewards=True),
    "whiten_rewards_left": {**LEFT, "whiten_rewards": True},
    "early_stopping": dict(early_stopping=True, target_kl=1e-4, ppo_epochs=4),
    "ratio_threshold": dict(ratio_threshold=1.01, learning_rate=5e-3, ppo_epochs=3),
    "response_masks": {"masks": True},
    "response_masks_left": {**LEFT, "masks": True},
    "clip_every_step": dict(max_grad_norm=0.1, clip="every"),
    "clip_once": dict(max_grad_norm=0.1, clip="once"),
    "linear_schedule": {"schedule": "linear", "total_steps": 4},
    "cosine_schedule": {"schedule": "cosine", "total_steps": 4},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.1, "betas": [0.8, 0.95], "eps": 1e-6},
    "opt_350m_style": {"policy": "opt_post_norm"},
    "pad_is_end": {"policy": "opt_pad_is_end"},
    "llama_policy": {"policy": "llama"},
    "llama_policy_left": {**LEFT, "policy": "llama"},
    # Padding on the right only: TRL gives GPT-2 no positions, so that pads on the left would shift them.
    "gpt2_policy": {"policy": "gpt2"},
    "gpt2_policy_masks": {"policy": "gpt2", "masks": True, "whiten_rewards": True},
}
OURS = ("policy", "reference", "pad_side", "masks", "clip", "schedule", "total_steps", "optimizer", "weight_decay",
        "betas", "eps")


def tokenizer_for(pad, side):
    words = Tokenizer(models.WordLevel({str(i): i for i in range(24)}, unk_token="0"))
    made = PreTrainedTokenizerFast(tokenizer_object=words, pad_token=str(pad), eos_token="2")
    made.padding_side = side
    return made


def write_policies(names):
    for seed, (name, config) in enumerate(POLICIES.items()):
        if name not in names:
            continue
        folder = fresh(FOLDER / "policies" / name)
        model = build(config, 200 + seed, spread=0.15)
        write_config(folder, config)
        state = {key: tensor.contiguous() for key, tensor in model.state_dict().items()}
        if config.tie_word_embeddings:
            state.pop("lm_head.weight")
        save_file(state, folder / "model.safetensors", {"format": "pt"})
        generator = torch.Generator().manual_seed(300 + seed)
        width = 8 if name == "opt_post_norm" else 16
        head = {"v_head.summary.weight": 0.3 * torch.randn(1, width, generator=generator),
                "v_head.summary.bias": 0.1 * torch.randn(1, generator=generator)}
        save_file(head, folder / "value_head.safetensors")


def load(name):
    folder = FOLDER / "policies" / name
    policy = AutoModelForCausalLMWithValueHead.from_pretrained(str(folder), attn_implementation="eager")
    head = load_file(folder / "value_head.safetensors")
    with torch.no_grad():
        policy.v_head.summary.weight.copy_(head["v_head.summary.weight"])
        policy.v_head.summary.bias.copy_(head["v_head.summary.bias"])
    return policy


def shifted(policy, amount=0.02):
    """Returns a reference that differs from the policy, so that the KL terms matter from the first step."""
    with torch.no_grad():
        for name, tensor in policy.named_parameters():
            tensor.mul_(1.0 + amount * (1 if "proj" in name else -1))
    return policy


class TensorMoments:
    """Running moments whose values are tensors again, without which score scaling crashes from TRL 0.10 on."""

    def __init__(self, inner):
        self.inner = inner

    def update(self, scores):
        return self.inner.update(scores)

    std = property(lambda self: torch.as_tensor(self.inner.std))
    mean = property(lambda self: torch.as_tensor(self.inner.mean))


def make_trainer(options):
    own = {key: options.get(key) for key in OURS}
    config = PPOConfig(**{key: value for key, value in options.items() if key not in OURS})
    policy = load(own["policy"] or "opt")
    reference = None if "reference" in options else shifted(load(own["policy"] or "opt"))
    pad = policy.pretrained_model.config.pad_token_id
    parameters = [p for p in policy.parameters() if p.requires_grad]
    kind = torch.optim.AdamW if own["optimizer"] == "adamw" else torch.optim.Adam
    extra = {key: own[key] for key in ("betas", "eps", "weight_decay") if own[key] is not None}
    optimizer = kind(parameters, lr=config.learning_rate, foreach=False, **extra)
    schedule = None
    if own["schedule"]:
        n = own["total_steps"]
        factor = {"linear": lambda s: max(0.0, 1 - s / n), "cosine": lambda s: 0.5 * (1 + np.cos(np.pi * min(1, s / n)))}
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, factor[own["schedule"]])
    trainer = PPOTrainer(config, policy, reference, tokenizer_for(pad, own["pad_side"] or "right"),
                         optimizer=optimizer, lr_scheduler=schedule)
    if config.use_score_scaling:
        trainer.running = TensorMoments(trainer.running)
    if own["clip"] == "every":
        trainer.model_params = parameters  # TRL's iterator would be exhausted after one use
    return trainer, policy, parameters, optimizer


def record_norms(trainer, parameters, optimizer):
    """Records the gradient norm before clipping at each optimizer step."""
    state, norms = {}, []
    backward, step = trainer.accelerator.backward, optimizer.step

    def measured_backward(loss, **kwargs):
        backward(loss, **kwargs)
        squares = [p.grad.double().pow(2).sum() for p in parameters if p.grad is not None]
        state["norm"] = torch.stack(squares).sum().sqrt().item()

    def recorded_step(*args, **kwargs):
        norms.append(state["norm"])
        return step(*args, **kwargs)

    trainer.accelerator.backward = measured_backward
    optimizer.step = recorded_step
    return norms


def record_permutations():
    orders, original = [], np.random.permutation

    def permutation(n):
        order = original(n)
        orders.append(order.tolist())
        return order

    np.random.permutation = permutation
    return orders, lambda: setattr(np.random, "permutation", original)


def make_batch(rng, size, masks, pad):
    queries = [rng.integers(3, 24, rng.integers(2, 6)).tolist() for _ in range(size)]
    responses = [rng.integers(3, 24, rng.integers(2, 7)).tolist() for _ in range(size)]
    responses[0][-1] = 2  # the end token, which is also the pad id in one policy
    queries[1][0] = pad
    batch = {"queries": queries, "responses": responses, "scores": rng.normal(0.3, 1.0, size).astype(np.float32).tolist()}
    if masks:
        batch["responseMasks"] = [[1] + rng.integers(0, 2, len(r) - 1).tolist() for r in responses]
    return batch


VECTORS = ("objective/kl_dist", "tokens/queries_dist", "tokens/responses_dist", "ppo/policy/advantages",
           "ppo/policy/ratio", "objective/logprobs", "objective/ref_logprobs")


def run_case(name, changes):
    options = {**COMMON, **changes}
    trainer, policy, parameters, optimizer = make_trainer(options)
    initial = {key: tensor.detach().clone() for key, tensor in policy.state_dict().items()}
    norms = record_norms(trainer, parameters, optimizer)
    orders, restore = record_permutations()
    rng = np.random.default_rng(sum(name.encode()))
    pad = policy.pretrained_model.config.pad_token_id
    steps = []
    for _ in range(STEPS):
        batch = make_batch(rng, options["batch_size"], options.get("masks"), pad)
        tensors = [[torch.tensor(row) for row in batch[key]] for key in ("queries", "responses")]
        scores = [torch.tensor(score) for score in batch["scores"]]
        masks = [torch.tensor(m, dtype=torch.float32) for m in batch["responseMasks"]] if "responseMasks" in batch else None
        stats = trainer.step(*tensors, scores, response_masks=masks)
        if masks:
            batch["responseMasks"] = [[int(v) for v in row] for row in batch["responseMasks"]]
        scalars = {key: float(value) for key, value in stats.items() if key not in VECTORS and not key.startswith("time")}
        vectors = VECTORS if not steps else VECTORS[:1]  # long vectors are stored once per case
        arrays = {key: np.asarray(stats[key], dtype=np.float32).ravel().tolist() for key in vectors}
        while len(orders) < options["ppo_epochs"]:  # epochs that early stopping skipped
            orders.append(list(range(options["batch_size"])))
        steps.append({**batch, "permutations": orders[:], "stats": scalars, "arrays": arrays, "gradientNorms": norms[:],
                      "klCoef": float(trainer.kl_ctl.value), "learningRate": optimizer.param_groups[0]["lr"]})
        orders.clear()
        norms.clear()
    restore()
    final = {key: tensor.detach() for key, tensor in policy.state_dict().items() if key != "lm_head.weight"
             or not policy.pretrained_model.config.tie_word_embeddings}
    change = {key: (tensor - initial[key]).contiguous() for key, tensor in final.items()}
    return {"policy": options.get("policy", "opt"), "options": options, "steps": steps}, change


CAMEL = {"schedule": "lr_schedule"}


def camel(key):
    head, *rest = CAMEL.get(key, key).split("_")
    return head + "".join(word.title() for word in rest)


def our_options(options):
    """Returns the options of this package's trainer for the same run."""
    chosen = {camel(key): value for key, value in options.items() if key not in ("policy", "reference", "masks", "clip")}
    return {**chosen, "trlParity": True, **({"clipOnce": True} if options.get("clip") == "once" else {})}


def rounded(value):
    if isinstance(value, float):
        return None if value != value else float(f"{value:.8g}")
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return {key: rounded(item) for key, item in value.items()} if isinstance(value, dict) else value


def write(name, record, change):
    record = {"name": name, "policy": record["policy"], "sharedReference": "reference" in record["options"],
              "options": our_options(record["options"]), "steps": record["steps"]}
    text = json.dumps(rounded(record), separators=(",", ":")).replace('{"queries"', '\n{"queries"')
    (FOLDER / f"{name}.json").write_text(text + "\n")
    save_file(change, FOLDER / f"{name}.safetensors")


def compare(name, record, change):
    """Prints the largest relative differences from the stored run in statistics and in the change of the weights."""
    stored = json.loads((FOLDER / f"{name}.json").read_text())
    worst = 0.0
    for ours, theirs in zip(record["steps"], stored["steps"]):
        for key, value in theirs["stats"].items():
            if value is not None:
                worst = max(worst, abs(ours["stats"][key] - value) / max(1e-6, abs(value)))
    other = load_file(FOLDER / f"{name}.safetensors")
    weights = max((change[key] - other[key]).abs().max().item() for key in other)
    print(f"{name}: statistics {worst:.1e}, weights {weights:.1e}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    comparing = "--compare" in sys.argv
    chosen = [name for name in sys.argv[1:] if name in CASES]
    if not comparing:
        assert trl.__version__ == "0.11.4", "the stored data comes from TRL 0.11.4"
        if not chosen:
            fresh(FOLDER)
        write_policies({CASES[name].get("policy", "opt") for name in chosen or CASES})
    for name, changes in CASES.items():
        if chosen and name not in chosen:
            continue
        if comparing and name == "response_masks_left":
            continue  # TRL 0.8.6 cannot run this case
        (compare if comparing else write)(name, *run_case(name, changes))
