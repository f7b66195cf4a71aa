"""Promises: what a sentence says that the shop gives, does or guarantees, and whether a statement of the shop says so.

A promise needs one statement of the shop that says it of the same thing: "returns are free" is no support for "this is
free". Words are compared by their beginnings, Chinese by pairs of characters; a clause at a time, so that a promise
does not hide behind what else a sentence says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

VERBATIM = 12  # characters of a clause that may stand in a statement word for word
SHARE = 0.6  # of a clause's words that the statement must have
SHARE_ZH = 0.5  # of its pairs of characters

_I = re.IGNORECASE


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of promise: how it is said, and words of which the statement must have one. `whole` kinds are promises by
    all of their words, so that those count too.
    """

    said: re.Pattern[str]
    shown: re.Pattern[str]
    whole: bool = False


_KINDS = (
    _Kind(
        re.compile(r"\bguarantee[ds]?\b|\bwarrant(?:y|ies)\b|保证|保修|质保|担保", _I),
        re.compile(r"guarantee|warrant|保证|保修|质保|担保", _I),
    ),
    _Kind(
        re.compile(
            r"\b(?:discount|coupon|voucher|rebate|cash ?back)s?\b|\bpromo\w*\b|"
            r"(?:%|\b(?:percent|per cent|thirds?|half|quarter|euros?|tenner|fiver)) (?:off|back|less)\b|"
            r"\bhalf (?:the )?price\b|\bpay less\b|\bprices? (?:drops?|falls?|goes down)\b|"
            r"\byou(?:'ll| will)? save\b|\bcheaper with\b|"
            r"折扣|优惠|打折|[\d一二三四五六七八九]折|代金券|返利|返现|返还|返百分|立减|立省|减免|半价|降价|价格就?会?降|特价|"
            r"(?<!最)(?:更|就能|会|能|可以)(?:更)?(?:便宜|省)",
            _I,
        ),
        re.compile(
            r"discount|coupon|voucher|promo|code|rebate|\boff\b|sale|reduced|折|优惠|券|返|减|省|半价|便宜|降", _I
        ),
    ),
    _Kind(
        re.compile(
            r"(?<!feel )(?<!-)\bfree\b(?! (?:of|from) (?!charge))|\bcomplimentary\b|\bgratis\b|"
            r"\bno (?:extra )?(?:cost|charge)\b|\bon (?:us|the house)\b|\bwaive\w*\b|\bgifts?\b(?! (?:cards?|wrap))|"
            r"\bnothing (?:will be |is )?charged\b|\b(?:not|won't|never) be charged\b|"
            r"\b(?:need not|don't (?:have|need) to|needn't) pay\b|\bwithout (?:extra )?(?:cost|charge|paying)\b|"
            r"免费|包邮|免运费|免邮|免单|不收|不用您?付|不需要您?付|无需支?付|不花|一分钱|承担|由我们出|赠送|送您|送给您|"
            r"礼物|赠品",
            _I,
        ),
        re.compile(r"free|no (?:extra )?(?:cost|charge)|waive|gift|pay no|not pay|免|包邮|不收|不用|承担|送|赠|礼", _I),
    ),
    _Kind(
        re.compile(
            r"\brefund\w*\b|\bmoney back\b|\bcompensat\w*\b|\breimburs\w*\b|\bpay (?:you )?back\b|"
            r"退款|退钱|退给您|退还|把钱退|赔偿|补偿",
            _I,
        ),
        re.compile(r"refund|money back|compensat|reimburs|pay back|退款|退钱|退回|退还|赔偿|补偿", _I),
    ),
    _Kind(
        re.compile(r"\b(?:next|same)[- ]day\b|\bovernight\b|次日达|当日达|当天", _I),
        re.compile(r"(?:next|same)[- ](?:working )?day|overnight|次日|当日|当天|次一工作日|下一个工作日", _I),
    ),
    _Kind(
        re.compile(
            r"\b(?:we|i)(?:'ll| will| shall|'re going to| are going to|'m going to| am going to)\b|"
            r"\b(?:we are|we're|i am|i'm) (?:now )?(?:send|ship|add|replac|refund|credit|cancel|giv|tak|upgrad|"
            r"arrang)\w*\b|"
            r"\byou(?:'ll| will) (?:get|receive|have|hear|be)\b|"
            r"\bwill (?:\w+ )?(?:call|phone|ring|e-?mail|contact|write|reach|arrive|come|deliver|match|replace|send|"
            r"be (?:there|here|delivered|sent|shipped|replaced|ready|fixed|waiting))\b|"
            r"\b(?:certainly|definitely|in any case|for sure|rest assured|without fail)\b|\bmake sure that you\b|"
            r"\bwe (?:match|always|never|add|give|take|throw in)\b|\b(?:coupon|credit|gift|surprise) waiting\b|"
            r"我们?(?:一定|会|将|明天|今天|马上|立刻|立即|稍后|随后|这就|再|按|就)[^，。；？?！]{0,12}[您你]|"
            r"(?:会|将)(?:有人|尽快|马上)?[^，。；？?！]{0,6}(?:联系|回电|打电话|送到|送达|到货|寄出|发出|补发)|"
            r"给您(?:回电|回复|打电话|补发|换|留|寄|发|加|减|算|按)|按[^，。]{0,4}价给您|一定(?:会|能)|肯定(?:会|能)?|准时|保证",
            _I,
        ),
        re.compile(""),
        whole=True,
    ),
)

