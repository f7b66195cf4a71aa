"""Single values as shops write them: prices, stock, availability, languages, pictures, markup."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from retrieval.documents import Availability, Language
from retrieval.ingest.parsed import NOTHING, Fault, Said
from retrieval.roles import language_of

MAX_ID = 200
MAX_TEXT = 20_000
MAX_PRICE = Decimal(1_000_000_000)
_CURRENCIES = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "CNY", "￥": "CNY", "元": "CNY"}
_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
_AVAILABILITY: Mapping[str, Availability] = {
    **dict.fromkeys(("in stock", "instock", "available", "yes", "true", "1", "limited availability"), "in stock"),
    **dict.fromkeys(
        ("out of stock", "outofstock", "sold out", "unavailable", "no", "false", "0", "discontinued"), "out of stock"
    ),
    **dict.fromkeys(("preorder", "pre order", "backorder", "back order"), "preorder"),
}


def text_of(column: str, value: Any) -> str:
    """A cell's words: numbers as written, yes and no for booleans, lists separated by `|`."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str() | int() | Decimal():
            words = str(value).strip()
        case list():
            words = " | ".join(text_of(column, part) for part in value)
        case _:
            raise Fault(column, "words, a number or a list of them", value)
    if len(words) > MAX_TEXT:
        raise Fault(column, f"at most {MAX_TEXT:,} characters", Said(f"{len(words):,}"))
    return words


def required(column: str, values: Mapping[str, Any]) -> str:
    words = text_of(column, values.get(column))
    if not words:
        raise Fault(column, "a value", NOTHING)
    return words


def id_of(values: Mapping[str, Any], column: str = "id") -> str:
    """The row's id: up to 200 printable characters."""
    words = required(column, values)
    if len(words) > MAX_ID or not words.isprintable():
        raise Fault(column, f"up to {MAX_ID} printable characters", words)
    return words


def price_of(column: str, value: Any, currency: str) -> tuple[Decimal, str]:
    """Amount and currency of `14.9`, `€ 14,90`, `1,299.00 USD` and the like; `currency` is for those that name none."""
    written = text_of(column, value)
    expected = "a price such as 14.90"
    code = re.search(r"\b[A-Za-z]{3}\b", written)
    sign = next((sign for sign in _CURRENCIES if sign in written), "")
    currency = code[0].upper() if code else _CURRENCIES.get(sign, currency)
    number = re.sub(r"[\s'’]", "", re.sub(r"\b[A-Za-z]{3}\b", "", written).replace(sign, ""))
    if not re.fullmatch(r"\d[\d.,]*", number):
        raise Fault(column, expected, written)
    try:
        amount = Decimal(_with_point(column, number, currency))
    except InvalidOperation:
        raise Fault(column, expected, written) from None
    if amount > MAX_PRICE:
        raise Fault(column, f"at most {MAX_PRICE:,}", written)
    return amount, currency


def _with_point(column: str, number: str, currency: str) -> str:
    """The number with a decimal point and no marks between thousands; the last mark is the decimal one."""
    point, comma = number.rfind("."), number.rfind(",")
    if point >= 0 and comma >= 0:
        thousands = "," if point > comma else "."
        return number.replace(thousands, "").replace(",", ".")
    if comma >= 0:
        return number.replace(",", "" if re.fullmatch(r"\d{1,3}(,\d{3})+", number) else ".")
    if number.count(".") > 1:
        return number.replace(".", "") if re.fullmatch(r"\d{1,3}(\.\d{3})+", number) else number
    # 1.299 is twelve hundred to a German shop and one and a bit to an English one: guessing would sell it at a loss.
    if re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", number) and currency not in _THREE_DECIMALS:
        raise Fault(column, "a price that can be read in one way only, such as 1299.00", number)
    return number


def stock_of(column: str, value: Any) -> int | None:
    """Pieces in stock, or None where the shop does not count; below zero (oversold) is zero."""
    written = text_of(column, value)
    if not written:
        return None
    if not re.fullmatch(r"-?\d{1,9}(\.0*)?", written):
        raise Fault(column, "a whole number of pieces", written)
    return max(0, int(written.split(".")[0]))


def availability_of(column: str, value: Any, stock: int | None) -> Availability:
    """What the shop says, or what its stock says where it says nothing."""
    written = text_of(column, value)
    if not written:
        return "out of stock" if stock == 0 else "in stock"
    known = _AVAILABILITY.get(" ".join(re.split(r"[\s_-]+", written.lower())))
    if known is None:
        raise Fault(column, "in stock, out of stock or preorder", written)
    return known


def faq_language(value: Any, question: str) -> Language:
    """`en` or `zh` from tags such as `en-GB` and `zh_CN`, or from the question itself where none is given."""
    written = text_of("language", value).lower()
    if not written:
        return language_of(question)
    match re.split(r"[-_]", written)[0]:
        case "en" | "english":
            return "en"
        case "zh" | "chinese" | "中文":
            return "zh"
    raise Fault("language", "en or zh", written)


def picture_of(value: Any, folder: Path, *, allow_urls: bool) -> str:
    """The picture's path on disk (relative ones start from `folder`) or its URL; raises `Fault` where there is none.

    Whether a URL works is not tried: nothing outside is reached while a file is read.
    """
    written = text_of("image", value)
    if not written:
        return ""
    if re.match(r"https?://", written, re.IGNORECASE):
        if allow_urls:
            return written
        raise Fault("image", "a picture on this machine (the settings allow no URLs)", written)
    if "\0" in written or len(written) > 1000:
        raise Fault("image", "a path", written)
    path = folder / written
    try:
        found = path.is_file()
    except OSError:
        found = False
    if not found:
        raise Fault("image", "a picture file", Said(f"{written!r}, which is not there"))
    return str(path.resolve())


class _Words(HTMLParser):
    """Keeps what a reader would see."""

    _SILENT = frozenset({"script", "style", "template", "head"})
    _BREAKS = frozenset({"p", "br", "li", "div", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "table"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in self._SILENT
        if tag in self._BREAKS:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in self._SILENT and self._silent > 0
        if tag in self._BREAKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def without_markup(text: str) -> str:
    """The words of an HTML fragment on one line; plain text comes back as it is."""
    if "<" not in text:
        return html.unescape(text).strip()
    reader = _Words()
    reader.feed(text)
    reader.close()
    return " ".join("".join(reader.parts).split())
