"""Simulated product ranges: real catalogue titles, and customers who ask for kinds of goods in either language."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet

from retrieval.documents import Language, Product
from retrieval.errors import RetrievalError
from retrieval.training.coattention_texts import Part

COLOURS = {
    "Black": "黑色", "Blue": "蓝色", "White": "白色", "Grey": "灰色", "Brown": "棕色", "Red": "红色", "Green": "绿色",
    "Navy Blue": "藏青色", "Purple": "紫色", "Pink": "粉色", "Beige": "米色", "Maroon": "酒红色", "Yellow": "黄色",
    "Orange": "橙色", "Silver": "银色", "Gold": "金色",
}  # fmt: skip
KINDS = {
    "Tshirts": ("t-shirt", "T恤"), "Shirts": ("shirt", "衬衫"), "Casual Shoes": ("casual shoes", "休闲鞋"),
    "Sports Shoes": ("running shoes", "运动鞋"), "Tops": ("top", "上衣"), "Watches": ("watch", "手表"),
    "Kurtas": ("kurta", "印度长衫"), "Sunglasses": ("sunglasses", "太阳镜"), "Heels": ("high heels", "高跟鞋"),
    "Handbags": ("handbag", "手提包"), "Flip Flops": ("flip flops", "人字拖"), "Sweatshirts": ("sweatshirt", "卫衣"),
    "Wallets": ("wallet", "钱包"), "Belts": ("belt", "皮带"), "Socks": ("socks", "袜子"), "Jeans": ("jeans", "牛仔裤"),
    "Trousers": ("trousers", "长裤"), "Shorts": ("shorts", "短裤"), "Backpacks": ("backpack", "双肩包"),
    "Dresses": ("dress", "连衣裙"), "Sandals": ("sandals", "凉鞋"), "Jackets": ("jacket", "夹克"),
    "Sweaters": ("sweater", "毛衣"), "Formal Shoes": ("dress shoes", "皮鞋"), "Ties": ("tie", "领带"),
    "Caps": ("cap", "帽子"), "Skirts": ("skirt", "半身裙"), "Scarves": ("scarf", "围巾"),
    "Earrings": ("earrings", "耳环"),
    "Briefs": ("underwear", "内裤"), "Flats": ("flat shoes", "平底鞋"), "Track Pants": ("track pants", "运动裤"),
}  # fmt: skip
_CUSTOMERS = 30
_COLUMNS = {"type": "article_type", "colour": "colour", "for": "gender", "usage": "usage"}
_WHO = {"Men": ("for men", "男士"), "Women": ("for women", "女士")}
_ASKED: dict[Language, tuple[str, ...]] = {
    "en": (
        "{colour} {kind}", "{kind} {who}", "I am looking for a {colour} {kind}", "do you have {kind}s?", "{kind}",
        "show me {colour} {kind} {who}", "a {kind} as a present {who}", "have you got anything like a {colour} {kind}",
    ),
    "zh": (
        "{colour}{kind}", "{who}{kind}", "我想买{colour}{kind}", "有没有{kind}？", "{kind}",
        "看看{who}的{colour}{kind}",
        "想找一件{who}{kind}送人", "你们有{colour}的{kind}吗",
    ),
}  # fmt: skip
# Wishes for a kind in any colour but one.
_DENYING: dict[Language, dict[Part, tuple[str, ...]]] = {
    "en": {
        "train": (
            "{kind}, not {colour}", "a {kind} that is not {colour}", "not a {colour} {kind}", "{kind} without {colour}",
            "no {colour} {kind} for me", "I don't want {colour}, I am looking for a {kind}",
            "{kind} but not in {colour}",
        ),
        "dev": (
            "a {kind}, nothing in {colour} please", "{kind} in a colour other than {colour}",
            "I never wear {colour}, have you got a {kind}?", "this time a {kind} which isn't {colour}",
        ),
        "test": (
            "anything but {colour}: a {kind}", "I can't stand {colour}, show me a {kind}",
            "{kind}, {colour} is out of the question", "I am looking for a {kind} and don't need another {colour} one",
        ),
    },
    "zh": {
        "train": (
            "{kind}，不要{colour}", "不是{colour}的{kind}", "除了{colour}，什么{kind}都行",
            "我不喜欢{colour}，想买{kind}",
        ),
        "dev": ("{colour}以外的{kind}", "{kind}，{colour}的就算了", "想要一件{kind}，别是{colour}"),
        "test": ("{kind}，别给我{colour}的", "讨厌{colour}，有没有{kind}", "{colour}的不考虑，看看{kind}"),
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What a customer looks for, in any colour but the denied one; empty kind for those who want no product at all."""

    text: str
    kind: str = ""
    colour: str = ""
    who: str = ""
    denied: str = ""

    def fits(self, product: Product) -> bool:
        has = product.attributes
        return (
            bool(self.kind)
            and self.denied != has["colour"]
            and all(
                not wanted or wanted == has[name]
                for name, wanted in (("type", self.kind), ("colour", self.colour), ("for", self.who))
            )
        )


