"""Saves tokenizers of test/golden/tokenizers/shapes with transformers 5, which writes other files than 4.45, and stores the
ids and texts that transformers 5 gives for them.

    python -m venv venv5 && venv5/bin/pip install transformers==5.24.0
    venv5/bin/python test/golden/make_tokenizers_5.py
"""

import json
import shutil
from pathlib import Path

from tokenizer_cases import write_expected
from transformers import AutoTokenizer

SHAPES = Path(__file__).parent / "tokenizers" / "shapes"

SAVED = {
    "saved-by-5-llama": ("llama2-legacy", {}),
    "saved-by-5-llama-no-bos": ("llama2-legacy", {"add_bos_token": False}),
    "saved-by-5-llama-eos-prefix": ("llama2-legacy", {"add_eos_token": True, "add_prefix_space": True, "legacy": True}),
    "saved-by-5-llama-no-prefix": ("llama2-legacy", {"add_prefix_space": False}),
    "saved-by-5-gemma-eos": ("gemma", {"add_bos_token": False, "add_eos_token": True}),
    "saved-by-5-neox": ("neox", {"add_bos_token": True}),
}

for name, (source, options) in SAVED.items():
    folder = SHAPES / name
    shutil.rmtree(folder, ignore_errors=True)
    AutoTokenizer.from_pretrained(SHAPES / source, **options).save_pretrained(folder)
    for file in folder.glob("*.json"):
        file.write_text(json.dumps(json.loads(file.read_text()), separators=(",", ":")))
    write_expected(folder, json.loads((SHAPES / "texts.json").read_text()))
