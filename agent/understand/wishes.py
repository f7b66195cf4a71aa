"""The conditions that a message puts on products, and the words that are left to search by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from agent.understand.prices import find_price
from agent.understand.subjects import stands_alone, subject_of
from agent.understand.vocabulary import Mention, Vocabulary
from retrieval.denials import denied
from retrieval.filters import Condition, Filters, Operator, either

_IN_STOCK = re.compile(
    r"\b(?:(?:that (?:is|are) |currently |still )?in stock|(?:immediately|readily|currently) available|ready to ship|"
    r"available (?:right )?now|can ship (?:today|now))\b|现货|有货|有库存|库存有",
    re.IGNORECASE,
)
_CHEAPEST = re.compile(
    r"\b(?:cheapest|lowest[- ]price[d]?|least expensive|most affordable)\b|最便宜|最低价", re.IGNORECASE
)
_CHEAPER = re.compile(
    r"\b(?:cheaper|less expensive|lower price|more affordable|too expensive|less pricey)\b|"
    r"便宜一?点|更便宜|再便宜|太贵|便宜些",
    re.IGNORECASE,
)
_PRICIER = re.compile(r"\b(?:more expensive|pricier|more premium|higher end)\b|贵一点|更贵|高档一点", re.IGNORECASE)
_MORE = re.compile(
    r"\b(?:show (?:me )?(?:some )?(?:more|others?)|(?:any|some) (?:others?|more)|anything else|something else|"
    r"more (?:options|"
    r"like (?:this|that|these))|other (?:ones|options|choices)|different ones|what else do you have)\b|"
    r"还有别的|其他的|别的|更多|换一批|还有吗|其它的|再看看",
    re.IGNORECASE,
)
_OR = re.compile(r"\bor\b|/|或|还是", re.IGNORECASE)
_EITHER = re.compile(
    r"的?\s*(?:[,，、/]|(?:[,，]\s*)?(?:or\b(?: maybe| even)?|或者?是?|还是))\s*(?:an?\b|the\b|in\b)?\s*", re.IGNORECASE
)

# What carries no meaning for a search: how people ask, not what for.
_ASKING = re.compile(
    r"\b(?:hi|hello|hey|please|thanks|thank you|do you (?:have|sell|stock|carry)|have you got|can you|could you|"
    r"would you|"
    r"i(?: a|')?m (?:looking|searching|shopping)|i(?:'d| would)? (?:like|want|need|love)|i want|i need|"
    r"looking for|show me|"
    r"find me|find|search(?: for)?|give me|get me|recommend|suggest|is there|are there|got any|any|some|me|my|i|"
    r"you|your|how much|"
    r"the|a|an|to|for|of|it|this|that|these|those|one|ones|with|in|and|or|also|maybe|just|what|which|about|how|"
    r"similar|same|"
    r"like|have|something|anything|there|please|buy|order|purchase|price|priced|stock|available|us|we|on|is|are)\b|"
    r"[请你们我您想要买找一个有没吗呢的么嘛这那款种只些件给来看推荐一下类似同样是不在和与带可以能否帮还现问]|多少钱|卖|商品|产品|东西",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was found in a text. `cheaper` and `pricier` compare with what was shown before.

    `subject` is what `rest` says beside the conditions; `anew` is true where the text asks for it on its own.
    """

    filters: Filters
    rest: str
    kind: str = ""
    subject: str = ""
    anew: bool = False
    unlisted: tuple[Mention, ...] = ()
    currency: str = ""
    cheapest: bool = False
    cheaper: bool = False
    pricier: bool = False
    more: bool = False

    @property
    def empty(self) -> bool:
        return not (self.filters or self.rest or self.cheapest or self.cheaper or self.pricier or self.more)


