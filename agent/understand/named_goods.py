"""Which goods of an order a text names, and which of its words are about which of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.understand.sparing import CONJUNCTIONS, DETERMINERS, KEPT, Mention, is_exclusive, spared
from agent.understand.spelling import slipped
from agent.understand.synonyms import Name, is_common, names_of_goods, names_of_value
from agent.understand.tokens import PAUSE, STOP, places, record_tokens, tokens_of
from agent.understand.variants import wanted_options
from tools.records import Order, OrderLine

_BECOMES = ("to", "for", "into", "become", "instead", "成", "为")
_ALSO = frozenset(["and", "also", "plus", "还", "另"])
_ALL = frozenset(["both", "all", "each", "every", "全", "都", "两"])
_ONE = frozenset(["1", "one", "thing"])
_SHORTEST = 3
_SLIPPED_FROM = 4  # letters

_Called = dict[Name, tuple[int, ...]]
"""What the lines of an order may be called, with the places of those that a name fits."""


@dataclass(frozen=True, slots=True)
class Part:
    """Words about some lines of an order, by their places in it: one, or several of one name that are all meant.

    Without any line the words name none. `spared` are lines that shall stay as they are ("not the camera").
    """

    lines: tuple[int, ...]
    words: tuple[str, ...]
    spared: tuple[int, ...] = ()


def parts_of(text: str, order: Order, *, answering: bool = False) -> list[Part]:
    """A text cut into what is about each item that it names, in the order of the text.

    `answering`: it says which items are meant, so that "only" and "is not" are about them.
    """
    parts: list[Part] = []
    called = _called(order.lines)
    clauses = list(_clauses(tokens_of(text)))
    exclusive = answering and any(is_exclusive(clause) for clause in clauses)
    for whole in clauses:
        described, clause = _described_to_stay(whole, order.lines, called)
        if described:
            parts.append(Part((), (), described))
        mentions = _mentions(clause, order.lines, called)
        stay = spared(clause, mentions, lambda gap, m: _of_option(gap, order.lines, m.lines), answering=answering)
        if exclusive and not is_exclusive(clause) and not {*clause[:1]} & _ALSO:
            stay = list(mentions)  # "only the rug. The lamp is a present"
        if clause and not mentions:
            parts.append(Part((), clause))
        before: tuple[int, ...] = ()
        for mention, words in _shared_out(clause, mentions):
            lines = _settled(mention, words, clause, order.lines, before)
            parts.append(Part((), (), lines) if mention in stay else Part(lines, words))
            before = lines
    return parts


def lines_named(text: str, order: Order, *, answering: bool = False) -> tuple[int, ...]:
    """The places of the lines that a text names, in the order of the text, each once; without those it spares."""
    parts = parts_of(text, order, answering=answering)
    stay = {line for part in parts for line in part.spared}
    return tuple(dict.fromkeys(line for part in parts for line in part.lines if line not in stay))


def goods_named(text: str, order: Order) -> frozenset[str]:
    """The titles in an order that a text names, whatever it says of them."""
    called = _called(order.lines)
    mentions = [mention for clause in _clauses(tokens_of(text)) for mention in _mentions(clause, order.lines, called)]
    return frozenset(order.lines[at].title for mention in mentions for at in mention.lines)


def spared_in(text: str, order: Order) -> tuple[int, ...]:
    """The places of the lines that a text says to leave as they are."""
    return tuple(line for part in parts_of(text, order) for line in part.spared)


def _clauses(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    ends = [-1, *(at for at, word in enumerate(words) if word == STOP), len(words)]
    for before, end in pairwise(ends):
        if end > before + 1:
            yield tuple(words[before + 1 : end])


def _mentions(words: Sequence[str], lines: Sequence[OrderLine], called: _Called) -> list[Mention]:
    """Where items are named, the longest name first, so that no part of one counts as another."""
    slips = [name[0] for name in called if len(name) == 1 and len(name[0]) >= _SLIPPED_FROM]
    found: list[Mention] = []
    said = set(words)
    for name in sorted((name for name in called if name[0] in said), key=len, reverse=True):
        found += [Mention(at, at + len(name), called[name]) for at in places(name, words)]
    for at, word in enumerate(words):
        if (
            len(word) >= _SLIPPED_FROM
            and (word,) not in called
            and (right := next((s for s in slips if s[0] == word[0] and slipped(word, s, _SLIPPED_FROM)), ""))
        ):
            found.append(Mention(at, at + 1, called[right,]))
    return _once([mention for mention in found if not _is_value(mention, words, lines)])


def _called(lines: Sequence[OrderLine]) -> _Called:
    """What each line may be called: its title, the last word of it, a word that only it has, or an everyday name.

    A name may fit several lines, unless it is the whole title of one. A common word that is not the last ("electric")
    names a line only as in "the electric one".
    """
    titles = [record_tokens(line.title) for line in lines]
    values = {word for line in lines for value in line.options.values() for word in record_tokens(value)}
    options = values | {word for line in lines for option in line.options for word in record_tokens(option)}
    named: dict[Name, set[int]] = {}
    for at, title in enumerate(titles):
        named.setdefault((title[-1],), set()).add(at)
        for name in names_of_goods(title):
            if not (len(name) == 1 and name[0] in values):
                named.setdefault(name, set()).add(at)
        for word in set(title[:-1]).difference(options, *(other for other in titles if other != title)):
            names = [(word, one) for one in _ONE] if is_common(word) else [(word,)]
            for name in names:
                if len(word) >= _SHORTEST or not word.isascii():
                    named.setdefault(name, set()).add(at)
    whole: dict[Name, set[int]] = {}
    for at, title in enumerate(titles):
        whole.setdefault(title, set()).add(at)
    return {name: tuple(sorted(places)) for name, places in (named | whole).items()}


def _is_value(mention: Mention, words: Sequence[str], lines: Sequence[OrderLine]) -> bool:
    """Whether the words are an option's value, named as such: "the laptop compartment" is of a backpack."""
    following = set(words[mention.end : mention.end + 1])
    own = {word for at in mention.lines for option in lines[at].options for word in record_tokens(option)}
    others = {word for line in lines for option in line.options for word in record_tokens(option)} - own
    return bool(following & others)


