"""What a sentence states that can be checked: numbers with their units, amounts in words, days and times, codes, links.

English and Chinese. It reads evidence and speech alike, so that what is said meets what is known in the same form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from agent.understand.numbers import ENGLISH, read_number

_TLD = (
    "com|org|net|shop|store|io|de|cn|eu|info|biz|co|me|ly|uk|fr|nl|at|ch|app|dev|link|site|online|gift|xyz|top|club|"
    "live|pro|help|page|cc|tv|ru|example"
)
URL = re.compile(
    rf"https?://[^\s)\]>，。]+|\bwww\.[^\s)\]>，。]+|(?<![@\w.-])(?:[a-z0-9-]+\.)+(?:(?:{_TLD})\b(?:/[^\s)，。]*)?|"
    r"[a-z]{2,}/[^\s)，。]+)",
    re.IGNORECASE | re.ASCII,
)
LINK = re.compile(r"\]\(\s*([^)\s]+)")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
# Letters and digits in one word, in capitals or beginning with a letter ("350ml" and "2nd" are none).
CODE = re.compile(
    r"#?(?<![\w-])(?:(?=[A-Z0-9-]*[A-Z])(?=[A-Z0-9-]*\d)[A-Z0-9]+(?:-[A-Z0-9]+)*|"
    r"(?=[A-Za-z0-9-]*\d)[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*)(?![\w-])",
    re.ASCII,
)
WORD_IN_CAPITALS = re.compile(r"(?<![\w-])(?:[A-Z]{4,}(?:-[A-Z]+)*|[A-Z]+(?:-[A-Z]+)+)(?![\w-])", re.ASCII)

_NUMBER = re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)(?!\d)", re.ASCII)
_UNITS = {
    "day": r"(?:working |business |calendar )?days?|个?工作日|天|日",
    "week": r"weeks?|个?(?:周|星期)",
    "month": r"months?|个月",
    "year": r"years?|年",
    "hour": r"hours?|个?小时",
    "minute": r"minutes?|分钟",
    "percent": r"%|percent|per cent",
    "cm": r"cm|centimet(?:re|er)s?|厘米",
    "metre": r"m|met(?:re|er)s?|米",
    "ml": r"ml|millilit(?:re|er)s?|毫升",
    "kg": r"kg|kilos?|kilograms?|公斤",
    "degree": r"°\s?C|degrees",
    "money": r"€|\$|£|EUR|USD|GBP|euros?|dollars?|pounds?|cents?|欧元|欧分|欧|美元|英镑|元|块",
}
_SIGNS = ("€", "$", "£", "¥")
_UNIT = re.compile(
    "|".join(rf"(?P<{name}>^[\s-]*(?:{pattern})(?![a-z]))" for name, pattern in _UNITS.items()), re.IGNORECASE
)
_ENGLISH = re.compile(rf"(?<![\w-])({ENGLISH})(?![\w-]| (?:of|more) (?:the|these|those|my|our|your)\b)", re.IGNORECASE)
_PRONOUN = ("one", "zero")  # "the blue one"; they count only before a unit
_CHINESE = re.compile(
    r"百分之([一二三四五六七八九十百]+)|([零一二两三四五六七八九十百千万]+)多?(?=个|件|款|张|双|只|条|套|种|位|次|颗|星|瓶|支|"
    r"本|盒|箱|人|家|天|日|周|星期|月|年|小时|分钟|元|块|欧|美元|英镑|厘米|毫升|米|升|公斤|克|折|成|倍|号|乘)"
)
_COUNTED_ONE = re.compile(r"一(?:个|件|款|张|双|只|条|套|种|位|次|瓶|支|本|盒|箱|人|家)")
_STOCK = re.compile(
    r"\b(?:left|remain\w*|in stock|in the (?:warehouse|shop)|pieces?)\b|\bstock:? \d|"
    r"库存|仅剩|只剩|剩下|还剩|最后.{1,3}[件个]|现货|店里.{0,3}有",
    re.IGNORECASE,
)
_AMOUNT_WORD = re.compile(
    r"\b(?:half|halves|(?:a|one|two) thirds?|quarters?|dozens?|doubles?|twice|triple|tenner|fiver|hundreds|"
    r"thousands)\b|"
    r"半(?:价|公斤|斤|天|年|个月|小时|打|升|米)|一半|[一二三四五六七八九]分之[一二三四五六七八九]|[一二三四五六七八九]{1,2}折|\d折",
    re.IGNORECASE,
)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t|tember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_ZH = r"(\d{1,2}|[一二三四五六七八九十]{1,3})"
_ZH_DATE = re.compile(r"(?:(\d{4}) ?年 ?)?(\d{1,2}) ?月 ?(\d{1,2}) ?[日号]")
_ISO = re.compile(r"\b\d{4}-(\d\d)-(\d\d)")
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d|:)", re.IGNORECASE)
_ZH_DAY = re.compile(rf"{_ZH} ?月 ?{_ZH} ?[日号]")
_SLASHED = re.compile(r"(?<![\d/.])(\d{1,2})/(\d{1,2})(?:/\d{2,4})?(?![\d/])")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.\d{2,4}(?!\d)")
_MONTH_ALONE = re.compile(
    rf"\b(?:in|by|until|till|since|from|of|early|late|mid|next|this|every|during) {_MONTH}", re.IGNORECASE
)
_ZH_MONTH = re.compile(rf"(?<!个){_ZH} ?月(?![日号])(?:份|底|初)?")
_WHEN = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:today|tonight|tomorrow|yesterday|midnight|noon)\b|"
    r"\bthis (?:morning|afternoon|evening|weekend|week|month|year)\b|"
    r"\bnext (?:weekend|week|month|year|spring|summer|autumn|winter)\b|"
    r"\b(?:in|by|this|until) (?:the )?(?:spring|summer|autumn|fall|winter)\b|\blast (?:week|month|year)\b|"
    r"\bhalf past|\bquarter (?:past|to)\b|\bo'clock\b|\b\d{1,2} ?[ap]\.?m\b|"
    r"(?:周|星期|礼拜)[一二三四五六日天](?!个)|今天|今晚|今日|明天|明晚|明日|后天|昨天|上午|下午|早上|晚上|中午|午夜|半夜|"
    r"本周|这周|上周|下周末?|周末|本月|下个?月|上个?月|月底|年底|春天|夏天|秋天|冬天|今年|明年|去年|"
    r"(?:\d{1,2}|[二三四五六七八九十]{1,2}|(?<=[午上])一)点(?:半|一刻|三刻|钟)?|一点(?:半|一刻|三刻|钟)",
    re.IGNORECASE,
)


def numbers(text: str) -> Iterable[tuple[Decimal, str]]:
    """Numbers with their unit ("" where there is none), in digits or in words.

    In a sentence on stock a number without a unit counts pieces ("stock").
    """
    plain = "stock" if _STOCK.search(text) else ""
    text = _ZH_DATE.sub(r" \1 \2 \3 ", text)  # its 日 counts no days
    for match in _NUMBER.finditer(text):
        value = Decimal(re.sub(r",(?=\d{3}(?!\d))", "", match[1]).replace(",", ".")).normalize()
        money = text[: match.start()].rstrip()[-1:] in _SIGNS
        yield value, "money" if money else _unit(text[match.end() :]) or plain
    for match in _ENGLISH.finditer(text):
        unit = _unit(text[match.end() :])
        value_of = read_number(match[1])
        if value_of is not None and (unit or match[1].casefold() not in _PRONOUN):
            yield value_of.normalize(), unit or plain
    for match in _CHINESE.finditer(text):
        value_of = read_number(match[1] or match[2])
        if value_of is None or _COUNTED_ONE.match(text[match.start() :]):
            continue
        yield value_of.normalize(), "percent" if match[1] else _unit(text[match.end() :]) or plain


def _unit(after: str) -> str:
    match = _UNIT.match(after)
    return (match.lastgroup or "") if match else ""


def amount_words(text: str) -> Iterator[str]:
    """Amounts that are no numerals: "half", "a dozen", "半价", "六五折"."""
    return (match[0].casefold() for match in _AMOUNT_WORD.finditer(text))


def times(text: str) -> Iterator[frozenset[str]]:
    """Days, months, weekdays and times of day. Of each the ways to read it: 3/9 is in March or in September."""
    for month, day in _ISO.findall(text):
        yield frozenset({f"{int(month)}-{int(day)}"})
    for first, second in (*_SLASHED.findall(text), *_DOTTED.findall(text)):
        yield frozenset({f"{int(first)}-{int(second)}", f"{int(second)}-{int(first)}"})
    for day, month in _DAY_MONTH.findall(text):
        yield frozenset({f"{_month(month)}-{int(day)}"})
    for month, day in _MONTH_DAY.findall(text):
        yield frozenset({f"{_month(month)}-{int(day)}"})
    for month, day in _ZH_DAY.findall(text):
        yield frozenset({f"{read_number(month)}-{read_number(day)}"})
    for month in _MONTH_ALONE.findall(text):
        yield frozenset({f"month {_month(month)}"})
    for month in _ZH_MONTH.findall(text):
        yield frozenset({f"month {read_number(month)}"})
    for match in _WHEN.finditer(text):
        yield frozenset({match[0].casefold()})


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].casefold()) + 1
