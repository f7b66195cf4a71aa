"""Wishes with two catalogue titles of which one fits and the other differs in exactly one attribute.

Late interaction compares words one by one, so that it cannot tell "not leather" from "leather"; these pairs are where
a comparison of both sides as wholes has to show what it is worth.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from retrieval.training.coattention_texts import Part, part_of

_VALUES: Mapping[str, Sequence[str]] = {
    "colour": (
        "black", "white", "navy blue", "blue", "red", "green", "grey", "brown", "beige", "pink", "purple", "yellow",
        "orange", "olive", "maroon", "teal", "cream", "charcoal", "mustard", "lavender", "turquoise", "burgundy",
        "khaki", "coral",
    ),
    "sleeve": ("long sleeve", "short sleeve", "sleeveless", "half sleeve", "three-quarter sleeve", "cap sleeve"),
    "size": ("XS", "S", "M", "L", "XL", "XXL", "size 36", "size 38", "size 40", "size 42", "size 44", "size 46"),
    "material": (
        "leather", "cotton", "linen", "wool", "silk", "denim", "suede", "polyester", "cashmere", "velvet", "nylon",
        "oak", "bamboo", "steel", "glass", "stoneware", "canvas", "rubber", "walnut", "brass",
    ),
    "number": (
        "pack of 2", "pack of 3", "pack of 4", "pack of 5", "pack of 6", "set of 2", "set of 3", "set of 4", "set of 6",
        "set of 8", "250 ml", "300 ml", "350 ml", "500 ml", "750 ml", "1 litre", "40 x 40 cm", "50 x 50 cm",
        "30 x 50 cm", "60 x 90 cm",
    ),
}  # fmt: skip
_KINDS: Mapping[str, Sequence[str]] = {
    "wear": (
        "t-shirt", "shirt", "dress", "sweater", "jacket", "blouse", "coat", "hoodie", "cardigan", "polo shirt", "tunic",
        "kurta",
    ),
    "thing": (
        "handbag", "wallet", "belt", "shoes", "boots", "sandals", "backpack", "cushion", "throw", "mug", "bowl", "vase",
        "chair", "lamp", "basket", "tray", "bottle", "gloves", "watch strap", "notebook", "socks", "rug", "stool",
    ),
}  # fmt: skip
_BRANDS = ("Arvik", "Belloni", "Corvo", "Dunmore", "Elstad", "Farrow & Lane", "Garda", "Hollis", "Ilmari", "Juno")
_PEOPLE = ("men's", "women's", "kids'", "unisex", "")
_FITS = ("slim fit", "classic", "everyday", "outdoor", "premium", "light", "striped", "plain", "")
_DENIALS: Mapping[Part, Sequence[str]] = {
    "train": (
        "{kind}, not {value}", "{kind} without {value}", "a {kind} that is not {value}", "no {value} please, a {kind}",
        "{kind} but no {value}", "I don't want {value}, just a {kind}", "non-{value} {kind}", "not a {value} {kind}",
        "{kind} that isn't {value}", "a {kind}, just not {value}", "{value}-free {kind}",
        "I hate {value}, show me a {kind}", "a {kind}, never {value}", "no {value} {kind} for me",
        "please leave out {value}, I need a {kind}", "do you have a {kind} which is not {value}?",
        "I am allergic to {value} and want a {kind}", "{kind}, avoid {value}", "{kind}s, but not the {value} ones",
        "I can't stand {value}, is there a {kind}?", "a {first} {kind}, not {value}",
        "{first} {kind} without any {value}", "{kind} in {first}, no {value}", "not {value}, but {right} {kind}",
        "{right} instead of {value}, a {kind}", "{kind}: {right}, not {value}", "the {kind} must not contain {value}",
        "a {kind} which has no {value} in it", "{kind} in any colour or stuff, only not in {value}",
        "all {kind}s apart from {value}", "{kind}s excluding {value} ones", "everything save {value}, a {kind}",
        "skip the {value}, {kind} only", "{value} is out of the question, {kind}",
        "I'd rather avoid {value}: {first} {kind}", "{kind}, {value} excluded",
        "is there a {kind} that has nothing of {value}?", "whatever {kind} as long as it isn't {value}",
        "I do not like {value} at all, a {first} {kind} would be nice",
    ),
    "dev": ("any {kind} except {value}", "{kind} other than {value}"),
    "test": ("anything but {value}: a {kind}", "a {kind}, but please not {value}", "{kind} not made of {value}"),
}  # fmt: skip
# What is wished beside something denied that neither title has.
_SPARED = (
    "a {first} {kind}, not {value}",
    "not {value}: {first} {kind}",
    "{kind}, {first}, no {value}",
    "I don't want {value}, I want a {first} {kind}",
    "without {value}, {kind} in {first}",
    "{first} and not {value}, {kind}",
    "no {value}, show me {kind}s with {first}",
    "a {kind} that isn't {value} but {first}",
    "{first} {kind}, never {value}",
    "{first} {kind}, no hurry",
    "why not a {first} {kind}?",
    "I have not found a {first} {kind} yet",
    "not just any {kind}, a {first} one",
    "nothing fancy, a {first} {kind}",
)
_CHINESE_VALUES: Mapping[str, Mapping[str, str]] = {
    "colour": {
        "black": "黑色", "white": "白色", "blue": "蓝色", "red": "红色", "green": "绿色", "grey": "灰色",
        "brown": "棕色", "beige": "米色", "pink": "粉色", "purple": "紫色", "yellow": "黄色", "orange": "橙色",
        "olive": "橄榄绿", "maroon": "酒红色", "teal": "青色", "lavender": "薰衣草紫", "khaki": "卡其色",
    },
    "material": {
        "leather": "真皮", "cotton": "纯棉", "linen": "亚麻", "wool": "羊毛", "silk": "真丝", "denim": "牛仔布",
        "polyester": "涤纶", "cashmere": "羊绒", "velvet": "天鹅绒", "nylon": "尼龙", "oak": "橡木", "bamboo": "竹子",
        "steel": "不锈钢", "glass": "玻璃", "canvas": "帆布", "rubber": "橡胶", "walnut": "胡桃木", "brass": "黄铜",
    },
}  # fmt: skip
_CHINESE_KINDS = (
    "T恤", "衬衫", "连衣裙", "毛衣", "夹克", "外套", "手提包", "钱包", "皮带", "鞋子", "靴子", "背包", "靠垫", "毯子",
    "马克杯", "碗", "花瓶", "椅子", "台灯", "篮子", "托盘", "水壶", "手套", "袜子", "地毯", "凳子",
)  # fmt: skip
_CHINESE_DENIALS: Mapping[Part, Sequence[str]] = {
    "train": (
        "不要{value}的{kind}", "{kind}，不要{value}", "不是{value}的{kind}", "{kind}，别拿{value}的",
        "我不喜欢{value}，想要{kind}", "非{value}{kind}", "要{first}的{kind}，不要{value}的",
        "除了{value}，什么{kind}都行", "{kind}里没有{value}的", "{first}{kind}，不是{value}",
        "我对{value}过敏，有别的{kind}吗", "不含{value}的{kind}", "讨厌{value}，有没有{kind}", "{kind}不能是{value}",
        "{kind}，{value}的不要", "{value}除外，{kind}都可以", "{kind}，{value}就算了", "{value}的我不想要，{kind}",
        "{first}的{kind}，{value}的别给我", "没有{value}的{kind}",
    ),
    "dev": ("{kind}，{value}的不行", "{value}以外的{kind}"),
    "test": ("除{value}以外的{kind}", "{kind}，千万别是{value}的", "只要不是{value}的{kind}就好"),
}  # fmt: skip
_CHINESE_ASKED = (
    "{first}{kind}",
    "要{first}的{kind}",
    "有没有{first}的{kind}",
    "{first}的{kind}，不要{value}的",
    "不是{value}，是{first}的{kind}",
)
_ASKED: Mapping[Part, Sequence[str]] = {
    "train": (
        "{first} {kind}, {second}", "{kind} {first} {second}", "a {kind} in {first}, {second}",
        "do you have a {kind}, {first} and {second}?", "I need the {kind} with {second}, {first}", "{kind} {first}",
        "looking for a {first} {kind}", "{kind}, {first}, {second}", "any {first} {kind}s?", "show me a {first} {kind}",
        "I want {first} for a {kind}", "{first} {second} {kind} please", "a {kind}. {first}. {second}.",
        "have you got a {kind} with {first}?", "can I get this {kind} in {first}", "searching {kind} {second} {first}",
        "what {kind}s do you sell in {first}?", "I'd love a {first} {kind} with {second}",
        "we need {first} {kind}s, preferably {second}", "only {first} {kind}s", "it has to be a {first} {kind}",
        "{kind}: must have {first} and {second}", "nothing but {first} {kind}s",
        "the {kind} ought to have {first} as well as {second}", "all your {first} {kind}s",
        "{kind} ({first}, {second})", "{first} is what I want in a {kind}", "my wife wants a {first} {kind}",
        "do you sell {first} {kind}s, {second}", "please find me a {kind}, {first}, plus {second}",
        "a present: {kind} {first}", "your {first} {kind} with {second}",
        "one {kind}, {first} if possible, {second} too", "could you recommend a {first} {kind}",
        "is the {kind} sold in {first}?", "{second} {first} {kind}s in stock?", "how much are {first} {kind}s?",
        "I'm after a {kind} that is {first} and {second}", "are there {kind}s that are {first}?",
        "looking to buy {first} {second} {kind}", "the {first} ones among your {kind}s", "{kind} - {first} - {second}",
    ),
    "dev": (
        "is there a {kind} that comes in {first}, {second}", "a {kind} would be good, {first} along with {second}",
        "which {kind}s come {first}",
    ),
    "test": ("my {kind} should be {first}, also {second}", "would you have {first} {second} {kind}s"),
}  # fmt: skip
_DIGITS = re.compile(r"\d+")
KINDS_OF_PAIRS = (*_VALUES, "negation")
BY_ANOTHER_AUTHOR = Path(__file__).parent / "pairs_by_another_author.jsonl"
SPARED, CHINESE_DENIALS = "spared", "negation zh"


@dataclass(frozen=True, slots=True)
class Pair:
    """A wish, the title that fits it, and one that differs in `attribute` alone."""

    wish: str
    fits: str
    fails: str
    attribute: str


def read_pairs(file: Path = BY_ANOTHER_AUTHOR) -> list[Pair]:
    """Pairs that somebody wrote one by one, who had seen neither the rules for denials nor the wordings here.

    The attribute is whether the wish denies something, and its language. Nothing is trained on or chosen by them.
    """
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        Pair(row["wish"], row["fits"], row["fails"], f"{'denies' if row['denies'] else 'asks'}, {row['language']}")
        for row in rows
    ]


def _rivals(value: str, values: Sequence[str]) -> list[str]:
    """What could stand in a value's place: another number of the same measure where there is one."""
    others = [other for other in values if other != value]
    return [other for other in others if _DIGITS.sub("", other) == _DIGITS.sub("", value)] or others


