"""Whether the customer's own words support a change. Only what they wrote or pressed counts, never what a brain read.

Lexical and deliberately simple: it decides if a card may be shown at all. What it lets through still needs a yes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.goals import read_goals
from agent.understand.spelling import spelled
from agent.understand.synonyms import names_of_goods, names_of_value
from agent.understand.tokens import places, tokens_of
from tools.order_numbers import found_in, normalise
from tools.quotes import Quote, QuotedItem
from tools.records import Address, Order

_GIVE_BACK = (
    r"\bcancel|\breturn|\brefund|\bsend\w* (?:\w+ ){0,4}back|\bgive\w* (?:\w+ ){0,3}back|\bmoney back|\bget rid of|"
    r"\bno longer (?:need|want)|\b(?:don't|do not|didn't|did not) (?:need|want|mean)|\bordered (?:\w+ ){0,3}by mistake|"
    r"取消|退|不要了|不想要|不需要|撤销|寄回"
)
_SWAP = (
    r"\bexchang|\bswap|\bswitch|\breplac|\bmodif|\bchang|\bupgrad|\bdowngrad|\binstead\b|\b(?:different|other|another) "
    r"(?:size|colou?r|one|version)|\bwrong (?:size|colou?r)|换|改|更改|修改"
)
_ASKED: dict[str, re.Pattern[str]] = {
    operation: re.compile(words, re.IGNORECASE)
    for operation, words in {
        "cancel_order": _GIVE_BACK,
        "return_items": _GIVE_BACK + r"|\bdamaged|\bbroken|\bdefect|\bfaulty|\bwrong|坏|破|碎|瑕疵|错",
        "exchange_items": _SWAP + r"|\bdamaged|\bbroken|\bwrong|坏|破|碎|错",
        "modify_items": _SWAP,
        "modify_order_address": (
            r"\baddress|\bdeliver\w* (?:it )?to|\bship\w* (?:it )?to|\bmov(?:e|ed|ing)\b|地址|送到|寄到|搬"
        ),
        "modify_account_address": r"\baddress|\bmov(?:e|ed|ing)\b|地址|搬",
        "modify_order_payment": r"\bpay|\bcard\b|\bpaypal|支付|付款|礼品卡|卡",
        "modify_account_email": r"\be-?mail|邮箱|邮件",
        "report_problem": (
            r"\b(?:not|never|n't) (?:\w+ ){0,3}(?:arriv|com|receiv|deliver|get|got)|\bmissing|\blost\b|\bwrong|\bdamag|"
            r"\bbroke|\bcrack|\bdefect|\bfaulty|\bscratch|\bstain|\bchip|\bshatter|\bdent|\btorn|\bproblem|\bincomplete|"
            r"\barrived like|没(?:有)?(?:收到|到)|缺|少了|丢|错|坏|破|碎|裂|瑕疵|划痕|污|问题"
        ),
        "change_subscription": r"\bsubscri|\bpaus|\bresum|\bskip|\bdeliver|订阅|暂停|恢复|跳过",
        "send_invoice": r"\binvoice|\breceipt|\bbill\b|发票|收据|账单",
    }.items()
}
_LOOSELY = {
    "exchange_items": "swap", "modify_items": "swap", "modify_order_address": "address",
    "modify_order_payment": "payment", "return_items": "give_back", "cancel_order": "give_back",
}  # fmt: skip
# Who names an order, an item and what it is to become need not say that it is a change.
_TOLD_BY_DETAILS = ("exchange_items", "modify_items", "modify_order_address", "modify_order_payment")
_WHOLE_ORDER = re.compile(
    r"\b(?:everything|all|both|whole|entire|each|every|complete|the rest|the others?|(?:the|my|this|that) order)\b|"
    r"全部|所有|都|整个|整单|其余",
    re.IGNORECASE,
)
_PLACES = "first|second|third|fourth|fifth|last"
_POSITION = re.compile(
    rf"\b(?:(?:the|number|option|no\.) ?(?:{_PLACES}|[1-9](?:st|nd|rd|th)?)|"
    rf"(?:{_PLACES}|other) (?:one|item|product))\b|"
    r"第[一二三四五六1-9][个件款]|另一?[个件款]|最后一?[个件款]",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    r"\b(?:other|another|second|all(?: of)?(?: my)?|both|latest|last|newest) orders?\b|另一?个订单|所有订单|最近的订单"
)
_ANY = re.compile(
    r"\b(?:cheap\w*|expensive|cost\w*|any(?:thing)?|whichever|available|larg\w+|small\w+|bigg\w+|size|colou?r|same|"
    r"(?:long|short|tall|high|low|wid|narrow|thick|thinn|heavi|light)(?:er|est)|pric(?:ier|iest)|dear(?:er|est)|"
    r"identical|replace\w*|new one|again)\b|便宜|贵|任意|随便|大|小|[最更][长短高矮宽窄厚薄轻重]|一样|同款",
    re.IGNORECASE,
)
_OWN_ADDRESS = re.compile(
    r"\b(?:home|account|default|profile|same|usual|other order's|on file)(?: \w+)? address|"
    r"默认地址|账户地址|同一个?地址"
)
_TOKEN = re.compile(r"[a-z0-9]{2,}|[\u3400-\u9fff]", re.IGNORECASE)
_DULL = frozenset(["the", "and", "for", "with", "set", "of", "in", "on", "to", "my"])
_METHODS = re.compile(
    r"\b(?:gift|card|visa|master|amex|credit|paypal|pay|klarna|invoice|debit|bank)|礼品卡|卡|支付|付款|余额",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Own:
    """What is the customer's own: their messages and presses, the ids of their photos, and what those show."""

    said: Sequence[str]
    photos: frozenset[str] = frozenset()
    shown: str = ""


