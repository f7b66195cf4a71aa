"""Intents that words alone settle. Each pattern is meant to be right nearly always; the classifier decides the rest."""

from __future__ import annotations

import re

from agent.need import Intent

SURE = 0.98

_WHOLE: tuple[tuple[Intent, str], ...] = (
    (
        "greet",
        r"(?:hi+|hello|hey+|hiya|howdy|good (?:morning|afternoon|evening|day)|greetings|yo)(?: there| everyone|"
        r" all| again| guys)?|"
        r"(?:你好|您好|嗨|哈喽|早上好|下午好|晚上好|在吗|在不在|有人吗|hello)(?:啊|呀|吗|哦)?",
    ),
    (
        "thanks",
        r"(?:(?:ok|okay|great|perfect|super|nice|cool|awesome|alright|wonderful)[ ,!.]*)?(?:thanks|thank you|"
        r"thank u|thx|ty|cheers|much "
        r"appreciated|many thanks)(?: so much| a lot| very much| again| a bunch| for (?:your|the) (?:help|info|"
        r"information|quick reply|reply))?|"
        r"(?:好的?[，, ]*|太好了[，, ]*)?(?:非常|多|十分)?(?:谢谢|感谢|谢了|多谢)"
        r"(?:你|您|啦|了|你的帮助|您的帮助|帮忙)?",
    ),
    (
        "goodbye",
        r"(?:ok(?:ay)?[ ,]*)?(?:good ?bye|bye+(?:[- ]?bye)?|see you(?: later| soon)?|cya|have a (?:nice|good|"
        r"great) (?:day|one|evening|weekend)|"
        r"good night|take care|that(?:'s| is| was) (?:all|it|everything)(?: for (?:now|today))?)|"
        r"(?:好的?[，, ]*)?(?:再见|拜拜|回见|晚安|下次见|没(?:有)?别的(?:了|事了)|就这些(?:了)?|没事了)",
    ),
    (
        "affirm",
        r"(?:yes+|yeah|yep|yup|sure|of course|ok(?:ay)?|correct|right|exactly|please do|yes please|sounds good|"
        r"go ahead|that's right|"
        r"absolutely|definitely|fine|do it)(?: please)?|(?:是的?|对的?|好的?|好呀|好啊|"
        r"行|可以|嗯+|没错|当然|要的|需要|确认)(?:吧|啊|呀)?",
    ),
    (
        "deny",
        r"(?:no+|nope|nah|not really|no thanks|no thank you|not now|never mind|nevermind|don't|forget it|not that)|"
        r"(?:不是?|不用了?|不要了?|不需要|没有|算了|不了|别)(?:谢谢)?",
    ),
)
_ANYWHERE: tuple[tuple[Intent, str], ...] = (
    (
        "handoff",
        r"\b(?:speak|talk|chat|connect(?: me)?|transfer(?: me)?|put me through|get me)\b.{0,20}\b(?:human|person|"
        r"agent|someone|somebody|"
        r"representative|rep|operator|staff|colleague|manager|employee|advisor|people)\b|\b(?:real|actual|"
        r"live) (?:human|person|agent)\b|"
        r"\bhuman (?:agent|being|please|support)\b|^(?:human|agent|operator|representative)[.! ]*$|"
        r"(?:转|找|要|联系|接|换)(?:一?[个位下])?(?:人工|真人|客服)|人工(?:客服|服务)?$|真人(?:客服|回答|聊)|转人工",
    ),
    (
        "faq",
        r"\bwhat (?:do|will|would) you do with (?!it\b|that\b|this\b|me\b).{3,}|"
        r"你们?(?:会|要|将)?(?:怎么|如何)(?:处理|使用|用)我的",
    ),
    (
        "capabilities",
        r"\bwhat (?:can|do|could) you (?:do|help)(?: (?:me|us))?(?: with)?(?: for (?:me|us))?"
        r"(?: here| exactly| then| all)*\W*(?:$|(?<=[?!.])\s)|\bhow can you help\b|\bwhat (?:can|could|should) i ask\b|"
        r"\bwhat are you able to\b|"
        r"你(?:都)?(?:能|会|可以)(?:做|干|帮我做|帮)(?:些)?什么|有什么功能|可以问(?:你)?什么",
    ),
    (
        "chitchat",
        r"\bare you (?:a )?(?:human|real|bot|robot|machine|an? ai|chat ?gpt)\b|\bwho (?:are|made) you\b|"
        r"\bwhat(?:'s| is) your name\b|"
        r"\bhow are you\b|你是(?:机器人|真人|人工智能|ai|谁)|你叫什么|你好吗|你几岁",
    ),
    (
        "order_status",
        r"\bwhere(?:'s| is| are)\b.{0,12}\b(?:order|package|parcel|delivery|shipment|stuff)\b|"
        r"\btrack\b.{0,20}\b(?:order|package|parcel|"
        r"shipment|delivery)\b|\b(?:order|delivery|shipping|shipment) status\b|\bstatus of (?:my|the|order)\b|"
        r"\bwhen (?:will|does|is)\b.{0,6}\bmy\b.{0,20}\b(?:arriv|come|deliver|ship|get here)|"
        r"\bcheck (?:on )?my orders?\b|"
        r"\b(?:my|the) (?:order|package|parcel)\b.{0,20}\b(?:hasn't|has not|not|never|still)\b.{0,16}\b(?:arriv|"
        r"come|deliver|receiv|here)|"
        r"(?:我的|查(?:一下|询|下)?)(?:订单|包裹|快递|物流)(?!.{0,6}(?:取消|退|改))(?:.{0,6}(?:在哪|到哪|哪里|状态|进度|到了|发货|没到|到)|$)|"
        r"(?:订单|包裹|快递)(?:到哪|在哪|什么时候到|还没到|发货了吗|发了吗|状态)|查(?:一下|询)?(?:我的)?(?:订单|物流|快递)",
    ),
    (
        "order_change",
        r"\b(?:cancel|change|modify|return|exchange|refund|send back)\b.{0,16}\b(?:my|this|the|an) (?:order|"
        r"purchase|address|delivery address)\b|"
        r"(?:取消|修改|退掉|退货|换货|更改)(?:我的|这个|一下)?(?:订单|地址)|(?:我要|我想|帮我)(?:退货|退款|换货|取消)",
    ),
    (
        "abuse",
        r"\b(?:fuck(?:ing)?|idiots?|moron|asshole|bitch|piece of shit|you suck|stupid (?:bot|thing|machine))\b|"
        r"傻[逼比瓜]|笨蛋|垃圾(?:客服|机器人)?|"
        r"滚(?:开|蛋)?$|白痴|他妈的|操你",
    ),
)
# Somebody waits for something that they do not name.
_WAITS = re.compile(
    r"\W*(?:(?:and|so|but|ok(?:ay)?)\W+)?(?:when (?:will|does|is|would|should|can i expect) "
    r"(?:it|that|this|they|my stuff|everything)(?: (?:going to|supposed to|due to|finally))?(?: be)?"
    r"(?: (?:arriv\w*|com(?:e|ing)|get(?:ting)?|deliver\w*|sent|ship\w*|here|there|due))?(?: here| there| to me)?|"
    r"(?:它|东西|货)?(?:什么时候|几时|何时|啥时候)(?:才)?(?:能|会|可以)?(?:送)?(?:到|来|到货|送到|收到|到达)(?:呢|啊|呀)?)\W*",
    re.IGNORECASE,
)
_CART = re.compile(
    r"\b(?:add|put|place)\b.{0,60}\b(?:in|to|into) (?:my |the |your )?(?:shopping )?(?:cart|trolley)\b|"
    r"\b(?:add\b.{0,60}\bto|put\b.{0,60}\bin(?:to)?) (?:my|the) (?:shopping )?(?:basket|bag)\W*$|"
    r"\b(?:i(?:'ll| will| would like to|'d like to| want to)|let me) (?:take|buy|purchase) "
    r"(?:it|this|that|them|(?:this|that|the [\w ]{1,20}) one)\W*$|"
    r"(?:加入?|放)[到进入]?.{0,8}购物[车袋篮]|(?:我要|我想|就|帮我)买(?:下)?[这那它].?\W*$",
    re.IGNORECASE,
)
_COMPILED_WHOLE = tuple((intent, re.compile(rf"\W*(?:{p})\W*", re.IGNORECASE)) for intent, p in _WHOLE)
_COMPILED_ANYWHERE = tuple((intent, re.compile(p, re.IGNORECASE)) for intent, p in _ANYWHERE)
_OPENING = re.compile(
    r"^\s*(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|dear (?:team|sir|madam)|thanks|thank you|"
    r"ok(?:ay)?|great)"
    r"(?: there| again)?\b|你好|您好|嗨|哈喽|谢谢|请问)[\s,.!，。！~]*",
    re.IGNORECASE,
)


def settled(text: str) -> Intent | None:
    """The intent of a text whose words leave no doubt, else None."""
    for intent, pattern in _COMPILED_WHOLE:
        if pattern.fullmatch(text):
            return intent
    for intent, pattern in _COMPILED_ANYWHERE:
        if pattern.search(text):
            return intent
    return None


def waits(text: str) -> bool:
    """Whether the text only asks when something comes, without saying what."""
    return bool(_WAITS.fullmatch(without_opening(text)))


def wants_in_cart(text: str) -> bool:
    """Whether the text asks to put something into the shop's cart, or to buy what it points at."""
    return bool(_CART.search(text))


def without_opening(text: str) -> str:
    """The text without "hello," or "谢谢，" in front of what it is about; unchanged where there is nothing else."""
    rest = _OPENING.sub("", text, count=1)
    return rest if re.search(r"\w", rest) else text
