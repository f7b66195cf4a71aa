"""Which products a customer points at: "the second one", "that mug", "the blue one", "第二个", or a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.memory import Memory
from agent.understand.vocabulary import Vocabulary
from retrieval.documents import Product
from retrieval.filters import alternatives

_ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
    "sixth": 6,
    "6th": 6,
}
_CHINESE = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_ORDINAL = re.compile(
    rf"\bthe ({'|'.join(_ORDINALS)})\b(?! time| order)|\b({'|'.join(_ORDINALS)}) (?:one|item|product|option)\b|"
    rf"第([一二三四五六1-6])[个款件只种张把条]?",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\b(?:number|no\.?|#|option) ?([1-6])\b(?!\d)", re.IGNORECASE)
_LAST = re.compile(
    r"\b(?:the )?last (?:one|item|product|of (?:them|those))\b|\bthe last\b|最后(?:一)?[个款件只种]", re.IGNORECASE
)
_OTHER = re.compile(r"\bthe other (?:one)?\b|另(?:外)?一?[个款件只]", re.IGNORECASE)
_BOTH = re.compile(r"\b(?:both|all(?: of)? (?:them|these|those))\b|两个都|都", re.IGNORECASE)
_THIS = re.compile(
    r"\b(?:it|its|it's|this|that|this one|that one|these|those|they|them|the (?:same|product|item))\b|"
    r"[这那](?![里么样儿边])|它",
    re.IGNORECASE,
)
_COLOURED = re.compile(r"\bthe ([\w -]{2,24}?) ones?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reference:
    """The ids that were pointed at; `named` where it was by name, `described` where by a look.

    `missing` is true where someone pointed at a place that holds nothing, or at a look that nothing shown has.
    """

    products: tuple[str, ...] = ()
    missing: bool = False
    named: bool = False
    described: bool = False
    span: tuple[int, int] | None = None


def find_reference(  # noqa: PLR0911 - one return a way to point
    text: str, memory: Memory, product: Callable[[str], Product | None], vocabulary: Vocabulary
) -> Reference:
    """What the text points at among the products that were shown, else by "it" at the one in focus.

    A place counts in what was shown last; a name or a look may also mean what was shown before, and a name any product.
    """
    goods = [p for p in map(product, memory.shown) if p is not None]
    older = [p for p in map(product, memory.earlier) if p is not None]
    place = _place(text, len(goods))
    if place is not None:
        index, span = place
        return (
            Reference((goods[index].id,), span=span)
            if index < len(goods)
            else Reference(missing=bool(goods), span=span)
        )
    named = vocabulary.coded(text) or _by_name(text, goods) or _by_name(text, older) or vocabulary.named(text)
    if named:
        return Reference(named, named=True)
    if _OTHER.search(text) and len(goods) == 2 and memory.focus:
        return Reference(tuple(p.id for p in goods if p.id != memory.focus))
    described = _by_description(text, goods, vocabulary) or _by_description(text, older, vocabulary)
    if described:
        return Reference(described, described=True)
    look = _COLOURED.search(text)
    if goods and look and not look[0].endswith("s") and any(m.listed for m in vocabulary.mentions(look[1])):
        return Reference(missing=True)
    if _THIS.search(text) and (memory.focus or goods):
        return Reference((memory.focus or goods[0].id,))
    return Reference()


def _place(text: str, count: int) -> tuple[int, tuple[int, int]] | None:
    if match := _ORDINAL.search(text):
        english = match[1] or match[2]
        number = _ORDINALS[english.casefold()] if english else _CHINESE.get(match[3]) or int(match[3])
        return number - 1, match.span()
    if match := _NUMBERED.search(text):
        return int(match[1]) - 1, match.span()
    if match := _LAST.search(text):
        return max(count - 1, 0), match.span()
    return None


def _by_name(text: str, goods: Sequence[Product]) -> tuple[str, ...]:
    """Products of which the whole title, or its first part when only one of them has it, stands in the text."""
    said = _plain(text)
    whole = [
        p.id for p in goods if any(_plain(t) and _plain(t) in said for t in (p.title, p.attributes.get("title_zh", "")))
    ]
    if whole:
        return tuple(whole[:1])
    heads = {p.id: _plain(p.title.split(",")[0]) for p in goods}
    spoken = [i for i, head in heads.items() if len(head) >= 6 and head in said]
    return tuple(spoken) if len(spoken) == 1 else ()


def _by_description(text: str, goods: Sequence[Product], vocabulary: Vocabulary) -> tuple[str, ...]:
    """ "the blue one", "that vase": the only shown product with every value that is named."""
    coloured = _COLOURED.search(text)
    pointing = coloured[1] if coloured else text if _THIS.search(text) else ""
    mentions = [m for m in vocabulary.mentions(pointing) if m.listed]
    if not mentions:
        return ()
    fitting = [
        p.id
        for p in goods
        if all(p.attributes.get(m.field, getattr(p, m.field, "")).casefold() in alternatives(m.value) for m in mentions)
    ]
    return tuple(fitting) if len(fitting) == 1 else ()


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().casefold()