def find_wishes(text: str, vocabulary: Vocabulary) -> Wishes:
    """Conditions on products in a text, in English or Chinese; `rest` is what else it says about the thing."""
    price = find_price(text)
    left = text if price is None else f"{text[: price.span[0]]} {text[price.span[1] :]}"
    in_stock = bool(_IN_STOCK.search(left))
    for pattern in (_IN_STOCK, _CHEAPEST, _CHEAPER, _PRICIER, _MORE):
        left = pattern.sub(" ", left)
    mentions = _one_kind(_alternatives(vocabulary.mentions(left), left, vocabulary), vocabulary.kind_field)
    kind = next((m.value for m in mentions if m.field == vocabulary.kind_field), "")
    conditions = list(price.conditions) if price else []
    denials = denied(left)
    for mention in mentions:
        # Of a material that the shop does not have, nothing is shown as if it were of it: "a marble tray".
        if mention.listed or mention.value in vocabulary.colours or (mention.field == "material" and kind):
            operator: Operator = (
                "!=" if any(start < mention.end and mention.start < end for start, end in denials) else "="
            )
            conditions.append(Condition(mention.field, operator, mention.value))
    if in_stock:
        conditions.append(Condition("availability", "=", "in stock"))
    subject = subject_of(content_of(_without(left, mentions)))
    return Wishes(
        filters=_once(conditions, vocabulary.colour_field),
        rest=content_of(left),
        kind=kind,
        subject=subject,
        anew=stands_alone(text, subject),
        unlisted=tuple(m for m in mentions if not m.listed),
        currency=price.currency if price else "",
        cheapest=bool(_CHEAPEST.search(text)),
        cheaper=bool(_CHEAPER.search(text)),
        pricier=bool(_PRICIER.search(text)),
        more=bool(_MORE.search(text)),
    )


def _alternatives(mentions: list[Mention], text: str, vocabulary: Vocabulary) -> list[Mention]:
    """Values with an "or" between them as one that any of them meets: "a black or white vase"."""
    return [mention for run in _runs(mentions, text, vocabulary) for mention in _merged(run, text, vocabulary)]


def _merged(run: list[Mention], text: str, vocabulary: Vocabulary) -> list[Mention]:
    one_field = len({mention.field for mention in run}) == 1
    alike = run if one_field else [vocabulary.in_families(mention) for mention in run]
    if len(run) == 1 or len({mention.field for mention in alike}) > 1 or not all(mention.listed for mention in run):
        return run
    start, end = run[0].start, run[-1].end
    value = either(*(mention.value for mention in alike))
    return [Mention(alike[0].field, value, start, end, text[start:end])]


def _runs(mentions: list[Mention], text: str, vocabulary: Vocabulary) -> Iterator[list[Mention]]:
    """Mentions in a row that are parted by "or", or by commas before one."""
    run: list[Mention] = []
    for mention in mentions:
        if run and not (_EITHER.fullmatch(text[run[-1].end : mention.start]) and vocabulary.compares(run[-1], mention)):
            yield from _parted(run, text)
            run = []
        run.append(mention)
    yield from _parted(run, text)


def _parted(run: list[Mention], text: str) -> Iterator[list[Mention]]:
    """A run that has an "or" in it; its mentions one by one where it has none."""
    gaps = (text[first.end : second.start] for first, second in pairwise(run))
    if any(_OR.search(gap) for gap in gaps):
        yield run
    else:
        yield from ([mention] for mention in run)


def _one_kind(mentions: list[Mention], kind_field: str) -> list[Mention]:
    """Of several kinds the last names the thing ("a glass vase"); the others stay words to search by."""
    kinds = [m for m in mentions if m.field == kind_field]
    return [m for m in mentions if m.field != kind_field or m is kinds[-1]]


def _once(conditions: list[Condition], colour_field: str) -> Filters:
    """One condition a field and operator; a fine shade makes its family superfluous.

    A product has one value a field, so of "blue or green" only the first can be required; the other would exclude all.
    """
    kept: dict[tuple[str, str], Condition] = {}
    for condition in conditions:
        kept.setdefault((condition.field, condition.operator), condition)
    if ("shade", "=") in kept:
        kept.pop((colour_field, "="), None)
    return Filters(tuple(kept.values()))


def _without(text: str, mentions: list[Mention]) -> str:
    for mention in reversed(mentions):
        text = f"{text[: mention.start]} {text[mention.end :]}"
    return text


def content_of(text: str) -> str:
    return " ".join(_ASKING.sub(" ", text).split()).strip(" ,.;:!?，。；：！？、")