def uncorroborated(quote: Quote, order: Order | None, own: Own) -> str:
    """What of the change the customer never asked for ("operation", "items", …), or "" where all of it is theirs.

    `order` is the one to be changed, if it is one: who has ordered one thing, or cancels all of it, need not name it.
    """
    words = _plain(spelled(" \n ".join(own.said)))
    whole = quote.operation == "cancel_order" or (order is not None and len(order.lines) == 1)
    items = () if whole else quote.items
    checks = (
        ("operation", bool(_ASKED[quote.operation].search(words)) or _asked_loosely(quote.operation, own.said)),
        ("order", quote.order_id is None or _names_order(quote, words)),
        ("items", _names_items(items, f"{words} {_plain(own.shown)}")),
        ("new items", all(_names_variant(item, words) for item in quote.items if item.new_item_id)),
        ("address", quote.address is None or _gives(quote.address, order.address if order else None, words)),
        ("email", quote.operation != "modify_account_email" or quote.email.casefold() in words),
        ("payment method", _names_method(quote, words)),
        ("photos", set(quote.photos) <= own.photos),
    )
    return next((name for name, holds in checks if not holds), "")


def _asked_loosely(operation: str, said: Sequence[str]) -> bool:
    """Whether what they said reads as a wish for this change, in whatever words."""
    about_order = any(found_in(text) for text in said)
    wished = {str(goal.family) for text in said for goal in read_goals(text, loosely=about_order)}
    if "unclear" in wished and operation in _TOLD_BY_DETAILS:
        return True
    return _LOOSELY.get(operation) in wished


def _names_order(quote: Quote, words: str) -> bool:
    """By its number, by what is in it, or by naming no other order at all."""
    named = {*found_in(words), *(_number(t) for t in re.findall(r"#?w?\d{4,12}", words))}
    if quote.order_id in named or _digits(quote.order_id or "") in words:
        return True
    if not (named - {""}) or _ANOTHER.search(words):
        return True
    return quote.operation != "cancel_order" and any(_shares(item.title, words) for item in quote.items)


def _number(text: str) -> str:
    try:
        return normalise(text)
    except ValueError:
        return ""


def _names_items(items: Sequence[QuotedItem], words: str) -> bool:
    """Each item by a word of its title or its options, or another name for it; or all of them, or by their places."""
    if _WHOLE_ORDER.search(words) or _POSITION.search(words):
        return True
    said = tokens_of(words)
    return all(
        _shares(item.title, words)
        or any(places(name, said) for name in names_of_goods(tokens_of(item.title)))
        or _says_value(item.options.values(), words)
        for item in items
    )


def _names_variant(item: QuotedItem, words: str) -> bool:
    """By an option that it would get, or by asking for one that need not be named."""
    got = [value for name, value in item.new_options.items() if item.options.get(name) != value]
    return not got or _says_value(got, words) or bool(_ANY.search(words) or _POSITION.search(words))


def _says_value(values: Iterable[str], words: str) -> bool:
    """Whether a telling word of one of the values was said, or another way to say it."""
    own, said = tuple(values), tokens_of(words)
    others = (name for value in map(tokens_of, own) for name in (value, *names_of_value(value)))
    return _shares(" ".join(own), words) or any(places(name, said) for name in others)


def _gives(address: Address, old: Address | None, words: str) -> bool:
    """Street and town in the customer's words, or their own address by name. In an order's address the street may be
    new alone, by all of its words and in the `old` town."""
    if _OWN_ADDRESS.search(words):
        return True
    street, said = _tokens(address.line1), _tokens(words)
    if len(street & said) * 2 >= len(street) and _tokens(address.city) & said:
        return True
    if old is None or address.model_copy(update={"line1": old.line1}) != old:
        return False
    new = _pieces(address.line1) - _pieces(old.line1)
    return bool(new) and new <= _pieces(words)


def _pieces(text: str) -> frozenset[str]:
    """Words and numbers, each alone, however short."""
    return frozenset(re.findall(r"\d+|[^\W\d_\u3400-\u9fff]+|[\u3400-\u9fff]", _plain(text)))


def _names_method(quote: Quote, words: str) -> bool:
    """A payment method that the order was not paid with must be asked for by its kind or its number."""
    if quote.operation != "modify_order_payment":
        return True
    paid = [money.method for money in quote.moves if money.kind == "payment"]
    return bool(_METHODS.search(words)) or all(_shares(method, words) for method in paid)


def _shares(text: str, words: str) -> bool:
    """Whether a telling word of the text was said, in the singular or the plural, or in Chinese."""
    own = _tokens(text)
    return not own or bool(own & _tokens(words)) or bool((own & set(tokens_of(text))).intersection(tokens_of(words)))


def _tokens(text: str) -> frozenset[str]:
    found = (token.casefold() for token in _TOKEN.findall(text))
    return frozenset(_stem(token) for token in found if token not in _DULL)


def _stem(token: str) -> str:
    return token[:-1] if len(token) > 3 and token.endswith("s") else token


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text) or "-"


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("’", "'").casefold()
