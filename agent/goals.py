"""What a customer wants changed, from the first word of it until it is done or dropped. Newest on top.

A goal holds the customer's own words for it, not conclusions: they are read again, with the shop's records beside them,
whenever the goal goes on. So answers may come in any order, and a correction is only another word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.loose_wishes import loosely_wished
from agent.understand.slots import orders_in, problem_in
from agent.understand.spelling import spelled

Family = Literal[
    "give_back", "swap", "address", "payment", "account_address", "account_email", "problem", "subscription", "invoice"
]
GOALS_AT_MOST = 8
SAID_AT_MOST = 16
TEXT_AT_MOST = 600


class Goal(BaseModel):
    """One wish. `said` pairs what was asked ("" where nothing was) with what the customer said to it, oldest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: Family
    said: tuple[tuple[str, str], ...] = Field(default=(), max_length=SAID_AT_MOST)
    photos: tuple[str, ...] = Field(default=(), max_length=5)

    @property
    def text(self) -> str:
        return "\n".join(text for _, text in self.said)

    @property
    def order_id(self) -> str:
        """The order that they named last."""
        named = [order for _, text in self.said for order in meant_orders(text)]
        return named[-1] if named else ""

    def told(self, slot: str, text: str) -> Goal:
        said = (*self.said, (slot, text[:TEXT_AT_MOST]))
        return self.model_copy(update={"said": said[-SAID_AT_MOST:]})

    def is_also(self, other: Goal) -> bool:
        """Whether another telling is of the same wish: the same change, of the same order where both name one."""
        named = {self.order_id, other.order_id} - {""}
        return self.family == other.family and len(named) < 2


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
        r"\b(?:deliver|ship|send) (?:it|them|this|order \S+|my order) to\b|"
        r"(?:改|换|更新|修改|更改).{0,24}地址|地址.{0,8}(?:改|换|错|更新)|送到另",
    ),
    (
        "payment",
        r"\b(?:change|update|switch|modify)\b.{0,30}\bpayment|\bpay\b.{0,40}\b(?:instead|another|different)|"
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
        r"\b(?:exchange|swap|switch)\b|"
        r"\b(?:change|modify|replace)\b.{0,60}\b(?:items?|to|for|with|size|colou?r|into)\b|"
        r"\b(?:different|other|another|bigger|smaller|larger) (?:size|colou?r|version)|"
        r"换(?:货|成|一|个|大|小)|(?:改|换)成|(?:改|换).{0,24}(?:商品|东西|款|颜色|尺寸|尺码)",
    ),
    (
        "give_back",
        r"\bcancel(?:l?ing|lation)?\b|\breturn(?:ing)?\b(?! (?:requested|status|label))|\brefund(?:ing)?\b|"
        r"\bsend\b.{0,30}\bback\b|\bgive\b.{0,20}\bback\b|"
        r"取消|退货|退掉|退款|退回|要退|想退|不要了|不想要了",
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
    r"几(?:天|日|个|次|元)|多少|多久|多长|哪[里儿些个种天]|谁|怎么|怎样|什么时候|是否|吗[?？]",
    re.IGNORECASE,
)
_MAY_I_SWAP = re.compile(
    r"\b(?:can|could|may) i (?:please )?(?:swap|exchange|trade|change) (?:it|them|this|that|(?:my|the) [\w ]{2,30}) "
    r"(?:for|to|into)\b",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:my|mine|i(?:'d| would|'ve| have)? (?:like|want|need|wish|ordered|received|got)|please|"
    r"(?:can|could|would|will) you|help me|let me|i'm|this order|the order)\b|#?\bW\d{4,}|我|帮|请|订单",
    re.IGNORECASE,
)
# Without a word of one's own, a clause is a wish only as a plain order: "return deadline" looks for an answer.
_ORDERS = re.compile(
    r"^\W*(?:please\s+)?(?:cancel|return|refund|exchange|swap|change|modify|update|replace|pause|skip|resume|send)\s+"
    r"(?:it|them|this|that|these|those|the|both|all|everything|an? (?:order|item|product)|#)\b|"
    r"^\W*(?:取消|退货|退款|退掉|换货|修改|更改|暂停|恢复|跳过)(?:订单|订阅|地址|收货地址|商品|这个|那个|它)?\W*$",
    re.IGNORECASE,
)
# What sounds like a parcel that never came, or a bill to be sent, but is about something else.
_NOT_MEANT: Mapping[Family, re.Pattern[str]] = {
    "give_back": re.compile(
        r"\bmy (?:refund|return)\b|\blabel\b|registration|membership|面单|申请中|收到我的|注册|会员", re.IGNORECASE
    ),
    "problem": re.compile(r"refund|e-?mail|confirmation|gift card|退款|邮件|确认|礼品卡", re.IGNORECASE),
    "invoice": re.compile(r"\bpay\b|company|business|firm|\bvat\b|name|公司|税|抬头", re.IGNORECASE),
}
_CLAUSES = re.compile(
    r"(?<=[.!?;])\s+|(?<=[。！？；\n])\s*|,?\s+(?:and|then|plus|as well as)\s+(?:also\s+|then\s+)?"
    r"(?=(?:(?:there )?i\b|please\b|to\b|cancel|return|exchange|change|modify|swap|send|update|the invoice|an invoice|"
    r"(?:the|my)\b[\w -]{2,30}\b(?:should|becomes?|needs?)\b))|"
    r",?\s+(?:and\s+)?(?=\((?:\d|[a-c])\)\s)|,\s+(?=(?:cancel|return|exchange|modify|swap|please)\b)|"
    r"\s+(?=(?-i:Order|My order|For order|In order)\s+#?W?\d|(?-i:Then|Also|And another thing)[,:])|"
    r"[，,]\s*(?:另外|还有|还要|还想|并且|同时|再|里面)",
    re.IGNORECASE,
)
_COMPARED = re.compile(
    r"\b(?:same(?: \w+)? as|as (?:in|on)|like (?:in|on))\b[^.;#]{0,20}#?\s?W?\d{4,}|"
    r"(?:和|跟|与)[^，。]{0,8}#?\s?W?\d{4,}.{0,6}(?:一样|相同)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"#?\s?[Ww]?[\s.-]?\d{4,}")
_BARE = re.compile(rf"\W*(?:orders?\W*)?{_NUMBER.pattern}(?:\W|\band\b|\bboth\b|和)*", re.IGNORECASE)
_NEVER_MIND = re.compile(
    r"\W*(?:never ?mind|forget (?:it|that|about it)|leave it|i changed my mind|drop it|not any ?more|"
    r"算了|不用了|不办了|先不了)\W*",
    re.IGNORECASE,
)


def dropped(text: str) -> bool:
    return bool(_NEVER_MIND.fullmatch(text))


def asks(text: str) -> bool:
    """Whether it is a question about how things are, rather than a wish."""
    return bool(_ASKS.search(text.strip())) and not _MAY_I_SWAP.search(text)


def meant_orders(text: str) -> tuple[str, ...]:
    """The orders that a text is about, not those that it compares with ("the same address as in #W10428")."""
    return orders_in(_COMPARED.sub(" ", text))


def read_goals(text: str, photos: tuple[str, ...] = (), *, loosely: bool = False) -> list[Goal]:
    """The changes that a message wishes for, in order. A clause without a verb belongs to the one before it.

    `loosely` also takes words that name no change: the talk is about an order anyway.
    """
    if not _OWN.search(text) and len(text) > 60:
        return []
    reading = _Reading(photos, loosely=loosely or bool(meant_orders(text)))
    for clause in filter(None, (part.strip() for part in _CLAUSES.split(text))):
        reading.take(clause)
    goals = _without_waiting(reading.finish())
    if len(named := meant_orders(text)) == 1:  # an order that was named once is meant throughout
        goals = [goal if goal.order_id else goal.told("", named[0]) for goal in goals]
    return goals[:GOALS_AT_MOST]


class _Reading:
    """Reads a message clause by clause. `before` is what belongs to the wish that comes next."""

    def __init__(self, photos: tuple[str, ...], *, loosely: bool) -> None:
        self._photos, self._loosely = photos, loosely
        self._goals: list[Goal] = []
        self._last: list[int] = []
        self._before = ""
        self._order = ""  # the one that was named last: what names none goes on about it

    def take(self, clause: str) -> None:
        named = meant_orders(clause)
        family = _family(clause, own=self._loosely)
        if family is None and self._loosely:
            family = loosely_wished(spelled(clause), alone=bool(named) or not self._goals)
        if family is None or (asks(clause) and not named):
            self._beside(clause, named)
            return
        if self._before and named:
            self._set_aside()
        said, self._before = f"{self._before} {clause}".strip(), ""
        said = said if meant_orders(said) or not self._order else f"{said} {self._order}"
        self._order = (meant_orders(said) or ("",))[-1]
        self._last = [self._wish(family, said, part) for part in by_order(said)]

    def finish(self) -> list[Goal]:
        if self._before:
            self._set_aside()
        return self._goals

    def _wish(self, family: Family, said: str, part: str) -> int:
        """The place of the goal that a wish is, or adds to. Of several orders in it each has its own part, last."""
        wish = Goal(family=family, photos=self._photos).told("", said)
        wish = wish if part == said else wish.told("", part)
        at = next((at for at, goal in enumerate(self._goals) if goal.is_also(wish)), None)
        if at is None:
            self._goals.append(wish)
            return len(self._goals) - 1
        for _, text in wish.said:
            self._goals[at] = self._goals[at].told("", text)
        return at

    def _beside(self, clause: str, named: tuple[str, ...]) -> None:
        """A clause that wishes nothing: more about the last wishes, or, of another order, the beginning of the next."""
        known = [at for at, goal in enumerate(self._goals) if goal.order_id in named]
        unnamed = [at for at in self._last if not self._goals[at].order_id]
        if not self._goals or self._before or (named and not known and not unnamed):
            self._before = f"{self._before} {clause}".strip()
            return
        for at in known or unnamed[:1] or self._last:
            self._goals[at] = self._goals[at].told("", clause)

    def _set_aside(self) -> None:
        """What named another order and no new wish is the same wish for that order ("… #W2 too")."""
        said, self._before = self._before, ""
        if self._last and meant_orders(said):
            family = self._goals[self._last[-1]].family
            family = family if family == "give_back" else "swap"
            self._last = [self._wish(family, part, part) for part in by_order(said)]


def by_order(text: str) -> list[str]:
    """A text cut before each order number after the first; whole where it names one at most."""
    named = meant_orders(text)
    if len(named) < 2:
        return [text]
    starts = [0, *(at for number in named[1:] if (at := _start_of(number, text)) > 0), len(text)]
    parts = [text[start:end] for start, end in pairwise(sorted(starts))]
    for at in range(len(parts) - 2, -1, -1):  # "#W1 and #W2 by mistake" says it of both
        if _BARE.fullmatch(parts[at]) and (said := _NUMBER.sub("", parts[at + 1], count=1).strip()):
            parts[at] = f"{parts[at].strip()} {said}"
    return parts


def _start_of(number: str, text: str) -> int:
    digits = r"[\s.-]?".join(number[2:])
    found = re.search(rf"#?\s?[Ww]?[\s.-]?{digits}", text)
    return found.start() if found else -1


def _without_waiting(goals: list[Goal]) -> list[Goal]:
    """Without "it hasn't arrived yet" where the same message says what is to be done about that order."""
    acting = [goal for goal in goals if goal.family in ("give_back", "swap", "address", "payment")]
    return [
        goal
        for goal in goals
        if goal.family != "problem"
        or problem_in(goal.text) != "not_arrived"
        or not any(goal.order_id in ("", other.order_id) for other in acting)
    ]


def _family(clause: str, *, own: bool) -> Family | None:
    """What a clause wishes to change; None where it only speaks of such things, unless the talk is of their `own`."""
    clause = spelled(clause)
    if not (own or _OWN.search(clause) or _ORDERS.search(clause)):
        return None
    spoken = (family for family, pattern in _FAMILIES if pattern.search(clause))
    return next((f for f in spoken if f not in _NOT_MEANT or not _NOT_MEANT[f].search(clause)), None)
