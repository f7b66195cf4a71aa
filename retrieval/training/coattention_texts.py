"""Questions by intent, split once by intent: what the reranker learns from, is tuned on and is judged by.

CLINC150 (Larson et al. 2019), BANKING77 (Casanueva et al. 2020) and our own shop questions. An intent is wholly in one
part, so that a figure on the test part is about questions of a kind that was never trained on.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from retrieval.documents import Language
from retrieval.errors import BadImport
from retrieval.training.chinese_data import fill, read_questions, read_words

Part = Literal["train", "dev", "test"]
TRAIN_SHARE, DEV_SHARE = 0.6, 0.15
TEXTS_AN_INTENT = 48
_OWN_WAYS = 2  # fillings of a question with a slot


@dataclass(frozen=True, slots=True)
class Intents:
    """Questions of one source in one language by intent, and texts that are about none of them."""

    name: str
    language: Language
    texts: Mapping[str, tuple[str, ...]]
    off_topic: tuple[str, ...]

    def part(self, part: Part) -> Intents:
        """Only the intents of one part, and half of the off-topic texts for `dev` and the other half for `test`."""
        texts = {intent: texts for intent, texts in self.texts.items() if part_of(f"{self.name}:{intent}") == part}
        half = {"train": (), "dev": self.off_topic[::2], "test": self.off_topic[1::2]}[part]
        return Intents(self.name, self.language, texts, half)


def part_of(key: str) -> Part:
    """The same answer on every machine and in every year."""
    share = int.from_bytes(sha256(f"rerank:{key}".encode()).digest()[:4]) / 2**32
    return "train" if share < TRAIN_SHARE else "dev" if share < TRAIN_SHARE + DEV_SHARE else "test"


def read_intents(data: Path) -> list[Intents]:
    """All sources; raises `BadImport` where `data` lacks one."""
    clinc_file, banking_file = data / "clinc150" / "train.json", data / "banking77" / "train.csv"
    missing = [str(file) for file in (clinc_file, banking_file) if not file.is_file()]
    if missing:
        raise BadImport(f"expected the question sets in {data}, missing {', '.join(missing)}")
    clinc = json.loads(clinc_file.read_text(encoding="utf-8"))
    with banking_file.open(encoding="utf-8", newline="") as file:
        banking = _by_intent((row["text"], row["category"]) for row in csv.DictReader(file))
    far = tuple(text for text, _ in clinc["oos_train"])
    english, chinese = _own()
    return [
        Intents("clinc150", "en", _by_intent(clinc["train"] + clinc["val"]), far),
        Intents("banking77", "en", banking, far),
        Intents("shop", "en", english, far),
        Intents("shop", "zh", chinese, ()),
    ]


def _by_intent(rows: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    texts: dict[str, list[str]] = {}
    for text, intent in rows:
        texts.setdefault(intent, []).append(text)
    chance = random.Random(0)
    return {
        intent: tuple(chance.sample(found, min(TEXTS_AN_INTENT, len(found)))) for intent, found in sorted(texts.items())
    }


def _own() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    chance, words = random.Random(0), read_words()
    english: dict[str, tuple[str, ...]] = {}
    chinese: dict[str, tuple[str, ...]] = {}
    for meaning in read_questions():
        topic = meaning.topic
        for filled in fill(meaning, words, chance, ways=_OWN_WAYS):
            english[topic] = tuple(dict.fromkeys((*english.get(topic, ()), *filled.english)))
            chinese[topic] = tuple(dict.fromkeys((*chinese.get(topic, ()), *filled.chinese)))
    return (
        {topic: texts for topic, texts in english.items() if len(texts) > 1},
        {topic: texts for topic, texts in chinese.items() if len(texts) > 2},
    )
