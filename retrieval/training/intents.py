"""Trains the head that tells intents apart, and measures it on texts whose templates it has not seen.

Positive texts are ours: those written for intents, and the questions that the Chinese encoder and the calibration learn
from, with an intent for each topic. CLINC150's out-of-scope texts (Larson et al., 2019), its intents that no shop
serves, BANKING77 and Tatoeba sentences are what `off_topic` looks like. They come from a data
folder and are never kept.
"""

from __future__ import annotations

import csv
import json
import random
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from retrieval.documents import Language
from retrieval.intents import BUCKETS, WEIGHTS, features
from retrieval.roles import TextEncoder
from retrieval.training.chinese_data import fill, read_questions, read_words
from retrieval.training.shops import read_shops

FILLED_AT_MOST = 14  # texts made of one template
HELD_OUT = 5  # every fifth template is for measuring
ALONE = 0.1  # weight of an example without its sentence vector
SEED = 11

_TEXTS: Mapping[Language, str] = {"en": "intents_english.json", "zh": "intents_chinese.json"}

_CLINC: Mapping[str, str] = {
    "greeting": "greet",
    "goodbye": "goodbye",
    "yes": "affirm",
    "no": "deny",
    "what_can_i_ask_you": "capabilities",
    **dict.fromkeys(
        ("who_made_you", "what_is_your_name", "how_old_are_you", "where_are_you_from", "what_are_your_hobbies"),
        "chitchat",
    ),
}
# These may well be said in a shop, in another sense.
_CLINC_SKIPPED = frozenset(
    ("order", "cancel", "repeat", "maybe", "shopping_list", "shopping_list_update", "order_checks", "definition")
)
_TOPICS: Mapping[str, str] = {
    **dict.fromkeys(("orders.where", "orders.history", "delivery.late", "returns.arrived"), "order_status"),
    **dict.fromkeys(
        (
            "orders.cancel", "orders.change", "orders.change_quantity", "orders.change_variant", "orders.add_item",
            "orders.remove_item", "delivery.change_address", "cancel-order", "change-address",
        ),
        "order_change",
    ),
    **dict.fromkeys(
        ("size.capacity", "size.dimensions", "size.weight", "size.will_it_fit", "stock.how_many", "price.how_much"),
        "product_question",
    ),
    **dict.fromkeys(("search.cheaper", "search.this_in_colour", "search.other_size", "search.other_colour"), "refine"),
    **dict.fromkeys(("contact.person", "contact.callback", "talk-person"), "handoff"),
    "contact.what_can_you_do": "capabilities",
    "contact.bot": "chitchat",
    "talk.hello": "greet",
    "talk.bye": "goodbye",
    "talk.thanks": "thanks",
    "service.thanks_done": "thanks",
    "talk.yes": "affirm",
    "talk.no": "deny",
    "off-topic": "off_topic",
}  # fmt: skip
_AREAS: Mapping[str, str] = {
    "info": "product_question",
    "product": "product_question",
    "search": "product_search",
    "offtopic": "off_topic",
}
# A question for stock may be about the product at hand or a search for one.
_TOPICS_SKIPPED = frozenset(("stock.available", "talk.did_not_help"))
_BANKING_SKIPPED = ("refund", "order", "delivery", "arriv", "cancel", "exchange")


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    label: str
    language: Language
    held_out: bool


def train(data: Path, out: Path = WEIGHTS, *, encoders: Mapping[Language, TextEncoder]) -> dict[str, object]:
    """Fit one head a language, write both to `out`, and return the figures on held-out templates.

    A language without an encoder is told by its n-grams alone. Raises FileNotFoundError where `data` lacks a file.
    """
    examples = [*_ours(), *_questions(), *_others(data)]
    labels = tuple(sorted({example.label for example in examples}))
    figures: dict[str, object] = {"labels": list(labels)}
    arrays: dict[str, NDArray[np.generic]] = {"labels": np.array(labels)}
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        mine = [example for example in examples if example.language == language]
        table = _table(mine, language, encoders.get(language))
        targets = np.array([labels.index(example.label) for example in mine])
        held = np.array([example.held_out for example in mine])
        figures[language] = _measure(_fit(table[~held], targets[~held]), table[held], targets[held], labels)
        final = _fit(table, targets)
        weights, bias = _spread(final, len(labels), table.shape[1])
        scales = np.abs(weights).max(axis=1) / 127 + 1e-12
        arrays[f"{language}.weights"] = np.round(weights / scales[:, None]).astype(np.int8)
        arrays[f"{language}.scales"] = scales.astype(np.float32)
        arrays[f"{language}.bias"] = bias.astype(np.float32)
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # numpy types only the positional arrays
    return figures


def _ours() -> list[Example]:
    """What shoppers of many kinds of shops write, by intent: whole texts, and templates with {slots}."""
    made = []
    for language, name in _TEXTS.items():
        source = json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
        for label, templates in source["texts"].items():
            for index, template in enumerate(templates):
                for text in _filled(template, source["slots"]):
                    made.append(Example(text, label, language, held_out=index % HELD_OUT == 0))
    return made


