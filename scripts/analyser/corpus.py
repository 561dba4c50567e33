"""Collects the text that the analyser is trained on:

    python corpus.py SOURCES WORDNET > text.jsonl

SOURCES is a folder with clones of the repositories in README.md. WORDNET is the folder `dict` of WordNet 3.1. Each line of the
result is an array of the name of a source and a text: an utterance, a sentence, or a paragraph of at most 250 words. The same
clones give the same text.
"""

import html
import json
import random
import re
import sys
from pathlib import Path

# The sentences that donors gave to the public domain. Other files of the folder have other origins.
VOICE_FILES = """sentence-collector DNGros ajaydee bavencope elleo est31 harvsents jf99 james_fortune kieran_drew mlennox
pro.gadget reinhart1010 thehowl tlcoles""".split()
TASKMASTER_FILES = ["TM-4-2024/data/data_04.json", "TM-4-2024/data/data_00.json"]
FRONT_MATTER = re.compile("colophon|imprint|titlepage|uncopyright|halftitle|toc|endnotes|loi")
STRAIGHT = str.maketrans("“”‘’", "\"\"''")

random.seed(7)


def words(text):
    return len(text.split())


def sample(texts, limit):
    """Returns texts in random order until they have `limit` words."""
    texts = [text for text in texts if text]
    random.shuffle(texts)
    chosen, count = [], 0
    for text in texts:
        chosen.append(text)
        count += words(text)
        if count >= limit:
            break
    return chosen


def topical_chat(root):
    for name in ("test_freq", "test_rare", "valid_freq", "valid_rare"):
        conversations = json.loads((root / f"Topical-Chat/conversations/{name}.json").read_text())
        for conversation in conversations.values():
            yield from (turn["message"].strip() for turn in conversation["content"])


def taskmaster(root):
    turns = {}
    for name in TASKMASTER_FILES:
        for conversation in json.loads((root / "Taskmaster" / name).read_text()):
            turns.update((turn["text"].strip(), None) for turn in conversation["utterances"])
    return list(turns)


def common_voice(root):
    """Joins some of the sentences, so that the ends of sentences are seen."""
    sentences = []
    for name in VOICE_FILES:
        lines = (root / f"voice-web/server/data/en/{name}.txt").read_text().split("\n")
        sentences += [line.strip() for line in lines if line.strip()]
    random.shuffle(sentences)
    while sentences:
        count = random.choice((1, 1, 2, 3))
        yield " ".join(sentences[:count])
        del sentences[:count]


def chatterbot(root):
    for file in sorted((root / "chatterbot-corpus/chatterbot_corpus/data/english").glob("*.yml")):
        for line in file.read_text().split("\n"):
            if (match := re.match(r"\s*-\s*-?\s*(.*)", line)) and match[1]:
                yield match[1].strip("'\" ")


def grade_school_math(root):
    file = root / "grade-school-math/grade_school_math/data/train.jsonl"
    return [json.loads(line)["question"].replace("\n", " ") for line in file.read_text().split("\n") if line]


def paragraphs(book):
    for file in sorted((book / "src/epub/text").glob("*.xhtml")):
        if FRONT_MATTER.search(file.name):
            continue
        for text in re.findall(r"<p[^>]*>(.*?)</p>", file.read_text(), re.S):
            text = re.sub(r"<a [^>]*noteref.*?</a>", "", text)
            text = html.unescape(re.sub(r"<[^>]+>", "", text))
            text = re.sub(r"[\u2060\u200a\u200b\ufeff]", "", text).replace("\u00a0", " ")
            text = re.sub(r"\s+", " ", text).strip()
            if words(text) <= 250:
                yield text.translate(STRAIGHT)


def books(root):
    """Takes most text from paragraphs with direct speech."""
    chosen = []
    for book in sorted(folder for folder in root.iterdir() if (folder / "src/epub").is_dir()):
        texts = list(paragraphs(book))
        chosen += sample([text for text in texts if '"' in text], 60_000)
        chosen += sample([text for text in texts if '"' not in text], 15_000)
    random.shuffle(chosen)
    return chosen


def wordnet(folder):
    """Returns the examples and the definitions of all synsets."""
    examples, definitions = [], []
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text(encoding="utf8", errors="replace").split("\n"):
            if line.startswith("  ") or "|" not in line:
                continue
            gloss = line.split("|", 1)[1].strip()
            examples += [text for text in re.findall(r'"([^"]+)"', gloss) if words(text) > 2]
            definition = gloss.split(";")[0].strip()
            if '"' not in definition and words(definition) > 3:
                definitions.append(definition)
    return examples, definitions


def main():
    root, dictionary = map(Path, sys.argv[1:])
    sources = {
        "topical-chat": sample(topical_chat(root), 600_000),
        "taskmaster": sample(taskmaster(root), 80_000),
        "common-voice": sample(common_voice(root), 330_000),
        "chatterbot": sample(chatterbot(root), 25_000),
        "grade-school-math": sample(grade_school_math(root), 40_000),
        "books": books(root),
    }
    examples, definitions = wordnet(dictionary)
    sources["wordnet-examples"] = sample(examples, 200_000)
    sources["wordnet-definitions"] = sample(definitions, 50_000)
    rows = []
    for name, texts in sources.items():
        print(f"{name}: {sum(map(words, texts))} words", file=sys.stderr)
        rows += [((place + random.random()) / len(texts), name, text) for place, text in enumerate(texts)]
    for _, name, text in sorted(rows):
        print(json.dumps([name, text.translate(STRAIGHT)], ensure_ascii=False))


main()
