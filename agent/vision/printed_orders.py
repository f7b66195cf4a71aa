"""Order numbers on labels, packing slips and receipts: which of the printed words are one.

A number counts only with its mark: a leading W, a #, ORD, or a word such as "order no." before it, beside it or above
it. Tracking numbers, postcodes, prices, dates, article and customer numbers stand on the same paper and have none. What
is read identifies an order and proves nothing: whoever holds a parcel need not be who ordered it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from agent.vision.reading import TextFound
from tools.order_numbers import normalise

ORDERS_AT_MOST = 3
DIGITS_LEAST, DIGITS_MOST = 4, 12

_DIGITS = r"(?P<digits>\d[\dOoIl]{0,11}(?:\s[\dOoIl]{3,8}){0,3})"  # a printer may set groups of three or more apart
_ENDS = r"(?![A-Za-z0-9]|[.,:/-]\d|\s?[€$£%])"
_MARK = r"(?:[#＃]\s?)?(?:(?:[Ww]|VV|vv)\s?[.-]?\s?)"
_WORD = (
    r"(?:[o0]rder|[o0]rd|purchase|bestell(?:ung|nummer|nr)?|auftrag(?:snummer|snr)?|commande|pedido|ordine|订\s?单)"
    r"(?:\s?(?:number|num|no|nr|nummer|id|code|reference|ref|编\s?号|号\s?码|号))?\s?[.:：#＃-]*"
)
_MARKED = re.compile(rf"(?<![A-Za-z0-9]){_MARK}{_DIGITS}{_ENDS}")
_HASHED = re.compile(rf"(?<![A-Za-z0-9])[#＃]\s?{_DIGITS}{_ENDS}")
_WORDED = re.compile(rf"(?<![A-Za-z]){_WORD}\s?{_MARK}?{_DIGITS}{_ENDS}", re.IGNORECASE)
_ALONE = re.compile(rf"\W*{_MARK}?{_DIGITS}\W*")
_HEADING = re.compile(rf"\W*(?:your |ihre? |您的)?{_WORD}\W*", re.IGNORECASE)


def orders_on(lines: Sequence[TextFound]) -> tuple[str, ...]:
    """The order numbers among the printed lines, as the shop writes them (`#W10428`), each once and at most three."""
    texts = [unicodedata.normalize("NFKC", line.text).strip() for line in lines]
    found: list[str] = []
    for line, text in zip(lines, texts, strict=True):
        found += _in_line(text)
        if _HEADING.fullmatch(text):
            found += _beside(line, lines, texts)
    return tuple(dict.fromkeys(found))[:ORDERS_AT_MOST]


def _in_line(text: str) -> Iterator[str]:
    for pattern in (_MARKED, _HASHED, _WORDED):
        for match in pattern.finditer(text):
            yield from _number(match)


def _beside(heading: TextFound, lines: Sequence[TextFound], texts: Sequence[str]) -> Iterator[str]:
    """The number that belongs to a heading: on its row to the right, else on the row below, under it."""
    best: tuple[float, re.Match[str]] | None = None
    for line, text in zip(lines, texts, strict=True):
        match = _ALONE.fullmatch(text)
        if match is None or line is heading:
            continue
        distance = _distance(heading, line)
        if distance is not None and (best is None or distance < best[0]):
            best = distance, match
    if best is not None:
        yield from _number(best[1])


def _distance(heading: TextFound, line: TextFound) -> float | None:
    """How far a line is from its heading, in the heading's heights; None where it stands neither right nor below."""
    a, b = heading.box, line.box
    height = max(a.height, 1e-6)
    row = ((b.y + b.height / 2) - (a.y + a.height / 2)) / height
    if abs(row) < 0.7 and b.x >= a.x + a.width * 0.8:
        return abs(row)
    if 0.7 <= row < 2.5 and b.x < a.x + a.width and a.x < b.x + b.width:
        return row
    return None


def _number(match: re.Match[str]) -> Iterator[str]:
    digits = re.sub(r"\s", "", match["digits"])
    if not DIGITS_LEAST <= len(digits) <= DIGITS_MOST:
        return
    try:
        yield normalise(digits)
    except ValueError:
        return