@dataclass(frozen=True, slots=True)
class SimulatedRange:
    language: Language
    products: tuple[Product, ...]
    wishes: tuple[Wish, ...]


def read_range(data: Path) -> list[Product]:
    """The catalogue titles of Fashion Product Images (MIT) as products; those kinds that we can name in Chinese."""
    file = data / "fashion_train.parquet"
    if not file.is_file():
        raise RetrievalError(f"expected the evaluation data in {data}, missing {file}")
    columns = ["id", "title", "sub_category", *_COLUMNS.values()]
    return [
        Product(
            row["id"], row["title"], "", Decimal(20), "EUR", category=row["sub_category"],
            attributes={name: row[column] for name, column in _COLUMNS.items()},
        )
        for row in pyarrow.parquet.read_table(file, columns=columns).to_pylist()
        if row["article_type"] in KINDS and row["colour"] in COLOURS
    ]  # fmt: skip


def simulate_range(
    products: Sequence[Product], elsewhere: Sequence[str], language: Language, chance: random.Random
) -> SimulatedRange:
    """A shop with some kinds of goods; half of its customers want kinds that it does not have, or nothing like goods.

    Half of the shops have Chinese titles beside the English ones.
    """
    kinds = sorted({product.attributes["type"] for product in products})
    kept = set(chance.sample(kinds, chance.randint(5, len(kinds) - 5)))
    titled = language == "zh" and chance.random() < 0.5
    stocked = [product for product in products if product.attributes["type"] in kept]
    stocked = chance.sample(stocked, min(len(stocked), chance.randint(40, 600)))
    there = tuple(_titled(product) if titled else product for product in stocked)
    wishes = [_wish(chance.choice(there), language, chance) for _ in range(_CUSTOMERS)]
    absent = [product for product in products if product.attributes["type"] not in kept]
    wishes += [
        Wish(chance.choice(elsewhere))
        if chance.random() < 0.6
        else Wish(_wish(chance.choice(absent), language, chance).text)
        for _ in range(_CUSTOMERS)
    ]
    return SimulatedRange(language, there, tuple(wishes))


def with_denials(shop: SimulatedRange, part: Part, chance: random.Random) -> SimulatedRange:
    """The same shop, whose customers want kinds of goods in any colour but one; it has both."""
    colours: dict[str, set[str]] = defaultdict(set)
    for product in shop.products:
        colours[product.attributes["type"]].add(product.attributes["colour"])
    kinds = [kind for kind, of in sorted(colours.items()) if len(of) > 1]
    language = 0 if shop.language == "en" else 1
    wishes = []
    for _ in range(_CUSTOMERS if kinds else 0):
        kind = chance.choice(kinds)
        colour = chance.choice(sorted(colours[kind]))
        named = colour.lower() if shop.language == "en" else COLOURS[colour]
        form = chance.choice(_DENYING[shop.language][part])
        wishes.append(Wish(form.format(kind=KINDS[kind][language], colour=named), kind, denied=colour))
    return replace(shop, wishes=tuple(wishes))


def _titled(product: Product) -> Product:
    has = product.attributes
    title = f"{COLOURS[has['colour']]}{_WHO.get(has['for'], ('', ''))[1]}{KINDS[has['type']][1]}"
    return Product(
        product.id, product.title, "", product.price, product.currency, category=product.category,
        attributes={**has, "title_zh": title},
    )  # fmt: skip


def _wish(product: Product, language: Language, chance: random.Random) -> Wish:
    has = product.attributes
    at = 0 if language == "en" else 1
    forms = [form for form in _ASKED[language] if "{who}" not in form or has["for"] in _WHO]
    form = chance.choice(forms)
    colour = has["colour"].lower() if language == "en" else COLOURS[has["colour"]]
    who = _WHO.get(has["for"], ("", ""))[at]
    text = form.format(colour=colour, kind=KINDS[has["type"]][at], who=who)
    return Wish(text, has["type"], has["colour"] if "{colour}" in form else "", has["for"] if "{who}" in form else "")