def _questions() -> list[Example]:
    """The questions of the other trainings. A topic is held out as a whole: its like was never seen."""
    draw = random.Random(SEED)
    slots = read_words()
    topics: list[tuple[str, Language, str]] = []
    for meaning in read_questions():
        for filled in fill(meaning, slots, draw, ways=2):
            topics += [(meaning.topic, "en", text) for text in filled.english]
            topics += [(meaning.topic, "zh", text) for text in filled.chinese]
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        for shop in read_shops(language):
            topics += [(topic, language, text) for topic, texts in shop.topics.items() for text in texts]
            topics += [("off-topic", language, text) for text in shop.off_topic]
    return [
        Example(text, _intent_of(topic), language, held_out=zlib.crc32(topic.encode()) % HELD_OUT == 0)
        for topic, language, text in topics
        if topic not in _TOPICS_SKIPPED
    ]


def _intent_of(topic: str) -> str:
    return _TOPICS.get(topic) or _AREAS.get(topic.split(".", 1)[0], "faq")


def _filled(template: str, slots: Mapping[str, Sequence[str]]) -> set[str]:
    """The template with its slots filled in some ways, and as people type: without capitals, without a full stop."""
    draw = random.Random(zlib.crc32(template.encode()))
    texts = set()
    for _ in range(FILLED_AT_MOST if "{" in template else 1):
        text = template
        for name, values in slots.items():
            while f"{{{name}}}" in text:
                text = text.replace(f"{{{name}}}", draw.choice(list(values)), 1)
        texts |= {text, text.rstrip("?？")} if draw.random() < 0.5 else {text, text.capitalize()}
    return texts


def _others(data: Path) -> list[Example]:
    draw = random.Random(SEED)
    clinc = json.loads((data / "clinc150" / "train.json").read_text(encoding="utf-8"))
    made = [Example(text, "off_topic", "en", draw.random() < 0.2) for text, _ in clinc["oos_train"]]
    for split, held_out in (("train", False), ("val", True)):
        for text, intent in draw.sample(clinc[split], 2600 if not held_out else 600):
            if intent not in _CLINC_SKIPPED:
                made.append(Example(text, _CLINC.get(intent, "off_topic"), "en", held_out))
    with (data / "banking77" / "train.csv").open(encoding="utf-8") as file:
        rows = [
            row for row in csv.DictReader(file) if not any(s in row["category"].casefold() for s in _BANKING_SKIPPED)
        ]
        bank = [row["text"] for row in rows]
    made += [Example(text, "off_topic", "en", draw.random() < 0.2) for text in draw.sample(bank, 300)]
    pairs = [line.split("\t") for line in (data / "tatoeba_en_zh.tsv").read_text(encoding="utf-8").splitlines()]
    for english, chinese, *_ in draw.sample([pair for pair in pairs if len(pair) >= 2], 900):
        held_out = draw.random() < 0.2
        made.append(Example(chinese, "off_topic", "zh", held_out))
        if draw.random() < 0.4:
            made.append(Example(english, "off_topic", "en", held_out))
    return made


def _table(examples: Sequence[Example], language: Language, encoder: TextEncoder | None) -> NDArray[np.float32]:
    """Features of shape (examples, dimensions + buckets)."""
    if encoder is None:
        return np.stack([features(example.text, language, None, 0) for example in examples])
    batches = [examples[i : i + 64] for i in range(0, len(examples), 64)]
    vectors = np.concatenate([encoder.encode([example.text for example in batch]) for batch in batches])
    pairs = zip(examples, vectors, strict=True)
    return np.stack([features(example.text, language, vector, encoder.dimensions) for example, vector in pairs])


def _fit(table: NDArray[np.float32], targets: NDArray[np.int64]) -> LogisticRegression:
    """Every example counts twice, the second time less and without its vector, so that the n-grams can do alone."""
    alone = table.copy()
    alone[:, : table.shape[1] - BUCKETS] = 0.0
    rows, doubled = sparse.csr_matrix(np.concatenate([table, alone])), np.concatenate([targets, targets])
    shares = np.concatenate([np.ones(len(targets)), np.full(len(targets), ALONE)])
    return LogisticRegression(C=12.0, max_iter=400, class_weight="balanced").fit(rows, doubled, sample_weight=shares)


def _spread(model: LogisticRegression, labels: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights and bias by label; a label that a language never saw can never win."""
    weights, bias = np.zeros((labels, width), dtype=np.float32), np.full(labels, -30.0, dtype=np.float32)
    weights[model.classes_], bias[model.classes_] = model.coef_, model.intercept_
    return weights, bias


def _measure(
    model: LogisticRegression, table: NDArray[np.float32], targets: NDArray[np.int64], labels: Sequence[str]
) -> dict[str, object]:
    """Accuracy over all, balanced over intents, by intent, and how sure the right and the wrong ones are."""
    odds = model.predict_proba(table)
    guesses = model.classes_[odds.argmax(axis=1)]
    right = guesses == targets
    by_label = {labels[i]: round(float(right[targets == i].mean()), 3) for i in sorted(set(targets.tolist()))}
    return {
        "examples": len(targets),
        "accuracy": round(float(right.mean()), 4),
        "balanced": round(float(np.mean(list(by_label.values()))), 4),
        "sure_when_right": round(float(odds.max(axis=1)[right].mean()), 3),
        "sure_when_wrong": round(float(odds.max(axis=1)[~right].mean()), 3),
        "by_intent": by_label,
    }
