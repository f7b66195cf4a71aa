"""Which payment method words mean: those that they turn down ("not the card", "from my gift card to …") are none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tools.records import PaymentMethod

_KINDS = {
    "gift_card": r"gift[ -]?cards?|gift ?certificates?|store credit|vouchers?|礼品卡|购物卡",
    "paypal": r"pay ?pal|贝宝",
    "card": r"visa|master ?card|amex|american express|(?:credit|debit|bank|company|business) card|\bcards?\b|"
    r"信用卡|银行卡|借记卡",
    "invoice": r"klarna|invoice|发票付款",
}
_BRANDS = {"visa": r"visa", "mastercard": r"master ?card", "american express": r"amex|american express"}
_MENTION = re.compile("|".join(rf"(?P<{kind}>{words})" for kind, words in _KINDS.items()), re.IGNORECASE)
_DIGITS = re.compile(r"(?<![\dW#])\d{4}(?!\d)")
# Before a method that is not to be used, and after one.
_NOT_THIS = re.compile(
    r"(?:\bnot?\b(?! problem)|n't|\binstead of|\brather than|\bfrom|\bother than|\bwithout|\breplac(?:e|ing)|"
    r"\bswap(?:ping)?|\bpaid (?:with|by)|\bchose|\bpicked|\bwrong|不要|不用|别用|不是|从|而不是)\W*(?:\w+\W+){0,3}$",
    re.IGNORECASE,
)
_NO_MORE = re.compile(
    r"^\W*(?:ending in \d{4} )?(?:on #?W?\d+ |of mine )?(?:is|has|was|got|expired|won't|doesn't|can't|isn't)\b|"
    r"^\W*(?:过期|不能用)",
    re.IGNORECASE,
)
_TO = re.compile(r"\b(?:to|for|by|use|with|onto|on)\b|改|换|用", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """A method as it is named, and whether it is one that they do not want."""

    kind: str
    brand: str
    digits: str
    rejected: bool


def names_method(text: str) -> bool:
    return bool(_MENTION.search(text))


def turns_one_down(text: str) -> bool:
    """Whether of the methods that it names one is to take the place of another."""
    named = list(_mentions(text))
    return len({(m.kind, m.brand, m.digits) for m in named}) > 1 and any(m.rejected for m in named)


def method_in(text: str, methods: Sequence[PaymentMethod]) -> PaymentMethod | None:
    """The one method that the words name, by its digits, its brand or its kind; None where several fit, or none."""
    named = list(_mentions(text))
    wanted = [mention for mention in named if not mention.rejected] or ([] if len(named) > 1 else named)
    digits = set(_DIGITS.findall(text)) - {mention.digits for mention in named if mention.rejected}
    by_digits = [m for m in methods if digits & set(_DIGITS.findall(m.label))]
    if by_digits:
        return by_digits[0]
    for mention in reversed(wanted):
        fitting = [m for m in methods if m.kind == mention.kind and mention.brand in m.label.casefold()]
        if len(fitting) == 1:
            return fitting[0]
    by_label = [m for m in methods if m.label.casefold() in text.casefold()]
    return by_label[0] if len(by_label) == 1 and not named else None


def _mentions(text: str) -> Iterator[Mention]:
    """The methods that a text names, in its order."""
    found = [match for match in _MENTION.finditer(text) if match.lastgroup]
    for at, match in enumerate(found):
        before = text[found[at - 1].end() if at else 0 : match.start()]
        after = text[match.end() : found[at + 1].start() if at + 1 < len(found) else len(text)]
        brand = next((name for name, words in _BRANDS.items() if re.search(words, match[0], re.IGNORECASE)), "")
        digits = _DIGITS.search(after[:20])
        rejected = _rejects(before) or bool(_NO_MORE.match(after))
        yield Mention(str(match.lastgroup), brand, digits[0] if digits else "", rejected)


def _rejects(before: str) -> bool:
    found = _NOT_THIS.search(before)
    return found is not None and not _TO.search(found[0].split(maxsplit=1)[-1] if " " in found[0].strip() else "")
