"""Which goods of an order a text names, and which of its words are about which of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.understand.spelling import slipped
from agent.understand.tokens import PAUSE, STOP, places, tokens_of
from tools.records import Order, OrderLine

_BECOMES = ("to", "for", "into", "with", "instead", "成", "为")
_ALL = frozenset(["both", "all", "each", "every", "2", "全", "都", "两"])
_KEPT = frozenset(["keep", "keeping", "stay", "stays", "staying", "fine", "great", "good", "okay", "ok", "留", "保"])
_BUT = frozenset(["not", "except", "without", "不", "除"])
_LIST = frozenset(["the", "a", "my", "and", "n", "both", "all", "和"])
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Part:
    """Words about some lines of an order, by their places in it: one, or several of one name that are all meant.

    Without any line the words name none. `spared` are lines that shall stay as they are ("not the camera").
    """

    lines: tuple[int, ...]
    words: tuple[str, ...]
    spared: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    lines: tuple[int, ...]


def parts_of(text: str, order: Order) -> list[Part]:
    """A text cut into what is about each item that it names, in the order of the text."""
    parts: list[Part] = []
    for clause in _clauses(tokens_of(text)):
        named = _mentions(clause, order.lines)
        spared = _spared(clause, named)
        mentions = [mention for mention in named if mention not in spared]
        if spared:
            parts.append(Part((), (), tuple(line for mention in spared for line in mention.lines)))
        if not mentions:
            parts += [] if spared else [Part((), clause)]
            continue
        for mention, words in _shared_out(clause, mentions, order.lines):
            parts.append(_settled(mention.lines, words, order.lines))
    return parts


def lines_named(text: str, order: Order) -> tuple[int, ...]:
    """The places of the lines that a text names, in the order of the text, each once."""
    return tuple(dict.fromkeys(line for part in parts_of(text, order) for line in part.lines))


def spared_in(text: str, order: Order) -> tuple[int, ...]:
    """The places of the lines that a text says to leave as they are."""
    return tuple(line for part in parts_of(text, order) for line in part.spared)


def _spared(words: Sequence[str], mentions: Sequence[_Mention]) -> list[_Mention]:
    """Mentions of what is kept: after "not", or in a list that ends in a word for keeping ("a, b and c stay")."""
    spared: list[_Mention] = []
    keeps = False
    for mention in reversed(mentions):
        end = next((at for at in range(mention.end, len(words)) if words[at] == PAUSE), len(words))
        start = next((at + 1 for at in range(mention.start - 1, -1, -1) if words[at] == PAUSE), 0)
        before, after = words[start : mention.start], words[mention.end : end]
        others = any(other is not mention and start <= other.start < end for other in mentions)
        listed = keeps and not set(before) - _LIST and (others or not set(after) - _LIST)
        denied = bool(_BUT & set(before[-2:])) and not _KEPT & set(after)
        keeps = listed or bool(_KEPT & {*before, *after})
        if keeps or denied:
            spared.append(mention)
    return spared


def _clauses(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    ends = [-1, *(at for at, word in enumerate(words) if word == STOP), len(words)]
    for before, end in pairwise(ends):
        if end > before + 1:
            yield tuple(words[before + 1 : end])


def _mentions(words: Sequence[str], lines: Sequence[OrderLine]) -> list[_Mention]:
    """Where items are named: by the whole title, else by a word of it that is no other item's."""
    titles: dict[tuple[str, ...], list[int]] = {}
    for at, line in enumerate(lines):
        titles.setdefault(tokens_of(line.title), []).append(at)
    found: list[_Mention] = []
    for title, own in titles.items():
        whole = [_Mention(at, at + len(title), tuple(own)) for at in places(title, words)]
        if not whole:
            telling = _telling(title, own, lines)
            whole = [
                _Mention(at, at + 1, tuple(own))
                for at, word in enumerate(words)
                if word in telling or any(slipped(word, right) for right in telling)
            ]
        found += whole
    return _once(sorted(found, key=lambda mention: (mention.start, -mention.end)))


def _telling(title: Sequence[str], own: Sequence[int], lines: Sequence[OrderLine]) -> frozenset[str]:
    """Words of a title that stand in no other title of the order and in no option of it."""
    others = {word for at, line in enumerate(lines) if at not in own for word in tokens_of(line.title)}
    options = {word for line in lines for pair in line.options.items() for text in pair for word in tokens_of(text)}
    return frozenset(w for w in title if w not in others | options and (len(w) >= _SHORTEST or not w.isascii()))


def _once(mentions: Sequence[_Mention]) -> list[_Mention]:
    """Mentions that do not overlap; two in a row of the same item are one."""
    kept: list[_Mention] = []
    for mention in mentions:
        if kept and mention.lines == kept[-1].lines and mention.start <= kept[-1].end + 1:
            kept[-1] = _Mention(kept[-1].start, max(mention.end, kept[-1].end), mention.lines)
        elif not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def _shared_out(
    words: tuple[str, ...], mentions: Sequence[_Mention], lines: Sequence[OrderLine]
) -> Iterator[tuple[_Mention, tuple[str, ...]]]:
    """A clause's words by item: those after its name up to the next one, or those before it ("black for the boots")."""
    if len(mentions) == 1:
        yield mentions[0], words
        return
    leading = _speaks_of(words[: mentions[0].start], lines[mentions[0].lines[0]])
    trailing = _speaks_of(words[mentions[-1].end :], lines[mentions[-1].lines[0]])
    if leading and not trailing:
        starts = [0, *(mention.end for mention in mentions[:-1]), len(words)]
    else:
        starts = [0, *(mention.start for mention in mentions[1:]), len(words)]
    for mention, (start, end) in zip(mentions, pairwise(starts), strict=True):
        yield mention, words[start:end]


def _speaks_of(words: Sequence[str], line: OrderLine) -> bool:
    """Whether words have an option of the item or the kind of word that its options are."""
    return any(places(tokens_of(text), words) for pair in line.options.items() for text in pair)


def _settled(named: Sequence[int], words: tuple[str, ...], lines: Sequence[OrderLine]) -> Part:
    """Of several lines with one name the one whose options are said, or all of them."""
    if len(named) == 1:
        return Part(tuple(named), words)
    becomes = next((at for at, word in enumerate(words) if word in _BECOMES), len(words))
    for said in (words[:becomes], words):
        fits = {at: sum(bool(places(tokens_of(v), said)) for v in lines[at].options.values()) for at in named}
        best = [at for at in named if fits[at] == max(fits.values())]
        if len(best) == 1 or (best and len({lines[at].item_id for at in best}) == 1):
            return Part(tuple(best[:1]), words)
    if _ALL & set(words):
        return Part(tuple(named), words)
    return Part((), words)
