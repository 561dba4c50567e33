"""Trains byte-level BPE tokenizers on corpus.txt with Python's tokenizers. The trainer of this package must learn the same.

    python -m venv venv && venv/bin/pip install tokenizers==0.23.3
    venv/bin/python test/golden/make_bpe.py
"""

from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent / "bpe"
OPT_SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]
LLAMA_SPECIALS = [
    "<|begin_of_text|>", "<|end_of_text|>", "<|finetune_right_pad_id|>", "<|start_header_id|>", "<|end_header_id|>",
    "<|eot_id|>",
]
LLAMA_PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def train(pre, specials, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=2, special_tokens=specials, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    # Each paragraph is a document, as in the test.
    documents = (HERE / "corpus.txt").read_bytes().decode().split("\n\n")
    tokenizer.train_from_iterator(documents, trainer)
    return tokenizer


def template(token, number):
    return processors.TemplateProcessing(
        single=f"{token} $A", pair=f"{token} $A {token} $B", special_tokens=[(token, number)]
    )


opt = train(pre_tokenizers.ByteLevel(add_prefix_space=False), OPT_SPECIALS, 700)
opt.post_processor = template("</s>", 2)
opt.save(str(HERE / "opt.golden.json"))

split = pre_tokenizers.Split(Regex(LLAMA_PATTERN), behavior="isolated")
llama = train(pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]), [], 700)
start = llama.get_vocab_size()
llama.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in LLAMA_SPECIALS])
llama.post_processor = template("<|begin_of_text|>", start)
llama.save(str(HERE / "llama.golden.json"))
