"""Wishes in words that name no change. They count as one only where it is clear that the talk is about an order."""

from __future__ import annotations

import re
from typing import Literal

from agent.understand.addresses import address_in, american_in
from agent.understand.payments import names_method, turns_one_down

Loose = Literal["address", "payment", "swap", "give_back"]

_PAYS = re.compile(
    r"\b(?:charg|bill|debit)(?:e|ed|ing)?\b|\bpayment by\b|\b(?:pay|paid)(?:ing)?\b|\buse (?:my|the|a)\b|"
    r"\bsettle\b|\bmoney (?:for|from)\b|"
    r"\b(?:put|move|have|get|want|like|place|use|switch|go(?:es)?|should be|take)\b.{0,30}"
    r"\b(?:on|onto|to|from|with|through|by|via|use|over) (?:my|the|a|our)\b|付|刷|改用",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(
    r"\b(?:instead|rather|(?:charg|bill)(?:e|ed)?|not (?:to|on|with|from)|"
    r"for (?:it|this|that|the (?:whole )?order))\b|改",
    re.IGNORECASE,
)
_PRICE_ONLY = re.compile(
    r"\b(?:difference|extra|refund\w*|back|remaining|balance|settle|rest|cost|upgrade)\b|差价|退", re.IGNORECASE
)
_SENT = re.compile(r"\b(?:go|goes|going|ship\w*|deliver\w*|sen[dt]|mov(?:e|ed|ing)|to)\b|寄|送|搬", re.IGNORECASE)
_BECOMES = re.compile(
    r"\b(?:instead|trade|upgrade|becomes?|prefer|make (?:it|that|them)|should (?:be|have(?! been)|come))\b|"
    r"\b(?:rather|love|like|want|need)\b.{0,60}\b(?:ones?|version|size|in (?!the|my|order)\w+|"
    r"with (?:an? |the )?\w+|band|strap|options)\b|"
    r"\b(?:get|give|send) me (?:the|an?|one)\b|\bsame (?:\w+ )?again\b|"
    r"\b(?:get|have)\b.{0,20}\b(?:easier|harder|bigger|smaller|larger|longer|shorter)\b|"
    r"要.{0,16}(?:色|号|款|的)|想改|改一下|改为",
    re.IGNORECASE,
)
_GOES = re.compile(
    r"\b(?:no longer|n't|do not|not|never|won't)\b.{0,16}\b(?:need|want|requir|keep)|\bno (?:more (?=#|of)|use\b)|"
    r"\brid of\b|\bregret|"
    r"\b(?:can|may|must|should|has to|have to|needs? to) (?:all )?go\b(?! (?:to|into|on|by)\b)|\boff my\b|"
    r"\b(?:want|like|get|be) out of\b|"
    r"\b(?:drop|dropped|stopped|stuck|way out)\b|\bnot (?:my thing|for me|what i (?:want|hop|expect|thought))|"
    r"\b(?:take|sends?|goe?s?|coming) (?:\w+ ){0,5}back\b|\bmoney back\b|\bby (?:accident|mistake)\b|"
    r"不要|不想买|后悔|退",
    re.IGNORECASE,
)


def loosely_wished(clause: str, *, alone: bool) -> Loose | None:
    """What a clause about an order wishes, if it wishes anything. `alone` is where it names the order or no other wish
    stands beside it: else words of not needing it are that wish's reason, and words of paying its difference's."""
    sent = _SENT.search(clause) and address_in(clause, "DE") is not None
    if sent or american_in(clause) is not None:
        return "address"
    pays = names_method(clause) and _PAYS.search(clause) and not _PRICE_ONLY.search(clause)
    if turns_one_down(clause) or (pays and (alone or _OTHERWISE.search(clause))):
        return "payment"
    if _BECOMES.search(clause):
        return "swap"
    return "give_back" if alone and _GOES.search(clause) else None
