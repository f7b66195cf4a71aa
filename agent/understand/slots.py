"""What a change needs to know, read from the customer's words beside the shop's records."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from tools.order_numbers import found_in
from tools.records import CancelReason, PaymentMethod, ReturnReason

_TOKEN = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]", re.IGNORECASE)
_DULL = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "for",
        "with",
        "of",
        "in",
        "on",
        "to",
        "my",
        "it",
        "is",
        "from",
        "order",
        "i",
        "want",
        "would",
        "like",
        "return",
        "exchange",
        "cancel",
        "please",
        "one",
    ]
)


def orders_in(text: str) -> tuple[str, ...]:
    return found_in(text)


def _first(table: Sequence[tuple[str, str]], text: str) -> str:
    return next((value for value, pattern in table if re.search(pattern, text, re.IGNORECASE)), "")


_CANCEL_REASONS: tuple[tuple[CancelReason, str], ...] = (
    ("ordered by mistake", r"mistake|accident|wrong(?:ly)? order|by error|误|错"),
    ("found cheaper", r"cheaper|better price|便宜"),
    ("delivery too slow", r"too (?:slow|long|late)|takes? (?:so|too) long|太慢|太久"),
    (
        "no longer needed",
        r"no longer|(?:do not|n't|not)(?: \w+)? (?:need|want)|changed? my mind|no need|any ?more|"
        r"不需要|不想要|不要|用不[上着]|不用",
    ),
    ("other", r"\bother\b|another reason|其他"),
)
_RETURN_REASONS: tuple[tuple[ReturnReason, str], ...] = (
    ("damaged", r"damag|broke|crack|defect|faulty|scratch|stain|chip|坏|破|碎|裂|瑕疵"),
    ("wrong item", r"wrong (?:item|product|thing)|发错"),
    ("wrong size or colour", r"wrong (?:size|colou?r)|too (?:big|small|large)|尺寸|颜色"),
    ("not as described", r"not as described|looks different|与描述|不符"),
    ("arrived late", r"(?:arrived|came) (?:too )?late|太晚"),
    ("no longer needed", r"no longer|(?:do not|don't|not) (?:need|want|like)|changed my mind|不需要|不想要|不喜欢"),
)
_PROBLEMS = (
    ("not_arrived", r"(?:never|not|n't) (?:\w+ ){0,2}(?:arriv|came|come|receiv|deliver|got|get)|没(?:有)?收到"),
    ("missing", r"missing|incomplete|少了|缺"),
    ("wrong_item", r"wrong|发错|错"),
    (
        "damaged",
        r"damag|broke|crack|defect|faulty|scratch|stain|chip|shatter|dent|torn|like (?:this|that)|坏|破|碎|裂|瑕疵|损",
    ),
)
_WISHES = (
    ("refund", r"refund|money|退款|退钱"),
    ("replacement", r"replac|new one|again|resend|send (?:it|me)|another|补发|重新|换"),
)
_ACTIONS = (
    ("skip_next", r"\bskip|跳过"),
    ("pause", r"\bpause|暂停"),
    ("resume", r"\b(?:resume|restart)|恢复"),
    ("cancel", r"\b(?:cancel|stop)|取消"),
)


def cancel_reason(text: str) -> str:
    return _first(_CANCEL_REASONS, text)


def return_reason(text: str) -> str:
    return _first(_RETURN_REASONS, text)


def problem_in(text: str) -> str:
    return _first(_PROBLEMS, text)


def wish_in(text: str) -> str:
    return _first(_WISHES, text)


def action_in(text: str) -> str:
    return _first(_ACTIONS, text)


def tokens(text: str) -> frozenset[str]:
    """Telling words, in the singular."""
    found = (t.casefold() for t in _TOKEN.findall(text))
    return frozenset(t[:-1] if len(t) > 3 and t.endswith("s") else t for t in found if t not in _DULL)


def newest(said: Sequence[tuple[str, str]], tells: Callable[[str], object]) -> str:
    """The last of what they said that tells something, or ""."""
    return next((text for _, text in reversed(said) if tells(text)), "")


def method_in(text: str, methods: Sequence[PaymentMethod]) -> PaymentMethod | None:
    """The payment method that the words name, by its digits, its label or its kind."""
    kinds: Mapping[str, str] = {
        "gift_card": r"gift ?card|礼品卡",
        "paypal": r"paypal",
        "card": r"credit|debit|\bcard\b|visa|mastercard|信用卡|银行卡",
    }
    said = tokens(text)
    by_digits = [m for m in methods if re.findall(r"\d{4}", m.label) and set(re.findall(r"\d{4}", m.label)) & said]
    by_label = [m for m in methods if tokens(m.label) <= said]
    by_kind = [m for m in methods if m.kind in kinds and re.search(kinds[m.kind], text, re.IGNORECASE)]
    if re.search(kinds["gift_card"], text, re.IGNORECASE):
        by_kind = [m for m in by_kind if m.kind == "gift_card"]
    found = by_digits or by_label or by_kind
    return found[0] if len(found) == 1 or by_digits or by_label else None


_METHOD = re.compile(
    r"gift ?card|paypal|credit|debit|\bcard\b|visa|mastercard|klarna|礼品卡|信用卡|银行卡", re.IGNORECASE
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)


def names_method(text: str) -> bool:
    return bool(_METHOD.search(text))


def email_in(text: str) -> str:
    """The address that they gave last."""
    found = _EMAIL.findall(text)
    return found[-1].rstrip(".") if found else ""