@dataclass(frozen=True, slots=True)
class _Style:
    """How a shop writes one product's title; both titles of a pair are written alike."""

    kind: str
    before: tuple[str, ...]
    order: tuple[str, ...]

    @classmethod
    def drawn(cls, kind: str, chance: random.Random) -> _Style:
        before = (chance.choice(_BRANDS), chance.choice(_PEOPLE), chance.choice(_FITS))
        return cls(kind, before, tuple(chance.sample(["colour", "material", "sleeve"], 3)))

    def title(self, has: Mapping[str, str]) -> str:
        words = (*self.before, *(has.get(name, "") for name in self.order), self.kind)
        head = " ".join(word for word in words if word)
        return ", ".join([head, *(has[name] for name in ("size", "number") if name in has)])


def make_pairs(part: Part, count: int, chance: random.Random) -> list[Pair]:
    """Pairs of each attribute in turn. Wordings and the values that differ are of the part, and of no other.

    Training also has wishes beside a denial of something else.
    """
    kinds = (*KINDS_OF_PAIRS, SPARED) if part == "train" else KINDS_OF_PAIRS
    return [_pair(kinds[i % len(kinds)], part, chance) for i in range(count)]


def make_chinese_denials(part: Part, count: int, chance: random.Random) -> list[Pair]:
    """Pairs of Chinese titles under a wish that denies what one of them has; in training, four in ten deny neither."""
    return [_chinese_pair(part, chance) for _ in range(count)]


