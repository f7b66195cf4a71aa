"""What a sentence may state: the evidence of this turn, as numbers with units, names, codes, addresses and words.

The check is lexical and errs on the side of silence. It finds made-up numbers, amounts, dates, codes, links, e-mail
addresses, capitalised names and promises (`vitrine eval grounding` counts how many). It does not find a wrong statement
that is put together from right words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from agent import stated
from agent.promises import Said, words_of

SECRET_RUN = 5  # words in a row that give a prompt away
VERBATIM = 12  # a sentence this long that stands in the evidence word for word is the shop's own

_LIMIT = re.compile(
    r"\b(?:under|below|over|above|between|within|up to|less than|more than|at most|at least|budget|limit)\b|"
    r"以内|以下|以上|不超过|不低于|低于|高于|超过|之间|预算",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?:\n] )(?<!^)(?<![\"“*_(-])\b[A-Z][a-z]+(?: (?:&|of|the) [A-Z][a-z]+| [A-Z][a-z]+)+\b")
_HIGHLIGHTED = re.compile(r"\*+([^*\n]{12,})\*+")
_QUOTED = re.compile(r"[\"“「『]([^\"”」』]{2,80})[\"”」』]")
# What the shop's records must say of an order before it may be said.
_STATUS = re.compile(
    r"\b(?:has been|was|were|is|are) (?:delivered|shipped|cancelled|canceled|returned)\b|"
    r"已(?:经)?(?:发货|送达|签收|取消)",
    re.IGNORECASE,
)
_STATUS_SHOWN = re.compile(r"delivered|shipped|cancelled|returned|已(?:经)?(?:发货|送达|签收|取消)", re.IGNORECASE)
_NOT_THERE = re.compile(
    r"\b(?:can't|cannot|could not|couldn't|do not|don't|does not|doesn't) (?:find|know|have|sell)\b|"
    r"没有找到|找不到|查不到",
    re.IGNORECASE,
)
# What only a write of this turn could make true, and no tool here writes.
_DEED = re.compile(
    r"\b(?:i|we)(?:'ve| have|'ll| will| just| already)(?: just| already| now| gladly)? (?:cancel|refund|return|"
    r"exchang|replac|chang|updat|reserv|order|ship|sent|send|book|appl|issu|credit|upgrad|put|taken|added|waiv|arrang|"
    r"remov|deduct)\w*\b(?! you (?:can|may))|"
    r"\byour (?:order|refund|address|return|exchange) (?:has been|was|is now) (?:cancel|refund|process|chang|"
    r"updat|approv|issu)\w*\b|"
    r"(?:我|我们)(?:已经?|会|马上|现在|明天|今天|就|再)[^，。；？]{0,8}(?:取消|退款|退货|换货|修改|更改|预留|下单|寄出|发货|补发|"
    r"补偿|赔偿|去掉|减免|留了|加了|登记)",
    re.IGNORECASE,
)
# In which unit the shop's records count, by the name of the field.
_KEYS = (
    (re.compile(r"price|total|amount|balance|cost|fee|refund|difference|free_from|from_value"), "money"),
    (re.compile(r"days|overdue"), "day"),
    (re.compile(r"percent"), "percent"),
    (re.compile(r"stock"), "stock"),
)


class Facts:
    """The statements that this turn's evidence supports."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._text = ""  # what the shop says
        self._echo = ""  # what the customer says: it may be repeated, but it licenses no promise
        self._limits: set[Decimal] = set()  # what the customer would pay: a limit to repeat, never a price
        self._numbers: dict[Decimal, set[str]] = {}
        self._counts: set[Decimal] = set()
        self._times: set[str] = set()
        self._unknown: set[str] = set()  # codes that the shop has not: to be said only to say so
        self._promises = Said()
        self._secret: set[tuple[str, ...]] = set()
        self.add(*texts)

    def add(self, *texts: object) -> None:
        """More evidence, as it was read."""
        for given in texts:
            text = _normal(str(given))
            self._text += f"\n{text}"
            self._promises.add(text)
            for ways in stated.times(text):
                self._times |= ways
                self._times |= {f"month {way.partition('-')[0]}" for way in ways if way[0].isdigit()}
            for value, unit in stated.numbers(text):
                self._numbers.setdefault(value, set()).add(unit)

    def record(self, key: str, value: str) -> None:
        """A value of the shop's records; its key (`order.lines.0.price`) tells what a bare number counts."""
        self.add(value)
        unit = next((unit for pattern, unit in _KEYS if pattern.search(".".join(key.split(".")[-2:]))), "")
        for number, plain in stated.numbers(value):
            if unit and not plain:
                self._numbers[number].add(unit)

    def own(self, *texts: object) -> None:
        """Fixed words of code of ours, such as templates: they may be said, and promised as they stand."""
        for given in texts:
            text, numbers, words = _fixed(str(given))
            self._echoed(text, numbers)
            self._promises.add(text, words)

    def echo(self, *texts: object) -> None:
        """Words that may be said back without being evidence: names, order numbers and plain numbers.

        No promise, link, address or other code becomes sayable because somebody wrote it.
        """
        for given in texts:
            text = _normal(str(given))
            self._echoed(text, stated.numbers(text))

    def _echoed(self, text: str, numbers: Iterable[tuple[Decimal, str]]) -> None:
        self._echo += f"\n{text}"
        for value, unit in numbers:
            if not unit:
                self._counts.add(value)
            elif unit == "money":
                self._limits.add(value)

    def unknown(self, *codes: str) -> None:
        """Codes that the shop's records have not. They may be named where it is said that they cannot be found."""
        self._unknown.update(_normal(code).casefold() for code in codes if code)

    def hide(self, *texts: object) -> None:
        """What a brain is told as its rules: nothing of it may be said, not even a part of a sentence."""
        for given in texts:
            self._secret.update(_runs(str(given)))

    def count(self, *numbers: int) -> None:
        """Counts that code took of the evidence, such as how many products were found; no price and no time."""
        self._counts.update(map(Decimal, numbers))

    def fault(self, sentence: str) -> str:
        """What the sentence states that nothing supports, or "" where it may be said."""
        text = _normal(sentence)
        if len(text.strip()) >= VERBATIM and text.strip() in self._text:
            return ""
        if self._secret and not self._secret.isdisjoint(_runs(text)):
            return "a secret"
        if _DEED.search(text):
            return "a deed"
        if not self._promises.supports(_HIGHLIGHTED.sub(self._unquoted, text)):
            return "a promise"
        if _STATUS.search(text) and not _STATUS_SHOWN.search(self._text):
            return "a promise"
        without = stated.CODE.sub(" ", stated.EMAIL.sub(" ", stated.URL.sub(" ", text)))
        return self._place(text) or self._number(text, without) or self._time(without) or self._name(without)

    def _unquoted(self, quote: re.Match[str]) -> str:
        """Nothing in place of the shop's own words in a quote, such as the question of an answer."""
        return " " if quote[1] in self._text else quote[0]

    def _place(self, text: str) -> str:
        """An address, a link or a code that the shop has not."""
        known, shop = f"{self._text}\n{self._echo}".casefold(), self._text.casefold()
        kinds = (("an address", stated.EMAIL), ("a link", stated.URL), ("a link", stated.LINK), ("a code", stated.CODE))
        for kind, pattern in kinds:
            for match in pattern.finditer(text):
                said = match[match.lastindex or 0].rstrip(".,").casefold()
                order_number = said.startswith("#") and said in known
                unknown = said in self._unknown and _NOT_THERE.search(text)
                if said not in shop and not order_number and not unknown:
                    return kind
        own = f"{self._text}\n{self._echo}"
        return "a code" if any(m[0] not in own for m in stated.WORD_IN_CAPITALS.finditer(text)) else ""

    def _number(self, text: str, without: str) -> str:
        for value, unit in stated.numbers(_HIGHLIGHTED.sub(self._unquoted, without)):
            if unit == "money" and value in self._limits and _LIMIT.search(text):
                continue
            if unit not in self._numbers.get(value, ()) and (unit or not self._bare(value)):
                return "a number"
        known = f"{self._text}\n{self._echo}".casefold()
        return "a number" if any(word not in known for word in stated.amount_words(text)) else ""

    def _bare(self, value: Decimal) -> bool:
        """Whether a number may be said without a unit."""
        return value in self._numbers or value in self._counts

    def _time(self, text: str) -> str:
        asked = text.rstrip().endswith(("?", "？"))  # "What can I do for you today?"
        return "a date" if not asked and any(self._times.isdisjoint(ways) for ways in stated.times(text)) else ""

    def _name(self, text: str) -> str:
        known = f"{self._text}\n{self._echo}".casefold()
        for pattern in (_NAME, _QUOTED):
            for match in pattern.finditer(text):
                if match[match.lastindex or 0].casefold() not in known:
                    return "a name"
        return ""


def _runs(text: str) -> Iterable[tuple[str, ...]]:
    """Every run of `SECRET_RUN` words."""
    words = re.findall(r"\w+", _normal(text).casefold())
    return (tuple(words[i : i + SECRET_RUN]) for i in range(len(words) - SECRET_RUN + 1))


@lru_cache(maxsize=1024)  # templates, which are the same ones in each turn
def _fixed(text: str) -> tuple[str, tuple[tuple[Decimal, str], ...], frozenset[str]]:
    """Words of code as they are compared, with their numbers and what a promise is compared by."""
    normal = _normal(text)
    return normal, tuple(stated.numbers(normal)), words_of(normal)


def _normal(text: str) -> str:
    apart = text.replace("，", "， ")  # which NFKC makes a decimal comma of, as in "4242，1 至 5 天"
    return unicodedata.normalize("NFKC", apart).replace("’", "'").replace("‘", "'")
