"""Trains two small byte-level BPE tokenizers and stores their ids of plain and adversarial text, then stores the ids and
texts that AutoTokenizer gives for tokenizers of many shapes.

    python -m venv venv && venv/bin/pip install tokenizers==0.20.3 transformers==4.45.2
    venv/bin/python test/golden/make_tokenizers.py

The trainers of BPE with a suffix, WordPiece and Unigram take equal candidates in any order, so that another run may write
other, equally valid vocabularies with their ids.
"""

import json
import shutil
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokenizer_cases import write_expected

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



# Shapes of tokenizers. Each is written as the files of a model folder, and AutoTokenizer reads it back.

SHAPE_TEXTS = [
    "", " ", "   ", "\n", "\n\n", "\r\n", "\t", "a\r\nb\tc", "  leading", "trailing  ", "a  b   c    d",
    "So, uh, did you ever get that boat in the water?", "A:: Well, we did.\nB:: Oh no. ", "I can't, they've said 'no'.",
    "I'LL YOU'VE", "1,250 dollars or 300 more in '89", "3.14159 a1b2c3 \u0662\u0663 \u00bd", "foo_bar-baz!!! (really?) [x]",
    "caf\u00e9 cafe\u0301 \u00c5ngstr\u00f6m", "\u039f\u0394\u039f\u03a3 \u0130stanbul stra\u00dfe", "\ufb01ne \uff26\uff35\uff2c\uff2c \u2460",
    "\u4f60\u597d\u4e16\u754c", "a\u4f60b \U00020000", "\u0645\u0631\u062d\u0628\u0627 \u0628\u0643", "\u0e44\u0e17\u0e22",
    "\U0001F600 \U0001F468\u200D\U0001F469\u200D\U0001F467!", "e\u0301\u0302\u0303 a\u0300a\u0300", "\u00a0x\u2003y\u3000z", "\ufeffa\ufeffb", "a\u0085b\u2028c",
    "x\0y\x01\x1f\x7f", "\u2581a\u2581\u2581b", "<0x0A>", "<s>", "</s>", "<unk>x</s>", "hello <s> there</s>  boat",
    "boat<mask> boat <mask>  boat", "<tool>boat <tool> <TOOL>", "a <sep>b<sep> c xword word words", "A\u00c9IOU <add> \u00c9",
    "a" * 120, "boat" * 30, "\U0001F600" * 5, " " * 20 + "x", "zzz qqq \u00fe\u00e6 zz", "it, it wouldn't start.", "naive na\u00efve",
]

BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
TRAINING = TEXT.splitlines() + [
    "caf\u00e9 stra\u00dfe na\u00efve \u00c9", "\u4f60\u597d \u4e16\u754c", "boat boats water waters start started", "<unk> plain words and words",
] * 3


def trained(model, pre=None, norm=None, specials=("<unk>", "<s>", "</s>", "<pad>"), size=420, alphabet=(), **options):
    tokenizer = Tokenizer(model)
    if pre is not None:
        tokenizer.pre_tokenizer = pre
    if norm is not None:
        tokenizer.normalizer = norm
    trainer_class = trainers.WordPieceTrainer if isinstance(model, models.WordPiece) else trainers.BpeTrainer
    trainer = trainer_class(
        vocab_size=size, special_tokens=list(specials), initial_alphabet=list(alphabet), show_progress=False, **options
    )
    tokenizer.train_from_iterator(TRAINING, trainer)
    return tokenizer


def byte_level(prefix=False, **options):
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer = trained(models.BPE(), pre_tokenizers.ByteLevel(add_prefix_space=prefix), alphabet=alphabet, **options)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def sentencepiece(legacy, prefix="first"):
    """BPE with byte tokens, as converted from SentencePiece."""
    pre = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    base = trained(models.BPE(unk_token="<unk>"), pre, specials=["<unk>", "<s>", "</s>", "<pad>", *BYTES], size=600)
    content = json.loads(base.to_str())
    content["added_tokens"] = [token for token in content["added_tokens"] if token["id"] < 4]
    content["model"] |= {"fuse_unk": True, "byte_fallback": True}
    strip = [{"type": "Strip", "content": " ", "start": 1, "stop": 0}] if prefix != "never" else []
    replace = {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}
    content["decoder"] = {"type": "Sequence", "decoders": [replace, {"type": "ByteFallback"}, {"type": "Fuse"}, *strip]}
    content["pre_tokenizer"] = None
    if legacy:
        prepend = {"type": "Prepend", "prepend": "\u2581"}
        content["normalizer"] = {
            "type": "Sequence",
            "normalizers": [prepend, {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}],
        }
    else:
        content["normalizer"] = None
        content["pre_tokenizer"] = {
            "type": "Metaspace", "replacement": "\u2581", "prepend_scheme": prefix, "split": False,
        }
    return content


