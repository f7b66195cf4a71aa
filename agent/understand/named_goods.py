"""Which goods of an order a text names, and which of its words are about which of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.understand.sparing import CONJUNCTIONS, DETERMINERS, Mention, spared
from agent.understand.spelling import slipped
from agent.understand.synonyms import Name, names_of_goods, names_of_value
from agent.understand.tokens import PAUSE, STOP, places, tokens_of
from tools.records import Order, OrderLine

_BECOMES = ("to", "for", "into", "with", "instead", "成", "为")
_ALL = frozenset(["both", "all", "each", "every", "全", "都", "两"])
_DENIED = frozenset(["not", "neither", "nor", "no", "不"])
_SHORTEST = 3
_SLIPPED_FROM = 4  # letters


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
    for clause in _clauses(tokens_of(text)):
        mentions = _mentions(clause, order.lines)
        stay = spared(clause, mentions, lambda gap, m: _of_option(gap, order.lines, m.lines), answering=answering)
        if not mentions:
            parts.append(Part((), clause))
        for mention, words in _shared_out(clause, mentions):
            lines = _settled(mention, words, clause, order.lines)
            parts.append(Part((), (), lines) if mention in stay else Part(lines, words))
    return parts


def lines_named(text: str, order: Order, *, answering: bool = False) -> tuple[int, ...]:
    """The places of the lines that a text names, in the order of the text, each once; without those it spares."""
    parts = parts_of(text, order, answering=answering)
    stay = {line for part in parts for line in part.spared}
    return tuple(dict.fromkeys(line for part in parts for line in part.lines if line not in stay))


def spared_in(text: str, order: Order) -> tuple[int, ...]:
    """The places of the lines that a text says to leave as they are."""
    return tuple(line for part in parts_of(text, order) for line in part.spared)


def _clauses(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    ends = [-1, *(at for at, word in enumerate(words) if word == STOP), len(words)]
    for before, end in pairwise(ends):
        if end > before + 1:
            yield tuple(words[before + 1 : end])


def _mentions(words: Sequence[str], lines: Sequence[OrderLine]) -> list[Mention]:
    """Where items are named, the longest name first, so that no part of one counts as another."""
    called = _called(lines)
    slips = [name[0] for name in called if len(name) == 1]
    found: list[Mention] = []
    for name in sorted(called, key=len, reverse=True):
        found += [Mention(at, at + len(name), called[name]) for at in places(name, words)]
    for at, word in enumerate(words):
        if (word,) not in called and (right := next((s for s in slips if slipped(word, s, _SLIPPED_FROM)), "")):
            found.append(Mention(at, at + 1, called[right,]))
    return _once([mention for mention in found if not _is_value(mention, words, lines)])


def _called(lines: Sequence[OrderLine]) -> dict[Name, tuple[int, ...]]:
    """What each line may be called: its title, the last word of it, a word that only it has, or an everyday name.

    A name may fit several lines, unless it is the whole title of one.
    """
    titles = [tokens_of(line.title) for line in lines]
    options = {word for line in lines for pair in line.options.items() for text in pair for word in tokens_of(text)}
    named: dict[Name, list[int]] = {}
    for at, title in enumerate(titles):
        others = {word for other in titles if other != title for word in other}
        words = {
            (w,) for w in title if (w not in others or w == title[-1]) and (len(w) >= _SHORTEST or not w.isascii())
        }
        for name in words | names_of_goods(title):
            if not (len(name) == 1 and name[0] in options):
                named.setdefault(name, []).append(at)
    whole: dict[Name, list[int]] = {}
    for at, title in enumerate(titles):
        whole.setdefault(title, []).append(at)
    return {name: tuple(places) for name, places in (named | whole).items()}


def _is_value(mention: Mention, words: Sequence[str], lines: Sequence[OrderLine]) -> bool:
    """Whether the words are an option's value, named as such: "the laptop compartment" is of a backpack."""
    said, following = tuple(words[mention.start : mention.end]), words[mention.end : mention.end + 1]
    return any(
        tokens_of(value) == said and set(following) & set(tokens_of(option))
        for line in lines
        for option, value in line.options.items()
    )


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
    cuts = [0, *(_cut(words, first.end, second.start) for first, second in pairwise(mentions)), len(words)]
    for mention, (start, end) in zip(mentions, pairwise(cuts), strict=False):
        yield mention, words[start:end]


def _cut(words: Sequence[str], start: int, end: int) -> int:
    for parting in ({PAUSE, *CONJUNCTIONS}, DETERMINERS):
        if at := [at for at in range(start, end) if words[at] in parting]:
            return at[-1]
    return end


def _of_option(words: Sequence[str], lines: Sequence[OrderLine], named: Sequence[int]) -> bool:
    """Whether words have an option of one of the items or the kind of word that its options are."""
    return any(
        _says(text, words) or set(tokens_of(option)) & set(words)
        for at in named
        for option, value in lines[at].options.items()
        for text in (option, value)
    )


def _says(value: str, words: Sequence[str]) -> bool:
    """Whether words have an option's value, and do not deny it."""
    own = tokens_of(value)
    return any(
        not _DENIED & set(words[max(0, at - 2) : at])
        for name in (own, *names_of_value(own))
        for at in places(name, words)
    )


def _settled(
    mention: Mention, words: tuple[str, ...], clause: Sequence[str], lines: Sequence[OrderLine]
) -> tuple[int, ...]:
    """Of several lines with one name the one whose options are said, or all of them; none where that is not clear."""
    if len(mention.lines) == 1:
        return mention.lines
    becomes = next((at for at, word in enumerate(words) if word in _BECOMES), len(words))
    named = places(clause[mention.start : mention.end], words)
    described = words[: named[0]] if named else ()
    for said in (described, words[:becomes], words):
        fits = {at: sum(_says(value, said) for value in lines[at].options.values()) for at in mention.lines}
        best = [at for at in mention.lines if fits[at] == max(fits.values())]
        if len(best) == 1 or len({lines[at].item_id for at in best}) == 1:
            return tuple(best[:1])
    counted = clause[mention.start - 1 : mention.start] == (str(len(mention.lines)),)
    return mention.lines if counted or _ALL & set(words) else ()
