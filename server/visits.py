"""What shoppers of the demo shop say when its replies are checked: questions, searches, orders, changes and photos."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from server.chat_client import Answer
from server.measuring import DEMO, EVAL

MESSAGES_AT_MOST = 10  # a visit, so that no limit of messages a minute is met

_ORDER = re.compile(r"#W\d{5}")


@dataclass(frozen=True, slots=True)
class Visit:
    """One shopper's messages: words, or the path of a photo. `email` is of the customer who says who they are."""

    messages: tuple[str | Path, ...]
    email: str = ""


_OF_PRODUCTS = {
    "en": (
        "How much is the {title}?",
        "Is the {title} in stock?",
        "Is the {title} dishwasher safe?",
        "How big is the {title}?",
        "What colours does the {title} come in?",
        "Tell me about the {title}",
        "What is the {title} made of?",
    ),
    "zh": (
        "{title}多少钱？",
        "{title}有货吗？",
        "{title}可以用洗碗机吗？",
        "{title}多大？",
        "{title}是什么材质的？",
        "介绍一下{title}",
    ),
}
_WHERE = {"en": "Where is my order {order}? My e-mail is {email}", "zh": "我的订单 {order} 到哪了？邮箱是 {email}"}
_AFTERWARDS = {
    "en": {
        "pending": ("Please cancel order {order}, I no longer need it", "Yes, please"),
        "processed": ("Please cancel order {order}, I no longer need it", "When will it arrive?"),
        "shipped": ("When will it arrive?", "Can I still change the address of {order}?"),
        "delivered": ("I want to return all of order {order}", "Yes, please", "How will I be refunded?"),
        "cancelled": ("When do I get my money back for {order}?",),
    },
    "zh": {
        "pending": ("请取消订单 {order}，我不需要了", "好的，确认"),
        "processed": ("请取消订单 {order}，我不需要了", "什么时候送到？"),
        "shipped": ("什么时候送到？", "{order} 的地址还能改吗？"),
        "delivered": ("订单 {order} 我要全部退货", "好的，确认", "退款怎么退？"),
        "cancelled": ("{order} 的钱什么时候退给我？",),
    },
}
_ELSE = {
    "en": (
        "Is the code HELLO10 still valid?",
        "Does SUMMER15 work?",
        "Hello",
        "What can you do?",
        "I sent something back in order {order}, when do I get my refund?",
        "Please send me the invoice of {order}",
        "Can you give me a discount?",
        "Thank you!",
    ),
    "zh": (
        "优惠码 HELLO10 还能用吗？",
        "SUMMER15 可以用吗？",
        "你好",
        "你能做什么？",
        "{order} 的退款到哪一步了？",
        "请把 {order} 的发票发给我",
        "可以给我打个折吗？",
        "谢谢！",
    ),
}


def visits(replies: int) -> list[Visit]:
    """Visits that together say at least so many messages; every kind is among them, the same ones each time."""
    orders = [Visit(tuple(said), email) for email, said in _orders()]
    photos = [Visit((photo,)) for photo in islice(sorted((DEMO / "photos").glob("*.jpg")), 0, None, 8)]
    left = replies - sum(len(visit.messages) for visit in (*orders, *photos))
    words = [*questions(), *_rows("off_topic_test.jsonl"), *_rows("faq_paraphrases.jsonl")]
    chosen = words[:: max(1, len(words) // max(1, left))]
    plain = [Visit(tuple(chosen[at : at + MESSAGES_AT_MOST])) for at in range(0, len(chosen), MESSAGES_AT_MOST)]
    return [*orders, *photos, *plain]


def shows(answer: Answer) -> str:
    """What a reply shows most of all."""
    types = {block["type"] for block in answer.blocks}
    for type_, kind in (
        ("confirm", "card"),
        ("order", "order"),
        ("products", "products"),
        ("faq", "the shop's answer"),
    ):
        if type_ in types:
            return kind
    return "order in words" if _ORDER.search(answer.text) else "words alone"


def questions() -> list[str]:
    """Held-out questions to the shop, one to each product in each language, and searches."""
    return [*_rows("faq_test.jsonl"), *_of_products(), *_rows("product_queries.jsonl")]


def _rows(name: str) -> list[str]:
    return [json.loads(line)["text"] for line in (EVAL / name).read_text("utf-8").splitlines()]


def _of_products() -> Iterator[str]:
    """A question to each product in each language, in turns of kinds."""
    ways = {language: cycle(questions) for language, questions in _OF_PRODUCTS.items()}
    for line in (DEMO / "products.jsonl").read_text("utf-8").splitlines():
        product = json.loads(line)
        yield next(ways["en"]).format(title=product["title"])
        yield next(ways["zh"]).format(title=product["title_zh"])


def _orders() -> Iterator[tuple[str, Sequence[str]]]:
    """A visit to each order of the demo by its owner, in their language."""
    customers: dict[str, dict[str, Any]] = {
        c["id"]: c for c in json.loads((DEMO / "customers.json").read_text("utf-8"))
    }
    more = {language: cycle(questions) for language, questions in _ELSE.items()}
    for order in json.loads((DEMO / "orders.json").read_text("utf-8")):
        owner = customers[order["customer"]]
        language, email = owner["language"], owner["email"]
        afterwards = _AFTERWARDS[language].get(order["status"], ())
        said = (_WHERE[language], *afterwards, *islice(more[language], 2))
        yield email, tuple(text.format(order=order["id"], email=email) for text in said)
