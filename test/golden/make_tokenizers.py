"""Trains two small byte-level BPE tokenizers and stores their ids of plain and adversarial text.

    python -m venv venv && venv/bin/pip install tokenizers==0.20.3
    venv/bin/python test/golden/make_tokenizers.py
"""

import json
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent / "tokenizers"

TEXT = """A:: So, uh, did you ever get that boat in the water?
B:: Well, we did, and then it, it wouldn't start.
A:: Oh no. I can't believe it's the same one we'd seen in '89.
B:: Yeah. They've said we'll get 1,250 dollars for it, or 300 more if I'm lucky.
A:: That's not bad. You're gonna fix it, aren't you?
B:: I don't know, we sat there for an hour. My brother had packed, um, eleven sandwiches.
""" * 3

ADVERSARIAL = [
    "", " ", "  ", "\n", "\n\n", " \n ", "\t", "\r\n", "a\r\nb", "   leading", "trailing   ", "a  b   c    d",
    "\ufeff", "a\ufeffb", "\u0085", "a\u0085b", "\u00a0x", "x\u2003y", "\u200b", "\u2028", "caf\u00e9", "cafe\u0301",
    "\u00df\u0130\u0131", "\u4f60\u597d", "\u0627\u0644", "\U0001F600", "\U0001F468\u200D\U0001F469\u200D\U0001F467", "e\u0301\u0302\u0303",
    "I'll you've she'd they're it's don't I'm", "I'LL YOU'VE", "'s's's", "''''", "1234567890", "3.14159", "1,000,000",
    "a1b2c3", "foo_bar-baz", "!!!???...", "<s>", "</s>", "<pad>", "a</s>b", "<|eot_id|>", "<|begin_of_text|>hi",
    "<|start_header_id|>user<|end_header_id|>", "a" * 300, "ab" * 150, " " * 50, "\n" * 20, "x\0y", "\x01\x1f", "A::", "A:: ",
    "B:: Yeah.\nA::", "So, uh, did you ever", "it, it wouldn't start.", "\u0e44\u0e17\u0e22", "\U0001D54F", "a\u0300" * 20,
]

LLAMA_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def train(pre, specials, ignore_merges):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=specials, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(TEXT.splitlines(keepends=True), trainer)
    return tokenizer


def opt():
    specials = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = train(pre_tokenizers.ByteLevel(add_prefix_space=False), specials, False)
    bos = tokenizer.token_to_id("</s>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="</s> $A", pair="</s> $A </s> $B", special_tokens=[("</s>", bos)]
    )
    return tokenizer, {"bos_token": "</s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}


def llama():
    specials = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    pre = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(LLAMA_PATTERN), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer = train(pre, specials, True)
    bos = tokenizer.token_to_id("<|begin_of_text|>")
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single="<|begin_of_text|> $A",
                pair="<|begin_of_text|> $A <|begin_of_text|> $B",
                special_tokens=[("<|begin_of_text|>", bos)],
            ),
        ]
    )
    return tokenizer, {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"}


def store(name, tokenizer, config):
    folder = HERE / name
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    texts = TEXT.splitlines(keepends=True)[:6] + [TEXT] + ADVERSARIAL
    cases = []
    for text in texts:
        ids = tokenizer.encode(text).ids
        cases.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=True)})
    (folder / "expected.json").write_text(json.dumps(cases))


def legacy():
    tokenizer, config = opt()
    folder = HERE / "opt-legacy"
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.model.save(str(folder))
    (folder / "tokenizer_config.json").write_text(json.dumps({**config, "add_bos_token": True, "cls_token": "<s>"}))


store("opt", *opt())
store("llama", *llama())
legacy()