_CLAUSE = re.compile(r"[,;:，；：、—–]\s*|\s+(?:and|but|so|then)\s+(?=\S)")
_DENIED = re.compile(r"\b(?:no|not|cannot|can't|don't|doesn't|never|without|whether|if)\b|不|没|无法|是否|如果", _I)
_LETTERS = re.compile(r"[a-z][a-z'-]{2,}")
_IDEOGRAPHS = re.compile(r"[\u3400-\u9fff]+")
_SMALL_WORDS = (
    "the and for are was were has have had will would shall should can could may might with from that this these those "
    "you your yours our ours its it's they them their his her any all some one also just only now here there then than "
    "when where which who what how why into onto upon about over under after before more most very too get gets got "
    "we'll you'll i'll they'll it'll we're you're i'm we've i've let not but out off yes please sure course"
)
_SMALL = frozenset(_SMALL_WORDS.split())
_SMALL_ZH = re.compile(r"[您你我他它们的了是在吗呢吧啊就也都这那个给为把被对和与及或请会将能可以再还很]")


class Said:
    """The statements that promises may rest on."""

    def __init__(self) -> None:
        self._statements: list[tuple[str, frozenset[str]]] = []

    def add(self, text: str, words: frozenset[str] | None = None) -> None:
        """A statement of the shop, or fixed words of its own; `words` are its `words_of`, where they are known."""
        self._statements.append((text, words_of(text) if words is None else words))

    def supports(self, sentence: str) -> bool:
        """Whether every promise of the sentence stands in a statement; true where it promises nothing."""
        return all(self._covered(kind, clause) for clause in _CLAUSE.split(sentence) for kind in _KINDS)

    def _covered(self, kind: _Kind, clause: str) -> bool:
        match = kind.said.search(clause)
        if match is None or self._verbatim(clause.strip()):
            return True
        if _DENIED.search(clause[max(0, match.start() - 40) : match.start()]):
            return True
        words = words_of(clause if kind.whole else kind.said.sub(" ", clause))
        if not words:
            return False
        share = SHARE_ZH if any("\u3400" <= word[0] <= "\u9fff" for word in words) else SHARE
        return any(
            len(words & known) >= share * len(words) and kind.shown.search(text) for text, known in self._statements
        )

    def _verbatim(self, clause: str) -> bool:
        """Whether the clause is one of the statements, or a good part of one."""
        return any(clause == text or (len(clause) >= VERBATIM and clause in text) for text, _ in self._statements)


def words_of(text: str) -> frozenset[str]:
    """The beginnings of the words that say something, and the pairs of Chinese characters."""
    return frozenset(_words(text))


def _words(text: str) -> Iterator[str]:
    for word in _LETTERS.findall(text.casefold()):
        if word not in _SMALL:
            yield word[:5].rstrip("s'-") or word
    for run in _IDEOGRAPHS.findall(text):
        for part in _SMALL_ZH.split(run):
            yield from (part[at : at + 2] for at in range(len(part) - 1))
