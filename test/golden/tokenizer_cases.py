"""What AutoTokenizer gives for texts, as test/model/tokenizer-shapes.test.ts reads it."""

import json

from transformers import AutoTokenizer


def write_expected(folder, texts):
    """Writes expected.json into a folder with a tokenizer: its ids of each text and the texts of these ids."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    # A tokenizer.json that limits and pads texts does so only when the caller asks for it.
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()

    def ids(text, split, special):
        tokenizer.split_special_tokens = split
        tokenizer.backend_tokenizer.encode_special_tokens = split
        return tokenizer(text, add_special_tokens=special)["input_ids"]

    cases = []
    for text in texts:
        plain = ids(text, True, False)
        allowed = ids(text, False, False)
        full = ids(text, False, True)
        shown = tokenizer.decode(full, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        skipped = tokenizer.decode(full, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        cases.append([plain, allowed if allowed != plain else 0, full, shown, skipped])
    expected = {"specialIds": sorted(set(tokenizer.all_special_ids)), "size": len(tokenizer), "cases": cases}
    (folder / "expected.json").write_text(json.dumps(expected, separators=(",", ":")))