def metaspace(scheme, fuse, split=True):
    pre = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split)
    tokenizer = trained(models.BPE(unk_token="<unk>", fuse_unk=fuse), pre)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme=scheme)
    return tokenizer


def template(tokenizer, single, *names):
    tokenizer.post_processor = processors.TemplateProcessing(
        single=single, special_tokens=[(name, tokenizer.token_to_id(name)) for name in names]
    )
    return tokenizer


GPT1 = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "<unk>"}
FAST = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
LLAMA = {"tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "legacy": True}
GPT2 = {"tokenizer_class": "GPT2Tokenizer", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}


def content_of(tokenizer):
    return json.loads(tokenizer.to_str())


def shapes():
    """Yields the name of each shape with its files; a dictionary becomes JSON."""
    around = template(byte_level(), "<s> $A </s>", "<s>", "</s>")
    yield "template-around", content_of(around), FAST, {}

    old_metaspace = content_of(metaspace("always", False))
    old_metaspace["pre_tokenizer"] = {"type": "Metaspace", "replacement": "\u2581", "add_prefix_space": True}
    old_metaspace["decoder"] = {"type": "Metaspace", "replacement": "\u2581", "add_prefix_space": True}
    yield "metaspace-old-form", old_metaspace, FAST, {}
    yield "metaspace-first", content_of(metaspace("first", True)), FAST, {}
    yield "metaspace-never", content_of(metaspace("never", False, split=False)), FAST, {}

    yield "llama2-legacy", sentencepiece(True), LLAMA, {}
    yield "llama2-eos", sentencepiece(False), LLAMA | {"legacy": False, "add_bos_token": True, "add_eos_token": True}, {}
    yield "llama2-no-bos", sentencepiece(True), LLAMA | {"add_bos_token": False}, {}
    bytes_special = sentencepiece(True)
    bytes_special["added_tokens"] += [
        {"id": 4 + byte, "content": BYTES[byte], "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
         "special": True}
        for byte in range(256)
    ]
    yield "bytes-as-special-tokens", bytes_special, FAST, {}

    gemma = sentencepiece(False, "never")
    gemma["pre_tokenizer"] = {
        "type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False,
    }
    gemma["normalizer"] = {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}
    yield "gemma", gemma, FAST, {}

    roberta = byte_level(prefix=True)
    roberta.post_processor = processors.RobertaProcessing(sep=("</s>", 2), cls=("<s>", 1))
    roberta.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    names = {"cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}
    yield "roberta", content_of(roberta), FAST | names | {"tokenizer_class": "RobertaTokenizer", "add_prefix_space": True}, {}
    yield "gpt2-prefix-space", content_of(byte_level()), GPT2 | {"add_prefix_space": True}, {}
    yield "gpt2-no-prefix-space", content_of(byte_level(prefix=True)), GPT2, {}
    neox = GPT2 | {"tokenizer_class": "GPTNeoXTokenizer", "add_bos_token": True, "add_eos_token": True}
    yield "neox", content_of(byte_level()), neox, {}

    suffix_model = models.BPE(unk_token="<unk>", end_of_word_suffix="</w>")
    gpt1 = trained(
        suffix_model, pre_tokenizers.BertPreTokenizer(), normalizers.BertNormalizer(lowercase=True), end_of_word_suffix="</w>"
    )
    gpt1.decoder = decoders.BPEDecoder(suffix="</w>")
    yield "end-of-word", content_of(gpt1), GPT1, {}

    bert = trained(
        models.WordPiece(unk_token="[UNK]"), pre_tokenizers.BertPreTokenizer(), normalizers.BertNormalizer(lowercase=True),
        specials=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
    )
    bert.post_processor = processors.BertProcessing(sep=("[SEP]", 3), cls=("[CLS]", 2))
    bert.decoder = decoders.WordPiece()
    yield "bert", content_of(bert), {"tokenizer_class": "BertTokenizer", "do_lower_case": True}, {}
    yield "bert-cased", content_of(bert), {"tokenizer_class": "BertTokenizer", "do_lower_case": False}, {}

    steps = [normalizers.NFKC(), normalizers.Lowercase(), normalizers.Strip(), normalizers.StripAccents()]
    splits = [pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True)]
    normalized = trained(
        models.BPE(unk_token="<unk>", fuse_unk=True), pre_tokenizers.Sequence(splits), normalizers.Sequence(steps)
    )
    normalized.add_tokens([
        AddedToken("<TOOL>", normalized=True), AddedToken("<sep>", lstrip=True, rstrip=True, normalized=False),
        AddedToken("word", single_word=True, normalized=False),
    ])
    yield "normalizers", content_of(normalized), FAST, {}

    punctuation = [
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.Digits(),
        pre_tokenizers.Metaspace(prepend_scheme="always", split=False),
    ]
    nfd = normalizers.Sequence([normalizers.NFD(), normalizers.Replace(Regex("[xz]+"), "$1 $&"), normalizers.Replace("oa", "o")])
    dropped = trained(models.BPE(), pre_tokenizers.Sequence(punctuation), nfd, specials=["<s>", "</s>", "<pad>"])
    dropped.decoder = decoders.Metaspace()
    unigram = Tokenizer(models.Unigram())
    unigram.normalizer = normalizers.NFKC()
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    unigram.decoder = decoders.Metaspace()
    named = ["<unk>", "<s>", "</s>", "<pad>"]
    unigram.train_from_iterator(
        TRAINING, trainers.UnigramTrainer(vocab_size=200, special_tokens=named, unk_token="<unk>", show_progress=False)
    )
    yield "unigram", content_of(template(unigram, "$A </s>", "</s>")), FAST, {}
    yield "unknown-dropped", content_of(dropped), FAST, {}

    later = FAST | {"added_tokens_decoder": {
        "2": {"content": "</s>", "lstrip": True, "rstrip": True, "normalized": False, "single_word": False, "special": True},
        "999": {"content": "<tool>", "lstrip": False, "rstrip": True, "normalized": True, "single_word": False, "special": False},
        "1000": {"content": "<add>", "lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True},
    }}
    yield "added-tokens-decoder", content_of(byte_level()), later, {}
    no_decoder = content_of(metaspace("always", False))
    no_decoder["decoder"] = None
    yield "no-decoder", no_decoder, FAST, {}

    ignore = content_of(byte_level())
    ignore["model"]["ignore_merges"] = True
    ignore["truncation"] = {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0}
    ignore["padding"] = {
        "strategy": {"Fixed": 12}, "direction": "Left", "pad_to_multiple_of": None, "pad_id": 3, "pad_type_id": 0, "pad_token": "<pad>",
    }
    ignore["post_processor"] = {"type": "Sequence", "processors": [
        {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True},
        json.loads(around.to_str())["post_processor"],
    ]}
    yield "sequence-of-processors", ignore, FAST, {}

    base = byte_level()
    content = content_of(base)
    merges = "#version: 0.2\n" + "".join(" ".join(merge) + "\n" for merge in content["model"]["merges"])
    pair = {"vocab.json": content["model"]["vocab"], "merges.txt": merges}
    yield "pair-gpt2", None, {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": False}, pair | {
        "special_tokens_map.json": {
            "bos_token": {"content": "<s>", "lstrip": False, "rstrip": False, "normalized": True, "single_word": False},
            "eos_token": "</s>", "unk_token": "<unk>",
        },
        "added_tokens.json": {"<tool>": 420, "<add>": 421},
    }
    yield "pair-opt", None, GPT2 | {"add_bos_token": True, "add_prefix_space": True}, pair
    roberta_pair = FAST | {"tokenizer_class": "RobertaTokenizer", "cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>"}
    yield "pair-roberta", None, roberta_pair | {"mask_token": "<mask>"}, pair
    qwen = {"tokenizer_class": "Qwen2Tokenizer", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    yield "pair-qwen2", None, qwen, pair


def store_shape(name, content, config, files):
    folder = HERE / "shapes" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    named = {"tokenizer.json": content, "tokenizer_config.json": config} | files
    for file, value in named.items():
        if value is not None:
            (folder / file).write_text(value if isinstance(value, str) else json.dumps(value, separators=(",", ":")))
    write_expected(folder, SHAPE_TEXTS)


store("opt", *opt())
store("llama", *llama())
legacy()
(HERE / "shapes").mkdir(parents=True, exist_ok=True)
(HERE / "shapes" / "texts.json").write_text(json.dumps(SHAPE_TEXTS))
for shape in shapes():
    store_shape(*shape)
