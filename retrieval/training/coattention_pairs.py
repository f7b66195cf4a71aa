"""Wishes with two catalogue titles of which one fits and the other differs in exactly one attribute.

Late interaction compares words one by one, so that it cannot tell "not leather" from "leather"; these pairs are where
a comparison of both sides as wholes has to show what it is worth.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
        "please leave out {value}, I need a {kind}",
        "do you have a {kind} which is not {value}?", "I am allergic to {value} and want a {kind}",
        "{kind}, avoid {value}", "{kind}s, but not the {value} ones", "I can't stand {value}, is there a {kind}?",
    ),
    "dev": ("any {kind} except {value}", "{kind} other than {value}"),
    "test": ("anything but {value}: a {kind}", "a {kind}, but please not {value}", "{kind} not made of {value}"),
}  # fmt: skip
_ASKED: Mapping[Part, Sequence[str]] = {
    "train": (
        "{first} {kind}, {second}", "{kind} {first} {second}", "a {kind} in {first}, {second}",
        "do you have a {kind}, {first} and {second}?", "I need the {kind} with {second}, {first}",
        "{kind} {first}", "looking for a {first} {kind}",
    ),
    "dev": ("is there a {kind} that comes in {first}, {second}",),
    "test": ("my {kind} should be {first}, also {second}", "would you have {first} {second} {kind}s"),
}  # fmt: skip
_DIGITS = re.compile(r"\d+")
KINDS_OF_PAIRS = (*_VALUES, "negation")


@dataclass(frozen=True, slots=True)
class Pair:
    """A wish, the title that fits it, and one that differs in `attribute` alone."""

    wish: str
    fits: str
    fails: str
    attribute: str


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
    """Pairs of each attribute in turn. Wordings and the values that differ are of the part, and of no other."""
    kinds = (*KINDS_OF_PAIRS, *["negation"] * 3) if part == "train" else KINDS_OF_PAIRS  # the hardest to learn
    return [_pair(kinds[i % len(kinds)], part, chance) for i in range(count)]


def _pair(attribute: str, part: Part, chance: random.Random) -> Pair:
    wear = attribute == "sleeve" or (attribute != "number" and chance.random() < 0.5)
    kind = chance.choice(_KINDS["wear" if wear else "thing"])
    differs = chance.choice(("material", "colour")) if attribute == "negation" else attribute
    has = {name: chance.choice(values) for name, values in _VALUES.items() if name != "sleeve" or wear}
    if differs not in ("number", "size"):
        has.pop("number" if wear else "size")
    right = chance.choice(_of(part, differs))
    wrong = chance.choice(_rivals(right, _of(part, differs)))
    style = _Style.drawn(kind, chance)
    fits, fails = (style.title({**has, differs: value}) for value in (right, wrong))
    if attribute == "negation":
        wish = chance.choice(_DENIALS[part]).format(kind=kind, value=wrong)
        return Pair(wish, fits, fails, attribute)
    other = chance.choice([name for name in has if name != differs])
    wish = chance.choice(_ASKED[part]).format(kind=kind, first=right, second=has[other])
    return Pair(wish, fits, fails, attribute)


def _of(part: Part, attribute: str) -> list[str]:
    """The values of an attribute that belong to a part; where there are fewer than two, all of them."""
    own = [value for value in _VALUES[attribute] if (part_of(f"value:{value}") == "train") == (part == "train")]
    return own if len(own) > 1 else list(_VALUES[attribute])
