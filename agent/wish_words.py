"""The words by which a wish for a change is known, in English and Chinese, and those that only ask about one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from agent.understand.spelling import spelled

Family = Literal[
    "give_back",
    "swap",
    "address",
    "payment",
    "account_address",
    "account_email",
    "problem",
    "subscription",
    "invoice",
    "unclear",
]

_METHOD = r"(?:visa|master ?card|pay ?pal|gift ?card|(?:credit|debit) card|card\b|礼品卡|信用卡)"
_ORDER_OR_METHOD = (
    rf"#?W?\d{{4,}}|(?:the|my) (?:(?:order|payment|charge|cost)\b[\w# ]{{0,16}}?|{_METHOD}[\w# ]{{0,16}}?)"
)
_THING = r"(?:(?:it|them|this|that|(?:the|my) (?:\S+ ){1,3}) ?)?"
_SPOKEN: tuple[tuple[Family, str], ...] = (
    ("subscription", r"\b(?:cancel|pause|resume|skip|stop|restart)\b.{0,30}\b(?:subscription|delivery of)|订阅"),
    (
        "account_email",
        r"\b(?:change|update|new|correct)\b.{0,24}\be-?mail\b|(?:改|换|更新|修改).{0,6}邮箱|邮箱.{0,6}(?:改|换|更新)",
    ),
    (
        "account_address",
        r"\b(?:change|update|new|correct|modify)\b.{0,24}\b(?:my|default|home|account|profile) "
        r"(?:(?:user|account|default|home|profile) )?address(?! (?:of|for|on|in) (?:my |the |this )?order)|"
        r"(?:默认|账户)地址",
    ),
    (
        "address",
        r"\b(?:change|update|correct|modify|wrong|different|another|new)\b.{0,40}\baddress|"
        r"\baddress\b.{0,30}\b(?:change|wrong|update|to be)|"
        r"\b(?:wrong|incorrect|typo|mis\w+|old|new|another|different|change|correct)\b.{0,24}"
        r"\b(?:street|house number|zip|postcode|apartment|suite|flat number|shipping (?:info\w*|details))\b|"
        r"\b(?:street|house number|zip code|postcode|apartment|suite)\b.{0,24}\b(?:is|was|are) (?:wrong|"
        r"incorrect|a typo|off)\b|"
        r"\b(?:go|goes|come|deliver\w*|sent|shipped) to (?:my|our|the) (?:new |other )?(?:work|office|home|"
        r"house|place|flat|"
        r"apartment|parents|mother|mum|mom|sister|brother|neighbou?r)|"
        r"\b(?:deliver|ship|send) (?:it|them|this|order \S+|my order) to\b|"
        r"(?:改|换|更新|修改|更改).{0,24}地址|地址.{0,8}(?:改|换|错|更新)|送到另",
    ),
    (
        "payment",
        rf"\b(?:swap|switch|chang|mov|put|transfer)(?:e|ing)? (?:it|this|that|{_ORDER_OR_METHOD}) ?"
        rf"(?:over |from [\w ]{{3,30}}? )?(?:to|for|onto|on|with) (?:(?:my|the|a) )?{_METHOD}|"
        r"\bwrong (?:payment|card|(?:payment )?method|account)\b|把?.{0,16}(?:支付|付款).{0,6}(?:改|换)|"
        r"\b(?:change|update|switch|modify|move|put)\b.{0,30}\bpayment|\bpay\b.{0,40}\b(?:instead|another|different)|"
        r"\bhow (?:i|it|this|that|my order)(?:'d| would|'m| am|'s| is)?(?: be)?(?: \w+ to)? (?:pay|paid|paying)\b|"
        r"(?:改|换|更改).{0,24}(?:支付|付款)|(?:支付|付款)方式.{0,6}(?:改|换)",
    ),
    ("invoice", r"\binvoice|\bcopy of (?:my|the) (?:bill|receipt)|发票|账单"),
    (
        "problem",
        r"\b(?:never|not|n't) (?:\w+ ){0,2}(?:arrived?|came?|received?|delivered|got|get)\b|\bmissing\b|"
        r"没(?:有)?收到|少了|缺了",
    ),
    (
        "swap",
        r"\b(?:exchang(?:e|ed|ing)|swap(?:ped|ping)?|switch(?:ed|ing)?)\b|"
        r"\btrad(?:e|ing)\b.{0,24}\b(?:in|for|it|them|my|the)\b|"
        r"\b(?:chang(?:e|ed|ing)|modif(?:y|ied|ying)|replac(?:e|ed|ing))\b.{0,60}\b(?:items?|to|for|with|size|"
        r"colou?r|into)\b|"
        r"\b(?:different|other|another|bigger|smaller|larger) (?:size|colou?r|version)|"
        r"换(?:货|成|一|个|大|小)|(?:改|换)成|(?:改|换).{0,24}(?:商品|东西|款|颜色|尺寸|尺码)",
    ),
    (
        "give_back",
        r"\bcancel(?:l?ing|l?ation)?\b|"
        r"\b(?:be|get|have|want|need|like|see) (?:\S+ ){0,12}(?:cancell?ed|returned|refunded|withdrawn|undone)\b|"
        r"\breturn(?:ing)?\b(?! (?:requested|status|label))|\brefund(?:ing)?\b|\bmoney back\b|"
        rf"\b(?:send|giv|tak|bring|hand|ship|hav)(?:e|ing)?\b.{{0,30}}\bback\b|\b(?:go|goes|"
        rf"going)\b.{{0,16}}\bback\b|"
        rf"\bcall(?:ing)? {_THING}off\b|\bget rid of (?!my)|"
        r"\b(?:stop|scrap|scratch|drop|void|undo|kill|bin|ax|abort|withdraw|delete|remove|halt|forget) "
        r"(?:(?:it|this|that|my|the) )?(?:\w+ )?(?:order\b|purchase\b|#?W?\d{4})|"
        r"\b(?:be|were|was) (?:undone|withdrawn|called off|stopped|annulled|voided|revoked|scrapped)\b|"
        r"\bmake\b.{0,30}\b(?:disappear|vanish|go away)\b|"
        r"取消|撤销|撤单|退货|退掉|退款|退回|退了|要退|想退|只退|退给|不要了|不想要了",
    ),
    (
        "problem",
        r"\bwrong (?:item|product|thing|one|colou?r)|"
        r"\b(?:arrived?|came?|is|are|was|were|it's) (?:\w+ )?(?:damaged|broken|cracked|defective|faulty|scratched|"
        r"stained|chipped|shattered|dented|torn)|\b(?:damaged|broken|cracked|chipped) \w+|"
        r"\barrived like (?:this|that)|发错|坏了|破了|碎了|裂了|有瑕疵|损坏",
    ),
)
_FAMILIES = tuple((family, re.compile(spoken, re.IGNORECASE)) for family, spoken in _SPOKEN)
_ASKS = re.compile(
    r"^\W*(?:(?:hi|hello|hey|你好|请问)\W+)?"
    r"(?:(?:how|what|when|which|why|who|where|is|are|do|does|did|can i|could i|may i|"
    r"am i|will|if|what if)\b|(?:can|could|would) you (?:tell|explain)|tell me (?:about|how|what)|"
    r"怎么|如何|什么|多久|多少|能不能|可以.{0,12}吗|可不可以)|(?:吗|呢|多久|什么|怎么办)[?？]?$|policy|政策|"
    r"\b(?:how (?:many|long|much)|(?:un)?till? when|is (?:it|that|this) (?:possible|still)|any news)\b|"
    r"[,;.] ?(?:but |so |and )?(?:can|could|may|would|will|do|does|is|are|how|what) (?:i|it|they|we|the|that|"
    r"this|do)\b"
    r"[^,;]*\?\W*$|\bwhat do i (?:have|need) to\b|"
    r"几(?:天|日|个|次|元)|多少|多久|多长|哪[里儿些个种天]|谁|怎么|怎样|什么时候|是否|吗[?？]",
    re.IGNORECASE,
)
# "Can I swap my skateboard for the longer one?" asks for it to be done; "can I return an order?" asks how things are.
_MAY_I = (
    r"\b(?:(?:can|could|may|might) (?:i|we)(?: please| still)?|(?:is it|would it be|is it still|any way it's) "
    r"(?:possible|too late|okay?|fine)(?: for me)? to|(?:any|a|is there (?:a|any)) (?:chance|way|possibility)"
    r"(?: (?:of|to|i c(?:an|ould)|you c(?:an|ould)|we c(?:an|ould)))?) "
)
_GENERAL = (
    r"(?:orders?|items?|things?|goods|products?|purchases?|parcels?|packages?|deliver\w+|address|money|e-?mail)\b"
)
_ONE = r"(?:it|them|this|that|those|these|mine|(?:my|the) [\w -]{2,30}?)"
_MAY_I_PLEASE = re.compile(
    rf"{_MAY_I}(?:(?:swap|exchang|trad|chang|switch|replac)\w* (?:in )?{_ONE} (?:for|to|into|with)|"
    rf"(?:get|hav|mak|chang|swap|switch)\w* {_ONE} (?:in|be)) |"
    rf"{_MAY_I}(?:return|cancel|send|giv|swap|exchang|trad|tak)\w* (?:in |back )?my (?!(?:\w+ )?{_GENERAL})\w+",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:i|i'\w+|im|ive|id|my|mine|me|we|we'\w+|our|ours|us|please|pls|plz|kindly|"
    r"(?:can|could|would|will) (?:you|u)|let'?s|this order|the order)\b|#?\bW\d{4,}|我|咱|帮|请|麻烦|订单",
    re.IGNORECASE,
)
# Without a word of one's own, a clause is a wish only as a plain order: "return deadline" looks for an answer.
_ORDERS = re.compile(
    r"^\W*(?:please\s+)?(?:cancel(?:l?ing)?|return(?:ing)?|refund|exchange|swap|change|modify|update|replace|"
    r"pause|skip|resume|send(?:ing)?|kill|scrap|stop|undo)\s+"
    r"(?:it|them|this|that|these|those|the|both|all|everything|an? (?:order|item|product)|#)\b|"
    r"^\W*(?:取消|退货|退款|退掉|换货|修改|更改|暂停|恢复|跳过)(?:订单|订阅|地址|收货地址|商品|这个|那个|它)?\W*$",
    re.IGNORECASE,
)
# What sounds like a parcel that never came, or a bill to be sent, but is about something else.
_NOT_MEANT: Mapping[Family, re.Pattern[str]] = {
    "give_back": re.compile(
        r"\bmy (?:refund|return)\b|\blabel\b|registration|membership|profile|account\b|面单|申请中|收到我的|注册|会员",
        re.IGNORECASE,
    ),
    "problem": re.compile(r"refund|e-?mail|confirmation|gift card|退款|邮件|确认|礼品卡", re.IGNORECASE),
    "invoice": re.compile(r"\bpay\b|company|business|firm|\bvat\b|name|公司|税|抬头", re.IGNORECASE),
}
_NEVER_MIND = re.compile(
    r"\W*(?:never ?mind|forget (?:it|that|about it)|leave it|i changed my mind|drop it|not any ?more|"
    r"算了|不用了|不办了|先不了)\W*",
    re.IGNORECASE,
)


_OF_AN_ORDER = re.compile(
    r"#?\bW\d{4,}|\b(?:my|this|that|the) (?:\S+ ){0,3}(?:order|delivery|purchase)\b"
    r"(?!\W*(?:status|confirmation|number))|"
    r"\bi(?:'ve| have)? (?:just )?(?:ordered|bought|re?cei?ved|got) (?:the|a|an|my|two|white|black|\d)\b",
    re.IGNORECASE,
)
_STATUS = re.compile(
    r"\b(?:where|when|track\w*|status|arriv\w*|on (?:its|the) way|eta|check|look(?:ing)? (?:at|up|into)|show|"
    r"find|update|news|progress|happen\w*|still (?:no|not|waiting))\b|哪|查|物流|快递|状态|什么时候|到了",
    re.IGNORECASE,
)
_DETAILS = re.compile(
    r"[\w.+-]+@\S+|#?\s?\bW?\d{4,}|\b(?:my|the|its?|is|it's|of|order|number|no|hi|hello|hey|here|please|sure|"
    r"yes|e-?mail|name|zip|code|address|and|this|about|i|have|a|an|question|am|thanks?|thank you|problem)\b|"
    r"我的|订单|号|邮箱|是|你好|的",
    re.IGNORECASE,
)
_TELLING = re.compile(r"[a-z']{2,}|[\u3400-\u9fff]{2}", re.IGNORECASE)
MUCH = 4


def is_own(text: str) -> bool:
    """Whether it speaks of oneself, or asks for something."""
    return bool(_OWN.search(text) or _MAY_I_PLEASE.search(text))


def dropped(text: str) -> bool:
    return bool(_NEVER_MIND.fullmatch(text))


def asks(text: str) -> bool:
    """Whether it is a question about how things are, rather than a wish."""
    return bool(_ASKS.search(text.strip())) and not _MAY_I_PLEASE.search(text)


def family_of(clause: str, *, own: bool) -> Family | None:
    """What a clause wishes to change; None where it only speaks of such things, unless the talk is of their `own`."""
    clause = spelled(clause)
    if not (own or is_own(clause) or _ORDERS.search(clause)):
        return None
    spoken = (family for family, pattern in _FAMILIES if pattern.search(clause))
    family = next((f for f in spoken if f not in _NOT_MEANT or not _NOT_MEANT[f].search(clause)), None)
    return family or ("swap" if _MAY_I_PLEASE.search(clause) else None)


def of_an_order(text: str) -> bool:
    """Whether it speaks of an order of theirs, by its number or as something bought."""
    return bool(_OF_AN_ORDER.search(text))


def says_much(text: str) -> bool:
    """Whether it says more than who they are and which order it is about."""
    return len(_TELLING.findall(_DETAILS.sub(" ", text))) >= MUCH


def is_unclear(text: str) -> bool:
    """Whether it names an order of theirs and wants something of it other than to know how it is doing."""
    return bool(re.search(r"#?W\d{4,}", text)) and says_much(text) and not _STATUS.search(text) and "@" not in text
