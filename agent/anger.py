"""Whether a message is an angry one: by what people say when they have had enough. Nothing is said of who is right."""

from __future__ import annotations

import re

_WORDS = re.compile(
    r"\b(?:furious|outraged|livid|disgust(?:ed|ing)|unacceptable|ridiculous|pathetic|appalling|outrageous|disgraceful|"
    r"infuriating|incompetent|useless|"
    r"fed up|sick (?:and tired )?of|had enough of|i(?:'ve| have) had (?:it|enough)|losing my patience|"
    r"(?:so|really|very|extremely|getting|beyond) (?:angry|annoyed|frustrat(?:ed|ing)|upset|mad)|"
    r"(?:worst|terrible|horrible|awful|shocking|lousy|rubbish) (?:customer )?(?:service|support|shop|store|company|"
    r"experience|shopping)|"
    r"(?:what|this is|is this) an? (?:joke|farce|scam|rip-?off|disgrace)|scammers?|waste of (?:my )?(?:time|money)|"
    r"never (?:buy|buying|order|ordering|shop|shopping) (?:here|with you|from you)|"
    r"how many times (?:do|did|have|must)|for the (?:third|fourth|fifth|hundredth|last|\d+th) time|"
    r"are you kidding|stop wasting|(?:you|this bot|it) (?:people )?(?:don't|do not|never) (?:listen|understand|help)|"
    r"sue you|legal action|my lawyer|chargeback)\b|"
    r"气死|气炸|生气|愤怒|恼火|火大|太过分|过分了|离谱|骗子|骗人|坑人|坑爹|黑店|差评|什么破|烂透|恶心|忍无可忍|受够了|受不了|"
    r"(?:问|说|讲)了(?:多少|好几|好多|几|[三四五六七八九十])[次遍]|第[三四五六七八九十][次遍]了|12315|起诉|投诉你们|曝光|敷衍|"
    r"耍我|(?:服务|态度|体验)(?:太|真|这么|也太|实在太)?(?:差|烂|糟)|有没有搞错|搞什么|答非所问|浪费(?:我的)?时间|再也不(?:会)?来",
    re.IGNORECASE,
)
_SHOUTED_LETTERS = 12
_SHOUTED_SHARE = 0.8


def is_angry(text: str) -> bool:
    """Whether the words are those of an angry customer, or shouted: capitals that end in an exclamation mark."""
    letters = [letter for letter in text if letter.isascii() and letter.isalpha()]
    shouted = len(letters) >= _SHOUTED_LETTERS and sum(map(str.isupper, letters)) >= _SHOUTED_SHARE * len(letters)
    return bool(_WORDS.search(text.replace("’", "'"))) or (shouted and "!" in text.replace("！", "!"))
