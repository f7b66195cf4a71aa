"""Whether words are a yes to a card, a no, or neither. In doubt they are neither, and the customer is asked again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from agent.understand.spelling import spelled

Consent = Literal["yes", "no", ""]

_YES = (
    r"(?:yes+|yeah|yea|yep|yup|ye|sure(?: thing)?|of course|ok(?:ay)?|okey|alright|all right|correct|right|exactly|"
    r"absolutely|definitely|certainly|indeed|agreed|confirm(?:ed)?|fine|perfect|great|"
    r"(?:please )?(?:go ahead|do it|do that|do so|proceed|go for it|make it so)(?: and (?:do (?:it|that)|proceed))?|"
    r"please do|(?:that|this|it|everything|all)(?: (?:is|looks|sounds|seems)|'s) "
    r"(?:right|correct|fine|good|great|perfect|ok(?:ay)?)|(?:sounds|looks) (?:right|correct|fine|good|great|perfect)|"
    r"i (?:do )?(?:confirm|agree)(?: (?:it|that|this))?|"
    r"i(?:'d| would)? (?:want|like) (?:that|it|to (?:proceed|confirm))|"
    r"you (?:can|may) (?:go ahead|proceed|do (?:it|that))|"
    r"please (?:proceed|confirm|cancel it|return it|exchange it|change it|make (?:the|that) change))"
)
_SOFTLY = (
    r"(?:[ ,.!]*(?:please|thanks|thank you|thx|then|with (?:it|that|this)|"
    r"(?:with )?(?:the|that|this) (?:cancell?ation|return|exchange|change|update|modification|request)|now|for me|i do|"
    r"it is|that(?:'s| is) (?:right|correct|fine)|very much|so much))*"
)
_YES_ZH = (
    r"(?:是的?|对的?|对呀|好的?|好呀|好啊|行|可以|嗯+|没错|没问题|当然|要的|同意|确认|确定|就这样|就这么办|办吧|请确认|请继续|"
    r"继续|请办理|办理|我确认|我同意|麻烦(?:你|您)?了?|按(?:这个|此)办)(?:吧|啊|呀|的|了|哦|噢)?"
)
_NO = (
    r"(?:no+|nope|nah|no thanks|no thank you|not now|never ?mind|don't(?: do (?:it|that))?|do not(?: do (?:it|that))?|"
    r"stop|forget (?:it|that)|leave it|leave it as it is|keep (?:it|the order)|i changed my mind|"
    r"i(?:'ve| have) changed my mind|rather not|i(?:'d| would) rather not|wait|hold on|not that)"
)
_NO_ZH = r"(?:不+|不是|不用了?|不要了?|不需要|不行|不对|不可以|算了|先不|不了|别了?|等等|等一下|再想想)(?:吧|谢谢|了)?"

_POLITE_ZH = r"(?:[\s，,。！]*(?:谢谢(?:你|您)?|麻烦(?:你|您)?了?|多谢))?"
_MORE = r"[\s,.!，。！、]+"
# "Yes, cancel it" is a yes to a cancellation and to nothing else.
_VERBS = {
    "cancel_order": (r"cancel", r"取消"),
    "return_items": (r"return|send (?:it|them) back", r"退(?:货|掉)?"),
    "exchange_items": (r"exchange|swap", r"换(?:货)?"),
    "modify_items": (r"change|modify|swap|exchange", r"换|改|修改"),
    "modify_order_address": (r"change|update|modify", r"改|修改|更改"),
    "modify_order_payment": (r"change|update|modify", r"改|修改|更改"),
    "modify_account_address": (r"change|update|modify", r"改|修改|更改"),
    "modify_account_email": (r"change|update|modify", r"改|修改|更改"),
    "report_problem": (r"report|send|submit", r"提交|上报"),
    "change_subscription": (r"change|pause|cancel|resume|skip", r"暂停|取消|恢复|跳过"),
    "send_invoice": (r"send", r"发送|发|寄"),
}
_NOTHING = (r"(?!)", r"(?!)")
_POLITE = re.compile(
    r"\W*(?:please|thanks|thank you(?: so much| very much)?|thx|谢谢(?:你|您)?|麻烦了|多谢)\W*", re.IGNORECASE
)
_WHOLE_NO = re.compile(
    rf"\W*(?:{_NO}|{_NO_ZH})(?:[\s,.!，。！]+(?:{_NO}|{_NO_ZH}|thanks|thank you|please|谢谢))*\W*", re.IGNORECASE
)
_LEADING_NO = re.compile(rf"\W*(?:{_NO}|{_NO_ZH})(?=[\s,.;:!?，。；：！—-]|$)", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?。！？\n]*[.!?。！？\n]+|[^.!?。！？\n]+$")
# A yes that takes something back, or makes a condition, is none.
_BUT = re.compile(
    r"\b(?:but|except|however|instead|although|unless|only if|as long as|provided|wait|actually|rather|not|don't|no)\b|"
    r"但是?|不过|可是|除了|只是|如果|要是|前提|等等|不要|改成|换成",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"^\W*(?:but|except|however|instead|although|unless|only|wait|actually|just|但是?|不过|可是|除了|只)", re.IGNORECASE
)


_CORRECTS = re.compile(
    r"\b(?:instead|rather than|not the|use (?:my|the)|make (?:it|that)|change (?:it|that) to)\b|改成|换成|改用|改为",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Read:
    """What the words say to the card, and the words that are about something else."""

    consent: Consent
    rest: str = ""


@cache
def _whole_yes(operation: str) -> re.Pattern[str]:
    verb, verb_zh = _VERBS.get(operation, _NOTHING)
    named = (
        rf"(?:please )?(?:{verb})(?: (?:it|them|that|this|those|(?:the|my) (?:order|items?|address|payment)))?"
        rf"(?: for me)?"
    )
    said = rf"(?:{_YES}{_SOFTLY}|{_YES_ZH}{_POLITE_ZH}|(?:请|我)?确认(?:{verb_zh})(?:吧|订单)?{_POLITE_ZH})"
    return re.compile(
        rf"\W*{said}(?:{_MORE}(?:{said}|{named}{_SOFTLY}|(?:请|帮我|就)?(?:{verb_zh})(?:吧|了|订单)?{_POLITE_ZH}))*\W*",
        re.IGNORECASE,
    )


def read_consent(text: str, operation: str = "") -> Read:  # noqa: PLR0911 - one return a way to answer
    """A yes or no where the words leave no doubt.

    "Yes. I also want to return the lamp" is a yes and something new, since the yes is a sentence of its own; "yes but
    by PayPal", "yes?" and "yes, the blue one" are no yes. "No, the other one" is a no and a correction. `operation` is
    the card's.
    """
    text = text.strip()
    whole_yes = _whole_yes(operation)
    if whole_yes.fullmatch(spelled(text)) and not re.search(r"[?？]\W*$", text):
        return Read("yes")
    if _WHOLE_NO.fullmatch(text) and not re.search(r"[?？]\W*$", text):
        return Read("no")
    sentences = [s.strip() for s in _SENTENCE.findall(text) if s.strip()]
    first, others = (sentences[0], sentences[1:]) if sentences else ("", [])
    if others and first[-1:] not in "?？" and whole_yes.fullmatch(spelled(first)):
        rest = " ".join(s for s in others if not _POLITE.fullmatch(s))
        if not rest:
            return Read("yes")
        if not _TAKES_BACK.search(rest) and not _corrects(rest):
            return Read("yes", rest)
        return Read("", text)
    if no := _LEADING_NO.match(text):
        rest = text[no.end() :].strip(" ,.;:!，。；：！—-")
        if first[-1:] not in "?？" and not re.match(
            r"(?:problem|worries|doubt|matter)\b|问题|关系", rest, re.IGNORECASE
        ):
            return Read("no", rest)
    return Read("", text)


def takes_back(text: str) -> bool:
    """Whether words that are no yes speak against the card as it stands, so that it must not stay open."""
    return bool(_BUT.search(text))


def _corrects(rest: str) -> bool:
    """Whether the first sentence after a yes changes what the yes was to."""
    return bool(_CORRECTS.search(_SENTENCE.findall(rest)[0]))
