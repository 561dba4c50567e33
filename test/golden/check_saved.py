"""Loads model folders that this package saved with the installed transformers and compares them with the package's logits.

Prints a line per folder; exits with 1 if one does not load, has another type than its weights, or differs:
    node test/golden/save_outputs.js FOLDER        (writes the folders, with logits.json in each)
    python test/golden/check_saved.py FOLDER
Run it in an environment with transformers 4.45 and in one with transformers 5.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from safetensors import safe_open
from transformers import AutoConfig, AutoModelForCausalLM

DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
TOLERANCE = {torch.float32: 2e-5, torch.float16: 0.05, torch.bfloat16: 0.3}
FIVE = int(transformers.__version__.split(".")[0]) >= 5


def stored_dtype(folder):
    with safe_open(folder / "model.safetensors", "pt") as file:
        return DTYPES[file.get_slice(next(iter(file.keys()))).get_dtype()]


@torch.no_grad()
def problems(folder):
    """Returns what is wrong with a folder, and the largest difference of the logits."""
    key = "dtype" if FIVE else "torch_dtype"
    model, report = AutoModelForCausalLM.from_pretrained(
        folder, attn_implementation="eager", output_loading_info=True, **{key: "auto"})
    found = [f"{name}: {sorted(report[name])}" for name in ("missing_keys", "unexpected_keys", "mismatched_keys")
             if report[name]]
    stored = stored_dtype(folder)
    if model.dtype != stored:
        found.append(f"loaded as {model.dtype}, stored as {stored}")
    config = AutoConfig.from_pretrained(folder)
    if config.architectures != [type(model).__name__]:
        found.append(f"architectures {config.architectures}, loaded {type(model).__name__}")
    ours = json.loads((folder / "logits.json").read_text())
    theirs = model(torch.tensor([ours["ids"]])).logits[0].float()
    difference = (theirs - torch.tensor(ours["logits"]).view_as(theirs)).abs().max().item()
    if not difference <= TOLERANCE[stored]:
        found.append(f"logits differ by {difference:.1e}")
    return found, difference


if __name__ == "__main__":
    failed = False
    for folder in sorted(path.parent for path in Path(sys.argv[1]).glob("*/logits.json")):
        found, difference = problems(folder)
        failed = failed or bool(found)
        print(f"{folder.name}: {'; '.join(found) or f'{difference:.1e}'} (transformers {transformers.__version__})")
    sys.exit(failed)
