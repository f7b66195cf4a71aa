"""Whether a message says itself what it is about, or only makes sense after what came before."""

from __future__ import annotations

import re

# How people ask for a thing, or say who or what it is for: what follows is a subject of its own.
_ASKS_ANEW = re.compile(
    r"\b(?:i(?: a|')?m (?:looking|searching|shopping)|looking for|i(?:'d| would)? (?:need|want|like)|we need|show me|"
    r"find me|recommend|suggest|do you (?:have|sell|stock|carry)|have you got|is there|are there|something|anything|"
    r"gifts?|presents?|for (?:my|our|his|her|a|an|the))\b|"
    r"想要|想买|想找|要买|推荐|有没有|给我看|看看|送给?|礼物|礼品|适合",
    re.IGNORECASE,
)
# Words that stand for what was shown, or that something shown is compared with.
_LEANS_BACK = re.compile(
    r"^\W*(?:and |but |or |what about |how about )*(?:in|with|without|for|from|under|below|over|between)\b|"
    r"\b(?:one|ones|it|them|these|those|this|same)\b|"
    r"\bhave (?:with|without|in)\b|"
    r"\b(?:something|anything) (?:a (?:bit|little) )?(?:\w+er|(?:more|less) \w+)\W*$|"
    r"[这那](?![里么样儿边])|它|同款|^(?!.*(?:适合|送|礼)).*的[吗呢么嘛吧]?\W*$",
    re.IGNORECASE,
)
# What only says how another one should be.
_HOW_ANOTHER_SHOULD_BE = re.compile(
    r"\b(?:only|not|no|so|too|very|much|more|less|a bit|a little|others?|else|instead|rather|prefer|but|"
    r"bigger|larger|smaller|taller|shorter|wider|lighter|darker|nicer|better|big|large|small|tall|expensive|cheap|"
    r"colou?rs?|sizes?|version|options?|do|does|can|could|would|should|will|has|be|at|by|as|from)\b|'\w+\b|"
    r"[大小高低长短宽窄深浅贵点换更再还色号]|颜色|尺寸|大小|便宜",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]")


def subject_of(content: str) -> str:
    """What is left of a message's content, once its conditions are out, beside words that only compare."""
    left = " ".join(_HOW_ANOTHER_SHOULD_BE.sub(" ", content).split())
    return left if _WORD.search(left) else ""


def stands_alone(text: str, subject: str) -> bool:
    """Whether the text asks for a subject of its own, such as "something cozy for the sofa" or "送妈妈的礼物"."""
    return bool(subject and _ASKS_ANEW.search(text) and not _LEANS_BACK.search(text))
