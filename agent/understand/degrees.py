"""Which variant "the bigger one", "the cheapest" or "one size up" is, told from the shop's own prices and sizes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import prod
from typing import Literal

from agent.understand.tokens import PAUSE, STOP, record_tokens
from tools.records import Variant

Extent = Literal["more", "next", "most"]

PRICE = "price"
_DEGREES: tuple[tuple[str, bool, Extent, str], ...] = (
    (PRICE, False, "most", r"cheapest|least expensive|lowest price|most affordable|最 便 宜|价 格 最 低"),
    (PRICE, True, "most", r"most expensive|priciest|dearest|highest price|最 贵"),
    (PRICE, False, "more", r"cheaper|less expensive|more affordable|更 便 宜|便 宜 (?:[一1] )?[点些]"),
    (PRICE, True, "more", r"more expensive|pricier|dearer|更 贵"),
    ("size", True, "next", r"(?:1|a|next) size (?:up|bigger|larger)|next (?:bigger|larger)(?: size)?|大 [一1] [号码]"),
    ("size", False, "next", r"(?:1|a|next) size (?:down|smaller)|next smaller(?: size)?|小 [一1] [号码]"),
    ("size", True, "most", r"biggest|largest|最 大"),
    ("size", False, "most", r"smallest|最 小"),
    ("size", True, "more", r"bigger|larger|[更较] 大|大 (?:[一1] )?[点些]"),
    ("size", False, "more", r"smaller|[更较] 小|小 (?:[一1] )?[点些]"),
    ("length", True, "most", r"longest|最 长"),
    ("length", False, "most", r"shortest|最 短"),
    ("length", True, "more", r"longer|[更较] 长|长 (?:[一1] )?[点些]"),
    ("length", False, "more", r"shorter|[更较] 短|短 (?:[一1] )?[点些]"),
    ("height", True, "most", r"tallest|highest|最 高"),
    ("height", False, "most", r"lowest|最 [矮低]"),
    ("height", True, "more", r"taller|higher|[更较] 高|高 (?:[一1] )?[点些]"),
    ("height", False, "more", r"lower|[更较] [矮低]|[矮低] (?:[一1] )?[点些]"),
    ("width", True, "most", r"widest|最 宽"),
    ("width", True, "more", r"wider|[更较] 宽"),
    ("width", False, "more", r"narrower|[更较] 窄"),
    ("thickness", True, "most", r"thickest|最 厚"),
    ("thickness", False, "most", r"thinnest|最 薄"),
    ("thickness", True, "more", r"thicker|[更较] 厚"),
    ("thickness", False, "more", r"thinner|[更较] 薄"),
    ("weight", True, "most", r"heaviest|最 重"),
    ("weight", False, "most", r"lightest|最 轻"),
    ("weight", True, "more", r"heavier|[更较] 重"),
    ("weight", False, "more", r"lighter|[更较] 轻"),
)
_PATTERNS = tuple(
    (subject, up, extent, re.compile(rf"(?<!\S)(?:{said})(?!\S)")) for subject, up, extent, said in _DEGREES
)
_OF_SIZE = ("size", "capacity", "dimension", "diameter", "volume", "length", "height", "width")

_LEFT = frozenset(["not", "than", "from", "of", "不"])  # "not the bigger one", "instead of the bigger one"
_STATED = frozenset(["is", "was", "are", "were", "it", "look", "seem", "out"])  # "it is bigger than I thought"
_ONE = frozenset(["1", "one", "size", "version", "option", "variant", "model", "kind", "的", "号", "码", "款", "个"])
_TOLD = frozenset(
    ["is", "are", "was", "were", "does", "do", "has", "did", "had", "arrived", "broke", "came", "not", "should",
     "exchanged", "swapped", "returned", "changed", "replaced", "back"]
)  # fmt: skip
"""After "the bigger one" these tell of what they have: it is no wish for another."""
_WISHED_BEFORE = frozenset(
    ["for", "to", "into", "get", "want", "need", "prefer", "take", "like", "have", "with", "be", "rather", "make", "a",
     "instead", "give", "send"]
)  # fmt: skip
_WISHED_AFTER = frozenset(
    [PAUSE, STOP, "please", "instead", "if", "that", "you", "available", "possible", "there", "and", "but", "in", "of",
     "than", "then"]
)  # fmt: skip

_SIZES = {
    "mini": 0, "xs": 0, "extra small": 0, "x small": 0, "s": 1, "small": 1, "portable": 1, "m": 2, "medium": 2, "l": 3,
    "large": 3, "xl": 4, "extra large": 4, "x large": 4, "xxl": 5, "2 xl": 5, "extra extra large": 5, "xxxl": 6,
}  # fmt: skip
_UNITS: Mapping[str, tuple[str, Decimal]] = {
    unit: (kind, Decimal(factor))
    for kind, known in {
        "mm": {"mm": "1", "cm": "10", "m": "1000", "inch": "25.4", "ft": "304.8"},
        "ml": {"ml": "1", "cl": "10", "l": "1000"},
        "g": {"g": "1", "kg": "1000", "oz": "28.35", "lb": "453.6"},
        "gb": {"mb": ".001", "gb": "1", "tb": "1000"},
    }.items()
    for unit, factor in known.items()
}


@dataclass(frozen=True, slots=True)
class Degree:
    """More or the most of something, upwards or downwards. `named` are the words behind it, as of an option."""

    subject: str
    up: bool
    extent: Extent
    named: tuple[str, ...] = ()

    def option(self, variants: Sequence[Variant]) -> str | None:
        """The option that it is about: the one that is named, else the only one that measures the subject."""
        ordered = [option for option in _options_of(variants) if _order_of(option, variants) is not None]
        named = [option for option in ordered if set(self.named) & set(record_tokens(option))]
        measures = _OF_SIZE if self.subject == "size" else (self.subject,)
        fitting = named or [option for option in ordered if set(measures) & set(record_tokens(option))]
        only = fitting if len(fitting) == 1 else [option for option in fitting if option.casefold() == self.subject]
        return only[0] if only else None

    def meant(
        self, wanted: Mapping[str, str], variants: Sequence[Variant], current: Variant
    ) -> tuple[Variant, ...] | None:
        """The variants with all that is wanted that it may mean: one where it is clear; None where it says nothing of
        these goods, or of an option that is wanted by its value."""
        here = next((variant for variant in variants if variant.id == current.id), current)
        there = [v for v in variants if v.id != current.id and v.available]
        if self.subject == PRICE:
            fitting = [v for v in (here, *there) if all(v.options.get(o) == value for o, value in wanted.items())]
            return self._picked({v.id: v.price for v in (*fitting, here)}, fitting, here)
        option = self.option(variants)
        order = _order_of(option, variants) if option else None
        if option is None or order is None or option in wanted or current.options.get(option) not in order:
            return None
        ranks = {v.id: order[v.options[option]] for v in (here, *there) if v.options.get(option) in order}
        alike = {o: value for o, value in {**current.options, **wanted}.items() if o != option}
        for kept in (alike, wanted):
            fitting = [v for v in there if v.id in ranks and all(v.options.get(o) == x for o, x in kept.items())]
            if meant := self._picked(ranks, fitting, here):
                return meant
        return ()

    def of_offered(self, offered: Sequence[Variant]) -> tuple[Variant, ...]:
        """Those that it means of several that were offered, two of which only one is "the bigger one"; all where it
        does not tell them apart."""
        option = self.option(offered) if self.subject != PRICE else None
        order = _order_of(option, offered) if option else None
        if self.subject == PRICE:
            ranks = {v.id: v.price for v in offered}
        elif option and order:
            ranks = {v.id: order[v.options[option]] for v in offered if v.options.get(option) in order}
        else:
            return tuple(offered)
        if self.extent != "most" and len(set(ranks.values())) != 2:
            return tuple(offered)
        best = (max if self.up else min)(ranks.values())
        return tuple(v for v in offered if ranks.get(v.id) == best)

    def _picked(self, ranks: Mapping[str, Decimal], fitting: Sequence[Variant], here: Variant) -> tuple[Variant, ...]:
        """Those that lie in the direction from what they have, or of these the nearest, or the furthest."""
        sign = 1 if self.up else -1
        beyond = [v for v in fitting if sign * (ranks[v.id] - ranks[here.id]) > 0]
        if self.subject == PRICE and self.extent == "most":
            beyond = list(fitting)
        if not beyond or self.extent == "more":
            return tuple(beyond)
        best = (min if self.extent == "next" else max)(sign * ranks[v.id] for v in beyond)
        return tuple(v for v in beyond if sign * ranks[v.id] == best)


def meant_by(
    degrees: Sequence[Degree], wanted: Mapping[str, str], variants: Sequence[Variant], current: Variant
) -> tuple[Variant, ...] | None:
    """The variants that degrees mean: the first beside what they have, each later one of those that it left to choose
    from. None where they say nothing of these goods."""
    if not degrees:
        return None
    meant = degrees[0].meant(wanted, variants, current)
    for degree in degrees[1:]:
        meant = degree.of_offered(meant) if meant else degree.meant(wanted, variants, current)
    return meant


def degree_in(words: Sequence[str], *, answering: bool) -> tuple[Degree | None, tuple[str, ...]]:
    """The last degree that is wished for, and the words without it. `answering` is where another variant was asked for:
    else a degree may describe what they have ("the bigger one is broken")."""
    text = " ".join(words)
    found: list[tuple[int, int, Degree]] = []
    for subject, up, extent, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start = text[: match.start()].count(" ")
            end = start + match[0].count(" ") + 1
            if any(start < other_end and other_start < end for other_start, other_end, _ in found):
                continue
            if _is_wished(words[:start], words[end:], answering=answering):
                found.append((start, end, Degree(subject, up, extent, tuple(words[end : end + 2]))))
    if not found:
        return None, tuple(words)
    start, end, degree = max(found, key=lambda each: each[0])
    return degree, (*words[:start], "", *words[end:])


def _is_wished(before: Sequence[str], after: Sequence[str], *, answering: bool) -> bool:
    near = [word for word in before[-2:] if word not in ("the", "a")]
    if near and (near[-1] in _LEFT or near == ["不", "是"]):
        return False
    if answering:
        return True
    if (near and near[-1] in _STATED) or after[:1] == ("了",):
        return False
    rest = after[1:] if after and after[0] in _ONE else after
    if _TOLD & set(rest[:1]) or {"exchanged", "swapped", "returned", "replaced"} & set(rest[:4]):
        return False
    bare = not rest or len(rest) < len(after) or rest[0] in _WISHED_AFTER
    return bare or bool(_WISHED_BEFORE & set(before[-4:]))


def _options_of(variants: Sequence[Variant]) -> list[str]:
    return list(dict.fromkeys(option for variant in variants for option in variant.options))


def _order_of(option: str, variants: Sequence[Variant]) -> Mapping[str, Decimal] | None:
    """The option's values by how much they are; None where they do not measure one thing."""
    values = {variant.options[option] for variant in variants if option in variant.options}
    measured = {value: _measure(value) for value in values}
    kinds = {measure[0] if measure else None for measure in measured.values()}
    if len(kinds) != 1 or None in kinds or len(values) < 2:
        return None
    return {value: measure[1] for value, measure in measured.items() if measure}


def _measure(value: str) -> tuple[str, Decimal] | None:
    """What a value measures, and how much of it: "27 cm", "40 × 40 cm", "1TB SSD", "XL", "A5"."""
    words = record_tokens(value)
    if (size := _SIZES.get(" ".join(words))) is not None:
        return "sizes", Decimal(size)
    if paper := re.fullmatch(r"a ?(\d)", " ".join(words)):
        return "paper", -Decimal(paper[1])
    numbers = [Decimal(word) for word in words if re.fullmatch(r"\d+(?:\.\d+)?", word)]
    units = [word for word in words if not re.fullmatch(r"\d+(?:\.\d+)?", word) and word not in ("x", "to")]
    if not numbers or not words[0][0].isdigit():
        return None
    kind, factor = _UNITS.get(units[0], (units[0], Decimal(1))) if units else ("", Decimal(1))
    return kind, prod((number * factor for number in numbers), start=Decimal(1))
