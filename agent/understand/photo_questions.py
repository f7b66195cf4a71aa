"""Which question a customer asks about the photo itself."""

from __future__ import annotations

import re

from agent.vision.reading import PhotoQuestion

_DAMAGE = (
    r"(?:damaged?|broken|crack(?:s|ed)?|torn|tears?|chipped|scratch(?:es|ed)?|stains?|stained|dent(?:s|ed)?|intact|"
    r"whole|in one piece|in good condition|faulty|defects?|defective)"
)
_PATTERNS: tuple[tuple[PhotoQuestion, str], ...] = (
    (
        "condition",
        rf"^\W*(?:so |and |hi,? |hello,? )?(?:is|are|was|were|does|do|has|have|can you (?:see|tell)|any)\b.{{0,60}}"
        rf"\b{_DAMAGE}\b|\bwhat condition\b|(?:坏|破|裂|损|瑕疵|完好|划痕|污渍)[^。！]{{0,6}}(?:吗|么|没有|[?？])|"
        r"(?:有没有|是不是|是否)[^。！]{0,6}(?:坏|破|裂|损|瑕疵|完好|划痕|污渍)",
    ),
    (
        "number",
        r"\bhow many(?: \w+){0,3} (?:are there|are (?:in|on) |do you (?:see|count)|can you (?:see|count))|"
        r"\bhow many is (?:this|that)\b|(?:有|是)?(?:几个|几件|几样|多少个|多少件)",
    ),
    ("background", r"\bwhat\b.{0,12}\bbackground\b|\bbehind (?:it|this|them)\b|背景"),
    ("sleeve", r"\bsleeves?\b|袖"),
    (
        "pattern",
        r"\b(?:what|which) (?:kind of |sort of )?(?:pattern|print)\b|\bis (?:it|this|that) (?:striped|checked|dotted|"
        r"plain|printed)\b|什么(?:花纹|图案|花样)",
    ),
    (
        "material",
        r"\b(?:what|which) (?:kind of )?(?:material|fabric)\b|\bmade (?:out )?(?:of|from)\b|"
        r"什么(?:材质|材料|面料|做的)",
    ),
    ("colour", r"\b(?:what|which) colou?rs? (?:is|are)\b|(?:是|啥|什么)颜色"),
    (
        "type",
        r"\bwhat (?:kind|sort|type) of (?:thing|item|product|object) is (?:it|this|that)\b|"
        r"\bwhat (?:can|do) you see\b|是什么(?:东西|物品)",
    ),
)
_QUESTIONS = tuple((question, re.compile(pattern, re.IGNORECASE)) for question, pattern in _PATTERNS)
_ABOUT_THE_SHOP = re.compile(
    r"\b(?:do you (?:have|sell)|in stock|available|left|return|refund|exchange|replace)\b|有货|库存|退|换"
)


def photo_question(text: str) -> PhotoQuestion | None:
    """What the text asks about a photo that came with it, or None. A wish for a return is none, whatever it names."""
    if _ABOUT_THE_SHOP.search(text):
        return None
    return next((question for question, pattern in _QUESTIONS if pattern.search(text)), None)
