"""Analyses text with spaCy's en_core_web_sm, to compare the analyser with it (measure-analyser.js --tagged):

    python reference.py < paragraphs.jsonl > tagged.jsonl

Each line of the input is a paragraph as a JSON string. Each line of the result is an array of its sentences, each an array of
[form, lemma, Penn tag, flags].
"""

import json
import sys

from model import flags_of, load

for document in load("ner").pipe(map(json.loads, sys.stdin), batch_size=32):
    sentences = [[token for token in sentence if not token.is_space] for sentence in document.sents]
    print(json.dumps([[[token.text, token.lemma_, token.tag_, flags_of(token)] for token in tokens] for tokens in sentences]))
