"""Wishes in words that name no change. They count as one only where it is clear that the talk is about an order."""

from __future__ import annotations

import re
from typing import Literal

from agent.understand.addresses import address_in
from agent.understand.slots import names_method

Loose = Literal["address", "payment", "swap", "give_back"]

_PAYS = re.compile(
    r"\b(?:charg|bill)(?:e|ed|ing)?\b|\bpayment by\b|\bpay(?:ing)?\b|\bput (?:it|this|that|the (?:whole )?order)\b|"
    r"付|刷",
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
_OF_THEMSELVES = re.compile(r"\b(?:i live|living at|my name|i'?m|billing)\b|我住", re.IGNORECASE)
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
    r"\b(?:no longer|n't|do not)\b.{0,16}\b(?:need|want)|\b(?:can|may|should) (?:all )?go\b|"
    r"\b(?:take|sends?|goe?s?|coming) (?:\w+ ){0,5}back\b|\bmoney back\b|\bby (?:accident|mistake)\b|不要|退",
    re.IGNORECASE,
)


def loosely_wished(clause: str, *, alone: bool) -> Loose | None:
    """What a clause about an order wishes, if it wishes anything. `alone` is where it names the order or no other wish
    stands beside it: else words of not needing it are that wish's reason, and words of paying its difference's."""
    if address_in(clause, "US") is not None and not _OF_THEMSELVES.search(clause):
        return "address"
    pays = names_method(clause) and _PAYS.search(clause) and not _PRICE_ONLY.search(clause)
    if pays and (alone or _OTHERWISE.search(clause)):
        return "payment"
    if _BECOMES.search(clause):
        return "swap"
    return "give_back" if alone and _GOES.search(clause) else None