def _once(mentions: Sequence[Mention]) -> list[Mention]:
    """Mentions that do not overlap, earlier ones in the list first; two in a row of the same item are one."""
    taken: set[int] = set()
    apart: list[Mention] = []
    for mention in mentions:
        span = range(mention.start, mention.end)
        if not taken & set(span):
            taken |= set(span)
            apart.append(mention)
    kept: list[Mention] = []
    for mention in sorted(apart, key=lambda m: m.start):
        if kept and mention.start <= kept[-1].end + 1 and (both := set(mention.lines) & set(kept[-1].lines)):
            kept[-1] = Mention(kept[-1].start, mention.end, tuple(sorted(both)))
        else:
            kept.append(mention)
    return kept


def _shared_out(words: tuple[str, ...], mentions: Sequence[Mention]) -> Iterator[tuple[Mention, tuple[str, ...]]]:
    """A clause's words by item. Between two items they part at the last comma or "and", else at the last "the"."""
    cuts = [0, *(_cut(words, first, second) for first, second in pairwise(mentions)), len(words)]
    for mention, (start, end) in zip(mentions, pairwise(cuts), strict=False):
        yield mention, words[start:end]


def _cut(words: Sequence[str], first: Mention, second: Mention) -> int:
    again = (set(_BECOMES),) if set(first.lines) & set(second.lines) else ()
    for parting in ({PAUSE, *CONJUNCTIONS}, *again, DETERMINERS):
        if at := [at for at in range(first.end, second.start) if words[at] in parting]:
            return at[-1]
    return second.start


def _of_option(words: Sequence[str], lines: Sequence[OrderLine], named: Sequence[int]) -> bool:
    """Whether words have an option of one of the items or the kind of word that its options are."""
    return any(
        places(name, words) or set(record_tokens(option)) & set(words)
        for at in named
        for option, value in lines[at].options.items()
        for name in (record_tokens(value), *names_of_value(record_tokens(value)))
    )


def _settled(
    mention: Mention,
    words: tuple[str, ...],
    clause: Sequence[str],
    lines: Sequence[OrderLine],
    before: tuple[int, ...],
) -> tuple[int, ...]:
    """Of several lines with one name the one whose options are said, or all of them; none where that is not clear.

    `before` are the lines of the mention before: what becomes a thing of its own name is the same ("a red mug to a
    blue mug").
    """
    if len(mention.lines) == 1:
        return mention.lines
    if words[:1] and words[0] in _BECOMES and set(before) <= set(mention.lines):
        return before
    named = places(clause[mention.start : mention.end], words)
    described = words[: named[0]] if named else ()
    if described[-1:] == (str(len(mention.lines)),) or _ALL & set(described[-3:]):
        return mention.lines
    becomes = next((at for at, word in enumerate(words) if word in _BECOMES), len(words))
    for said in (described, words[:becomes], words):
        if fitting := _best_described(said, mention.lines, lines):
            return fitting
    if "other" in described and len(rest := set(mention.lines) - set(before)) == 1:
        return tuple(rest)
    return mention.lines if _ALL & set(words) else ()


def _best_described(words: Sequence[str], named: Sequence[int], lines: Sequence[OrderLine]) -> tuple[int, ...]:
    """The one line of which most options are said, the first of several that are alike; none where two are."""
    said = wanted_options(words, [lines[at].options for at in named], {})
    fits = {at: sum(lines[at].options.get(option) == value for option, value in said.items()) for at in named}
    best = [at for at in named if fits[at] == max(fits.values())]
    alike = len({lines[at].item_id for at in best}) == 1
    return tuple(best[:1]) if (fits[best[0]] and len(best) == 1) or alike else ()


def _described_to_stay(
    clause: tuple[str, ...], lines: Sequence[OrderLine], called: _Called
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Of two lines with one name that which is told to stay by its options alone ("the black one I keep"), and the
    words without that."""
    titles = [line.title for line in lines]
    alike = [title for title in dict.fromkeys(titles) if titles.count(title) > 1]
    for start, end in _segments(clause):
        words = clause[start:end]
        if alike and KEPT & set(words) and not _mentions(words, lines, called):
            for title in alike:
                if described := _best_described(words, [at for at, t in enumerate(titles) if t == title], lines):
                    return described, clause[:start] + clause[end:]
    return (), clause


def _segments(clause: Sequence[str]) -> Iterator[tuple[int, int]]:
    ends = [-1, *(at for at, word in enumerate(clause) if word == PAUSE), len(clause)]
    yield from ((before + 1, end) for before, end in pairwise(ends))
