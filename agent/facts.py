"""What a sentence may state: the evidence of this turn, as numbers with units, names, codes, addresses and words.

The check is lexical and errs on the side of silence. It finds made-up numbers, amounts, dates, codes, links, e-mail
addresses, capitalised names and promises. It does not find a wrong statement that is put together from right words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

from agent.understand.numbers import ENGLISH, read_number

SECRET_RUN = 5  # words in a row that give a prompt away
VERBATIM = 12  # a sentence this long that stands in the evidence word for word is the shop's own

_URL = re.compile(
    r"https?://[^\s)\]>，。]+|\bwww\.[^\s)\]>，。]+|\b(?:[a-z0-9-]+\.)+(?:com|org|net|shop|io|de|cn|eu|"
    r"info)\b(?:/[^\s)]*)?",
    re.IGNORECASE,
)
_LINK = re.compile(r"\]\(\s*([^)\s]+)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CODE = re.compile(r"#?\b(?=[A-Z0-9-]*[A-Z])(?=[A-Z0-9-]*\d)[A-Z0-9]+(?:-[A-Z0-9]+)*\b", re.ASCII)
_NUMBER = re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)(?!\d)", re.ASCII)
_UNITS = {
    "day": r"(?:working |business |calendar )?days?|个?工作日|天|日",
    "week": r"weeks?|周|星期",
    "month": r"months?|个月",
    "year": r"years?|年",
    "hour": r"hours?|小时",
    "percent": r"%|percent|per cent",
    "cm": r"cm|centimet(?:re|er)s?|厘米",
    "ml": r"ml|millilit(?:re|er)s?|毫升",
    "kg": r"kg|kilos?|kilograms?|公斤",
    "degree": r"°\s?C|degrees",
    "money": r"€|\$|£|EUR|USD|GBP|euros?|dollars?|pounds?|cents?|欧元|欧|美元|元|块",
}
_SIGNS = ("€", "$", "£", "¥")
_UNIT = re.compile(
    "|".join(rf"(?P<{name}>^[\s-]*(?:{pattern})(?![a-z]))" for name, pattern in _UNITS.items()), re.IGNORECASE
)
_COUNTED = re.compile(
    rf"({ENGLISH})[\s-]+(?:(?:working|business|calendar)[\s-]+)?(?=days?|weeks?|months?|years?|hours?|percent|"
    rf"euros?|dollars?|pounds?)",
    re.IGNORECASE,
)
_COUNTED_ZH = re.compile(
    r"([一二两三四五六七八九十百千]+)(?=个?(?:工作日|天|周|月|年|小时|元|欧))|百分之([一二三四五六七八九十百]+)"
)
_LIMIT = re.compile(
    r"\b(?:under|below|over|above|between|within|up to|less than|more than|at most|at least|budget|limit)\b|"
    r"以内|以下|以上|不超过|不低于|低于|高于|超过|之间|预算",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?:\n] )(?<!^)(?<![\"“*_(-])\b[A-Z][a-z]+(?: (?:&|of|the) [A-Z][a-z]+| [A-Z][a-z]+)+\b")
_QUOTED = re.compile(r"[\"“「『]([^\"”」』]{2,80})[\"”」』]")

# What only the shop's own records and words may promise; each group needs one of its words in the evidence.
_PROMISES: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(said, re.IGNORECASE), re.compile(shown, re.IGNORECASE))
    for said, shown in (
        (r"\bguarantee[ds]?\b|\bwarrant(?:y|ies)\b|保证|保修|质保", r"guarantee|warrant|保证|保修|质保"),
        (
            r"\bdiscounts?\b|\bcoupons?\b|\bvouchers?\b|\bpromo\w*\b|% off\b|折扣|优惠|打折|代金券",
            r"discount|coupon|voucher|promo|code|折扣|优惠|打折",
        ),
        (
            r"\bfree\b|\bcomplimentary\b|\bat no (?:extra )?(?:cost|charge)\b|免费|包邮",
            r"free|no (?:extra )?(?:cost|charge)|免费|包邮",
        ),
        (r"\brefund\w*\b|\bmoney back\b|退款|退钱", r"refund|money back|退款|退钱"),
        (r"\bcompensat\w*\b|\breimburs\w*\b|赔偿|补偿", r"compensat|reimburs|赔偿|补偿"),
        (
            r"\b(?:has been|was|were|is|are) (?:delivered|shipped|cancelled|canceled|returned)\b|已(?:经)?(?:发货|送达|"
            r"签收|取消)",
            r"delivered|shipped|cancelled|returned|已(?:经)?(?:发货|送达|签收|取消)",
        ),
        (
            r"\bnext[- ]day\b|\bsame[- ]day\b|\bovernight\b|次日达|当日达|当天",
            r"next[- ]day|same[- ]day|overnight|次日|当日|当天",
        ),
    )
)
# What only a write of this turn could make true, and no tool here writes.
_DEED = re.compile(
    r"\b(?:i|we)(?:'ve| have|'ll| will| just| already)(?: just| already| now| gladly)? (?:cancel|refund|return|"
    r"exchang|replac|chang|updat|"
    r"reserv|order|ship|sent|send|book|appl|issu|credit|upgrad)\w*\b(?! you (?:can|may))|"
    r"\byour (?:order|refund|address|return|exchange) (?:has been|was|is now) (?:cancel|refund|process|chang|"
    r"updat|approv|issu)\w*\b|"
    r"(?:我|我们)(?:已经?|会|马上|现在)(?:为您|帮您|给您|替您)?(?:取消|退款|退货|换货|修改|更改|预留|下单|寄出|发货|补偿|赔偿)",
    re.IGNORECASE,
)


class Facts:
    """The statements that this turn's evidence supports."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._text = ""  # what the shop says
        self._echo = ""  # what the customer says: it may be repeated, but it licenses no promise
        self._limits: set[Decimal] = set()  # what the customer would pay: a limit to repeat, never a price
        self._numbers: dict[Decimal, set[str]] = {}
        self._secret: set[tuple[str, ...]] = set()
        self.add(*texts)

    def add(self, *texts: object) -> None:
        """More evidence, as it was read."""
        for given in texts:
            text = _normal(str(given))
            self._text += f"\n{text}"
            for value, unit in _numbers(text):
                self._numbers.setdefault(value, set()).add(unit)

    def echo(self, *texts: object) -> None:
        """Words that may be said back without being evidence: names, order numbers and plain numbers.

        No promise, link, address or other code becomes sayable because somebody wrote it.
        """
        for given in texts:
            text = _normal(str(given))
            self._echo += f"\n{text}"
            for value, unit in _numbers(text):
                if not unit:
                    self._numbers.setdefault(value, set()).add("")
                elif unit == "money":
                    self._limits.add(value)

    def hide(self, *texts: object) -> None:
        """What a brain is told as its rules: nothing of it may be said, not even a part of a sentence."""
        for given in texts:
            self._secret.update(_runs(str(given)))

    def count(self, *numbers: int) -> None:
        """Counts that code took of the evidence, such as how many products were found."""
        for number in numbers:
            self._numbers.setdefault(Decimal(number), set()).add("")

    def fault(self, sentence: str) -> str:  # noqa: PLR0911, PLR0912 - one a kind of fault
        """What the sentence states that nothing supports, or "" where it may be said."""
        text = _normal(sentence)
        if len(text.strip()) >= VERBATIM and text.strip() in self._text:
            return ""
        if self._secret and not self._secret.isdisjoint(_runs(text)):
            return "a secret"
        known = f"{self._text}\n{self._echo}".casefold()
        if _DEED.search(text):
            return "a deed"
        for said, shown in _PROMISES:
            if said.search(text) and not shown.search(self._text) and not _denies(text, said):
                return "a promise"
        shop = self._text.casefold()
        for kind, pattern in (("an address", _EMAIL), ("a link", _URL), ("a link", _LINK), ("a code", _CODE)):
            for match in pattern.finditer(text):
                stated = match[match.lastindex or 0].rstrip(".,").casefold()
                order_number = stated.startswith("#") and stated in known
                if stated not in shop and not order_number:
                    return kind
        without = _CODE.sub(" ", _EMAIL.sub(" ", _URL.sub(" ", text)))
        for value, unit in _numbers(without):
            units = self._numbers.get(value)
            if unit == "money" and value in self._limits and _LIMIT.search(text):
                continue
            if units is None or (unit and unit not in units and units != {""}):
                return "a number"
        for pattern in (_NAME, _QUOTED):
            for match in pattern.finditer(without):
                if match[match.lastindex or 0].casefold() not in known:
                    return "a name"
        return ""


