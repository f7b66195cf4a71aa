"""Who wants to be shown something: "anything similar?", "what would you recommend?", "有类似的吗", "给我推荐一下"."""

from __future__ import annotations

import re

from agent.need import SuggestBy

_THAT = r"(?=(?:this|that|it|these|those|the)\b)"
_THING = r"(?:some|any)thing"
_SIMILAR = re.compile(
    rf"\b(?:{_THING} (?:else )?(?:very |quite |really )?(?:similar|comparable|alike)(?: to)?|"
    rf"similar (?:to|ones?|items?|products?|things?|styles?)|^\W*similar(?=,? but\b|\W*$)|"
    rf"{_THING} (?:else )?like {_THAT}|"
    rf"(?:more|others?) like {_THAT}|alternatives?\b(?: (?:to|for) {_THAT}|(?! (?:to|for)\b))|"
    rf"{_THING} close to {_THAT})|"
    r"(?:和|跟|与)(?=[这那它第]).{0,12}?(?:类似|相似|差不多|相近|像)的?|(?:类似|相似|相近|差不多)(?:的|款|商品)",
    re.IGNORECASE,
)
_FOR_ME = r"(?: (?:to|for) me)?"
_RECOMMEND = re.compile(
    r"\b(?:what|which (?:one|products?|things?|items?))(?: else)? (?:would|do|can|could|should) (?:you|i)"
    rf"(?: personally)? (?:recommend|suggest|buy|get|look at(?: next)?){_FOR_ME}\b|"
    rf"\b(?:(?:can|could|would|will) you (?:please )?)?(?:recommend|suggest)(?: me)? {_THING}{_FOR_ME}\b|"
    r"\b(?:do you have |have you got |got )?any (?:recommendations?|suggestions?)(?: for me)?\b|"
    r"\byour recommendations?(?: for me)?\b|\bwhat (?:might|would|could) i like\b|"
    rf"\b{_THING} (?:for me|i (?:might|may|would|could) like)\b|"
    r"\bbased on what i(?: have|'ve)? (?:viewed|looked at|seen|browsed)\b|"
    r"(?:你|您|你们)?(?:有什么|有没有什么|会|能|可以|能不能)?(?:给我|为我|帮我|向我)?推荐"
    r"(?:一下|一些|几款|几件|几个|点什么|些什么|什么)?(?:给我)?(?:吗|呢|的)?|猜我(?:会)?喜欢(?:什么)?|我(?:可能)?会喜欢什么",
    re.IGNORECASE,
)


def find_suggestion(text: str) -> tuple[SuggestBy, str]:
    """What the text wants to be shown something by, and the text without the words that say so; "" for none."""
    similar = _SIMILAR.search(text)
    if similar:
        return "product", f"{text[: similar.start()]} {text[similar.end() :]}"
    recommend = _RECOMMEND.search(text)
    if recommend:
        return "history", f"{text[: recommend.start()]} {text[recommend.end() :]}"
    return "", text
