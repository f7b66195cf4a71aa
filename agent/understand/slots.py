"""What a change needs to know, read from the customer's words beside the shop's records."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.understand.numbers import read_number
from tools.countries import country_code
from tools.order_numbers import found_in
from tools.records import CancelReason, Order, PaymentMethod, ReturnReason, Variant

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
_ALL = re.compile(r"\b(?:everything|all|both|whole|entire|each|every)\b|全部|所有|都|整单", re.IGNORECASE)
_OTHER = re.compile(r"\bthe other(?: one)?\b|另一?[个件款]", re.IGNORECASE)
_PLACES = {
    "first": 0,
    "1st": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "fourth": 3,
    "4th": 3,
    "一": 0,
    "二": 1,
    "三": 2,
    "四": 3,
}
_PLACE = re.compile(r"\b(first|1st|second|2nd|third|3rd|fourth|4th)\b|第([一二三四])[个件款]", re.IGNORECASE)
_LAST = re.compile(r"\bthe last\b|最后", re.IGNORECASE)


def orders_in(text: str) -> tuple[str, ...]:
    return found_in(text)


def _first(table: Sequence[tuple[str, str]], text: str) -> str:
    return next((value for value, pattern in table if re.search(pattern, text, re.IGNORECASE)), "")


_CANCEL_REASONS: tuple[tuple[CancelReason, str], ...] = (
    ("ordered by mistake", r"mistake|accident|wrong(?:ly)? order|by error|误|错"),
    ("found cheaper", r"cheaper|better price|便宜"),
    ("delivery too slow", r"too (?:slow|long|late)|takes? (?:so|too) long|太慢|太久"),
    ("no longer needed", r"no longer|(?:do not|don't|not) (?:need|want)|changed my mind|不需要|不想要|不要"),
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


def pieces(said: Sequence[tuple[str, str]], order: Order) -> tuple[str, ...]:
    """The ids of the items that are meant, an id once a piece; later words count more than earlier ones."""
    chosen: tuple[str, ...] = ()
    for slot, text in said:
        if slot not in ("", "items", "correct"):
            continue
        if _OTHER.search(text) and chosen:
            chosen = tuple(i for i in _everything(order) if i not in chosen)
        elif found := _pieces_in(text, order):
            chosen = (
                found if slot else tuple(dict.fromkeys((*chosen, *found))) if len(set(found)) == len(found) else found
            )
    if not chosen and len(order.lines) == 1:
        return _everything(order)
    return chosen


def _everything(order: Order) -> tuple[str, ...]:
    return tuple(line.item_id for line in order.lines for _ in range(line.quantity))


def _pieces_in(text: str, order: Order) -> tuple[str, ...]:
    said = tokens(text)
    own = [tokens(f"{line.title} {' '.join(line.options.values())}") for line in order.lines]
    telling = [words - frozenset().union(*(o for j, o in enumerate(own) if j != i)) for i, words in enumerate(own)]
    named = [i for i, words in enumerate(telling) if words & said]
    if not named and _ALL.search(text):
        return _everything(order)
    if not named and (place := _PLACE.search(text)):
        named = [n for n in [_PLACES[(place[1] or place[2]).casefold()]] if n < len(order.lines)]
    if not named and _LAST.search(text):
        named = [len(order.lines) - 1]
    return tuple(order.lines[i].item_id for i in named for _ in range(_count(text, order.lines[i].quantity)))


def _count(text: str, quantity: int) -> int:
    """How many of a line: "one of the mugs", "2 plates", else all of it."""
    counted = re.search(
        r"\b(one|two|three|four|five|six|[1-9])\b(?: of\b| \w+)|([一两二三四五六1-9])[个件只]", text, re.IGNORECASE
    )
    number = read_number(counted[1] or counted[2]) if counted else None
    return min(int(number), quantity) if number else quantity


def variant_in(texts: Sequence[str], variants: Sequence[Variant], current: str) -> tuple[Variant, ...]:
    """The variants that fit the words best, without the one that they have; the newest words that fit any decide."""
    others = [v for v in variants if v.id != current]
    for text in reversed(texts):
        said = tokens(text)
        telling = {v.id: tokens(" ".join(v.options.values())) & said for v in others}
        best = max((len(words) for words in telling.values()), default=0)
        if best:
            return tuple(v for v in others if len(telling[v.id]) == best)
    return ()


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


@dataclass(frozen=True, slots=True)
class Place:
    line1: str
    postcode: str
    city: str
    country: str
    state: str = ""
    line2: str = ""


_POSTCODE_CITY = re.compile(
    r"\b(?:([A-Z]{1,2}-)?(\d{4,6})|([A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}))\s+([^\W\d][\w .'-]{1,40})"
)
_US = re.compile(r"([^\W\d][\w .'-]{1,40}),\s*([A-Z]{2}),?\s+(\d{5})\b")
_LEAD = re.compile(r"^.*?(?:address (?:is|to)|address:|\bto\b:?|地址(?:是|改成|改为|为)?[:：]?)\s*", re.IGNORECASE)


def address_in(text: str, country: str) -> Place | None:
    """A street, postcode and town, as in "Mole 3, 20457 Hamburg, Germany"; without a country it is the one before."""
    for line in reversed(text.split("\n")):
        parts = [p.strip(" .。") for p in re.split(r"[,，;；]", line) if p.strip(" .。")]
        for at, part in enumerate(parts):
            town = _POSTCODE_CITY.search(part)
            if town is None or at == 0 or not re.search(r"\d", " ".join(parts[:at])):
                continue
            named = next((c for p in parts[at + 1 :] if (c := country_code(p))), "") or country
            street = _street(parts[:at])
            return Place(street, (town[2] or town[3]), town[4].strip(), named) if street else None
        if (american := _US.search(line)) and (street := _street([line[: american.start()].strip(" ,")])):
            return Place(street, american[3], american[1].strip(), "US", state=american[2])
    return None


def _street(parts: Sequence[str]) -> str:
    """The part that has a number in it, without the words that lead up to it."""
    part = next((p for p in reversed(parts) if re.search(r"\d", p)), "")
    part = re.split(r"[,，]", part)[-1].strip() if part else ""
    led = _LEAD.sub("", part)
    return (led if re.search(r"\d", led) else part).strip()