def _pair(attribute: str, part: Part, chance: random.Random) -> Pair:
    wear = attribute == "sleeve" or (attribute != "number" and chance.random() < 0.5)
    kind = chance.choice(_KINDS["wear" if wear else "thing"])
    differs = chance.choice(("material", "colour")) if attribute in ("negation", SPARED) else attribute
    has = {name: chance.choice(values) for name, values in _VALUES.items() if name != "sleeve" or wear}
    if differs not in ("number", "size"):
        has.pop("number" if wear else "size")
    right = chance.choice(_of(part, differs))
    wrong = chance.choice(_rivals(right, _of(part, differs)))
    titled = (*has.values(), right, wrong)
    style = _Style.drawn(kind, chance)
    fits, fails = (style.title({**has, differs: value}) for value in (right, wrong))
    others = [name for name in has if name != differs]
    if attribute == "negation":
        form = chance.choice(_DENIALS[part])
        first = has[chance.choice(others)] if "{first}" in form else ""
        wish = form.format(kind=kind, value=wrong, right=right, first=first)
    elif attribute == SPARED:
        denied = chance.choice([value for value in (*_VALUES["material"], *_VALUES["colour"]) if value not in titled])
        wish = chance.choice(_SPARED).format(kind=kind, value=denied, first=right)
    else:
        other = chance.choice(others)
        wish = chance.choice(_ASKED[part]).format(kind=kind, first=right, second=has[other])
    return Pair(wish, fits, fails, attribute)


def _chinese_pair(part: Part, chance: random.Random) -> Pair:
    differs, beside = chance.sample(("material", "colour"), 2)
    names = _CHINESE_VALUES[differs]
    right, wrong, neither = (names[value] for value in chance.sample([v for v in _of(part, differs) if v in names], 3))
    kind, has = chance.choice(_CHINESE_KINDS), chance.choice(list(_CHINESE_VALUES[beside].values()))
    first = chance.random() < 0.5
    fits, fails = (f"{has}{value}{kind}" if first else f"{value}{has}{kind}" for value in (right, wrong))
    if part == "train" and chance.random() < 0.4:
        return Pair(chance.choice(_CHINESE_ASKED).format(kind=kind, first=right, value=neither), fits, fails, SPARED)
    wish = chance.choice(_CHINESE_DENIALS[part]).format(kind=kind, value=wrong, first=has)
    return Pair(wish, fits, fails, CHINESE_DENIALS)


def _of(part: Part, attribute: str) -> list[str]:
    """The values of an attribute that belong to a part; where there are fewer than two, all of them."""
    own = [value for value in _VALUES[attribute] if (part_of(f"value:{value}") == "train") == (part == "train")]
    return own if len(own) > 1 else list(_VALUES[attribute])
