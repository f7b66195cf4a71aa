"""A new address by what is new of the old one: "the new street is 12 Oak Lane, the rest stays the same"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from agent.understand.addresses import Place, address_in

# What is said to stay, of which nothing else is read.
_PART = r"(?:street|city|town|zip(?: ?code)?|post ?code|postal code|state|country|flat|apartment)"
_KEPT = re.compile(
    r"(?:\b(?:and|but|with|in)\b\s*)?"
    r"(?:\b(?:the |all )?(?:rest|remainder|everything else|all else|others?(?: parts| details| lines)?)\b"
    r"(?: of (?:it|the address))?(?:\W+\w+){0,2}?\W+(?:same|stays?|unchanged|as (?:it )?(?:is|was|before)|remains?)\b"
    r"(?: (?:the same|as (?:it )?(?:is|was)|as before))?|"
    r"\b(?:keep|leave)(?:ing)? (?:the |all )?(?:rest|remainder|everything else|others?)\b"
    r"(?: (?:the same|as (?:it )?is))?|"
    rf"\b(?:the )?same {_PART}(?:(?:,| and| &|,? and the)? {_PART})*|"
    rf"\b{_PART}(?:(?:,| and| &)? {_PART})* (?:stays?|remains?|(?:is|are) (?:still )?the same|unchanged)"
    r"(?: the same)?)|"
    r"(?:其他|其它|其余|别的)(?:的|部分|信息)?(?:都|全)?(?:不变|不用[改变]|一样|照旧|保持不变)|(?:城市|邮编|国家)[^,，。]{0,6}不变",
    re.IGNORECASE,
)
_BECOMES = r"(?:\s*(?:is\b|was\b|should\b|must\b|will\b|has to\b|becomes?\b|chang\w+\b|to\b|wrong\b|[:=]))"
_STREET = re.compile(
    r"\b(?:the|my|a|only|just|new|wrong|correct|different) (?:(?:new|old|only|wrong|correct|delivery|shipping) )*"
    rf"street\b(?! (?-i:[A-Z]))|\bstreet(?: name| address| line)?{_BECOMES}|街道|街名|路名",
    re.IGNORECASE,
)
_HOUSE = re.compile(
    r"\b(?:house|street|building) (?:number|no\.?)\W*(?:[a-z]+\W+){0,6}?(\d{1,5} ?[a-z]?)\b|"
    r"门牌号?\D{0,6}?(\d{1,5})",
    re.IGNORECASE,
)
# Another part is new as well: then it takes the whole address.
_OTHER = re.compile(
    rf"\b(?:city|town|zip(?: ?code)?|post ?code|postal code|state|country){_BECOMES}|邮编|城市", re.IGNORECASE
)
_LEFT = re.compile(
    r"\b(?:instead of|rather than|and not|not|from)\b(?:(?!\bto\b)[^,;.\n])*|(?:不是|而不是)[^,，。]*", re.IGNORECASE
)
_LEAD = re.compile(
    r"^.*(?:\b(?:is|be|read|to|becomes?|at|actually|now|but|(?:new|my|the) street)\b:?|['’]s\b|[:：=]|"
    r"改成|改为|换成|变成|应该是|是)\s*",
    re.IGNORECASE,
)
_ORDER = re.compile(r"\border\b(?: number)?\s*#?\s?W?\d{4,}|#\s?W?\d{4,}|\bW\d{4,}|订单号?\s*#?W?\d{4,}", re.IGNORECASE)
_POLITE = re.compile(r"(?:\s*\b(?:instead|please|pls|thanks|thank you|now|then)\b[\s.!]*)+$", re.IGNORECASE)
_TOWN = re.compile(
    r"[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,3}(?: \d{4,6})?|(?:\d{4,6}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})(?: [\w'-]+)?"
)
_NUMBER = re.compile(r"\d+(?: ?[a-z]\b)?", re.IGNORECASE)


def new_address(said: Sequence[str], country: str, old: Place | None) -> Place | None:
    """The address that texts give, oldest first: a whole one, or the one before it (`old`) with another street or
    house number. None where they leave open what it is."""
    plain = [_KEPT.sub(", ", text) for text in said]
    whole = address_in("\n".join(plain), country)
    given = [at for at, text in enumerate(plain) if address_in(text, country) is not None]
    if whole is not None and not given:  # bit by bit
        return whole
    place, later = whole or old, said[given[-1] + 1 :] if given else said
    if place is None:
        return None
    moved = place
    for at, text in enumerate(later):
        found = _beside(text, moved) or _beside("\n".join(later[max(0, at - 1) : at + 1]), moved)
        moved = found or moved
    return moved if whole is not None or moved != place else None


def _beside(text: str, old: Place) -> Place | None:
    """The old address with the street or the house number that a text says is new."""
    plain = _LEFT.sub("", _KEPT.sub(", ", _ORDER.sub("; ", text)))
    about_street = bool(_STREET.search(plain))
    if _OTHER.search(plain) or not (about_street or _HOUSE.search(plain) or _KEPT.search(text)):
        return None
    parts = [_POLITE.sub("", part).strip() for part in re.split(r"[,，;；。！？\n]|[.!?](?=\s|$)", plain)]
    streets = [at for at, part in enumerate(parts) if _is_street(_LEAD.sub("", part))]
    if streets:
        street, after = _LEAD.sub("", parts[streets[-1]]).strip(), parts[streets[-1] + 1 :]
        return None if any(_is_of_town(part, old) for part in after) else replace(old, line1=street)
    house = _HOUSE.search(plain)
    if house is None or len(_NUMBER.findall(old.line1)) != 1:
        return None
    return replace(old, line1=_NUMBER.sub((house[1] or house[2]).strip(), old.line1))


def _is_of_town(part: str, old: Place) -> bool:
    """Whether a part behind the street says of the town what is not known."""
    return bool(_TOWN.fullmatch(part)) and part.casefold() not in (old.city.casefold(), old.postcode.casefold())


def _is_street(part: str) -> bool:
    """A number beside a name, and nothing that a sentence needs."""
    words = part.split()
    named = re.search(r"[^\W\d_]{2}", part) and re.search(r"\d", part)
    return (
        bool(named) and len(words) <= 6 and not re.search(r"\b(?:i|it|my|the|number|no|ordered|items?)\b", part, re.I)
    )