def _runs(text: str) -> Iterable[tuple[str, ...]]:
    """Every run of `SECRET_RUN` words."""
    words = re.findall(r"\w+", _normal(text).casefold())
    return (tuple(words[i : i + SECRET_RUN]) for i in range(len(words) - SECRET_RUN + 1))


def _denies(text: str, said: re.Pattern[str]) -> bool:
    """Whether the sentence says that there is no such thing ("I can't promise a refund"), which needs no evidence."""
    match = said.search(text)
    before = text[max(0, match.start() - 40) : match.start()] if match else ""
    return bool(
        re.search(
            r"\b(?:no|not|cannot|can't|don't|doesn't|never|without|whether|if)\b|不|没|无法|是否", before, re.IGNORECASE
        )
    )


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")


def _numbers(text: str) -> Iterable[tuple[Decimal, str]]:
    """Numbers with their unit ("" where there is none), in digits or, before a unit, in words."""
    for match in _NUMBER.finditer(text):
        value = Decimal(re.sub(r",(?=\d{3}(?!\d))", "", match[1]).replace(",", ".")).normalize()
        money = text[: match.start()].rstrip()[-1:] in _SIGNS
        yield value, "money" if money else _unit(text[match.end() :])
    for pattern in (_COUNTED, _COUNTED_ZH):
        for match in pattern.finditer(text):
            value_of = read_number(match[match.lastindex or 1])
            if value_of is not None:
                yield value_of.normalize(), "percent" if match[0].startswith("百分") else _unit(text[match.end() :])


def _unit(after: str) -> str:
    match = _UNIT.match(after)
    return (match.lastgroup or "") if match else ""
