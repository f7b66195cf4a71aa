"""What a change needs to know, read from the customer's words beside the shop's records."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tools.order_numbers import found_in
from tools.records import CancelReason, ReturnReason

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
    (
        "ordered by mistake",
        r"mistake|accident|wrong(?:ly)? (?:order|one|thing|item|button)|\b(?:in|by|an|my) error|unintention|"
        r"on purpose|"
        r"\b(?:twice|duplicate\w*|double)\b|\b(?:thumb|finger|hand)s? slipped|n't mean|never meant|not meant|"
        r"oops|mis-?click|"
        r"\b(?:my|the) (?:\w+ )?(?:kids?|child\w*|son|daughter|toddler|cat|dog|grand\w+) (?:\w+ )?(?:order|"
        r"bought|press|click)|"
        r"误|错|手滑|不小心|重复|多点",
    ),
    ("found cheaper", r"cheaper|better price|便宜"),
    ("delivery too slow", r"too (?:slow|long|late)|takes? (?:so|too) long|太慢|太久"),
    (
        "no longer needed",
        r"no longer|(?:do not|n't|not)(?: \w+)? (?:need|want|require|keep|afford)|changed? (?:my|our) mind|"
        r"no (?:need|use)\b|"
        r"any ?(?:more|longer)|plans? (?:have )?changed|(?:fell|is|was|got|are|were) (?:off\b|through|"
        r"cancel?led)|regret|"
        r"already (?:have|got|own)|as a (?:gift|present)|found (?:another|one|mine|it|my)|"
        r"不需要|不想要|不要|不想买|用不[上着到]|不用|后悔|没用",
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


_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)


def email_in(text: str) -> str:
    """The address that they gave last."""
    found = _EMAIL.findall(text)
    return found[-1].rstrip(".") if found else ""
