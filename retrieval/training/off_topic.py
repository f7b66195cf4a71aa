"""What customers ask that no FAQ of a shop answers, in parts that share no text, no template and no company."""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Sequence
from pathlib import Path

from retrieval.documents import Language
from retrieval.errors import RetrievalError
from retrieval.training.shops import Corpus, Elsewhere

TEXTS = Path(__file__).with_name("off_topic.json")
_COMPANIES = 3  # that each template is filled with
_SENTENCES = 900
_REQUESTS = 600
# Intents of CLINC150 that a shop may well be asked about.
_SHOPLIKE = frozenset(("order", "order_status", "cancel", "repeat", "maybe", "yes", "no"))


def read_elsewhere(data: Path, language: Language, parts: int, chance: random.Random) -> list[Elsewhere]:
    """Our own texts, and questions of CLINC150 (English) and Tatoeba, each in one of the parts.

    Raises `RetrievalError` where `data` lacks a file.
    """
    own = json.loads(TEXTS.read_text(encoding="utf-8"))
    companies = _parted(own["slots"][language]["company"], parts)
    templates = _parted(own["texts"][language], parts)
    far = _parted(_far(data, language, chance), parts)
    return [
        Elsewhere(tuple(_filled(templates[part], companies[part], chance)), tuple(far[part])) for part in range(parts)
    ]


def _parted(texts: Sequence[str], parts: int) -> list[list[str]]:
    return [[text for text in texts if zlib.crc32(text.encode()) % parts == part] for part in range(parts)]


def _filled(templates: Sequence[str], companies: Sequence[str], chance: random.Random) -> list[str]:
    texts = []
    for template in templates:
        if "{company}" in template:
            named = chance.sample(companies, min(_COMPANIES, len(companies)))
            texts += [template.replace("{company}", company) for company in named]
        else:
            texts.append(template)
    return texts


def _far(data: Path, language: Language, chance: random.Random) -> list[str]:
    sentences, requests = data / "tatoeba_en_zh.tsv", data / "clinc150" / "train.json"
    missing = [str(file) for file in (sentences, requests) if not file.is_file()]
    if missing:
        raise RetrievalError(f"expected the training data in {data}, missing {', '.join(missing)}")
    column = 0 if language == "en" else 1
    said = [line.split("\t")[column] for line in sentences.read_text(encoding="utf-8").splitlines()]
    questions = [text for text in dict.fromkeys(said) if text.rstrip().endswith(("?", "？"))]
    texts = chance.sample(questions, min(_SENTENCES, len(questions)))
    if language == "en":
        clinc = json.loads(requests.read_text(encoding="utf-8"))
        asked = [text for text, intent in clinc["train"] if intent not in _SHOPLIKE]
        texts = [*texts[: len(texts) // 2], *(text for text, _ in clinc["oos_train"])]
        texts += chance.sample(asked, min(_REQUESTS, len(asked)))
    return texts


def shop_questions(language: Language, chance: random.Random) -> list[str]:
    """Questions to shops of any trade that tell the head what asking a shop is like; searches for goods are none."""
    from retrieval.training.chinese_data import fill, read_questions, read_words

    words = read_words()
    texts: list[str] = []
    for meaning in read_questions():
        if meaning.topic.split(".")[0] not in ("talk", "offtopic", "search"):
            for filled in fill(meaning, words, chance, ways=1):
                texts += filled.english if language == "en" else filled.chinese
    return list(dict.fromkeys(texts))


def all_texts(shops: Sequence[Corpus], elsewhere: Sequence[Elsewhere]) -> list[str]:
    """Every text that a head may be fitted on or asked for."""
    texts = [text for shop in shops for text in (*shop.texts(), *shop.off_topic, *shop.answers.values())]
    return [*texts, *(text for part in elsewhere for text in (*part.shoplike, *part.far))]
