"""Which variant of an item a customer wants: the options that they name, and for the others those that it has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.understand.degrees import Degree, meant_by
from agent.understand.sparing import CONJUNCTIONS
from agent.understand.synonyms import Name, names_of_value
from agent.understand.tokens import PAUSE, places, record_tokens
from tools.records import Variant

_NOT = frozenset(["not", "no", "without", "from", "than", "不", "没", "无", "非", "从"])
"""Before a value these say that it is the one to be left ("from red", "rather than red"), as "instead of" does."""
_DENIED = frozenset(["not", "no", "non", "without", "不", "没", "无", "非"])
_NEEDLESS = frozenset(["需", "要", "用", "必"])
_SAME = re.compile(
    r"\b(?:same(?: ,)?(?: (?:again|1|thing|model|product|item|as (?:it|i|the|now|before)\b)|(?= ?[,.]| ?$))|"
    r"(?:exact|very|precisely the) same|identical|unchanged|equal (?:1|to)|as it (?:is|stand|was)|no change)|"
    r"同 款|同 样 的|一 模 一 样|一 样 的|相 同|原 样",
    re.IGNORECASE,
)
_LIKE_NOW = re.compile(r"\b(?:same|again|equal|like (?:before|now)|stay|remain)\b|原 来|不 变|照 旧", re.IGNORECASE)
"""Says of options that are all named that it is to be the one that they have."""
_NEAR = 3  # words between a value and the name of its option
_FAR = 3  # the rank of an option that is not named near a value
_DULL = frozenset(
    ["am", "an", "and", "as", "at", "be", "by", "do", "go", "he", "hi", "if", "in", "is", "it", "me", "my", "no", "not",
     "of", "ok", "on", "or", "set", "so", "the", "to", "up", "us", "we", "with"]
)  # fmt: skip
_STEM = 6  # letters by which "resistant" and "resistance" are one


@dataclass(frozen=True, slots=True)
class Choice:
    """`variant` is the one that is surely meant. Else `near` are those that fit what was said, or all; `sold_out` is
    the one that is meant but cannot be had."""

    variant: Variant | None = None
    near: tuple[Variant, ...] = ()
    sold_out: Variant | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """A value of an option at a place in the words; `denied` where a "no" before it is part of it."""

    start: int
    end: int
    option: str
    value: str
    denied: bool = False


def wanted_options(
    words: Sequence[str], variants: Sequence[Mapping[str, str]], current: Mapping[str, str]
) -> dict[str, str]:
    """The options that words name, as option and value; `variants` are the options of each."""
    for options in variants:  # as a quick reply names it
        if record_tokens(", ".join(options.values())) == tuple(words):
            return dict(options)
    found = [*_values(words, variants, current), *_yes_or_no(words, variants)]
    wanted: dict[str, str] = {}
    for option in dict.fromkeys(each.option for each in found):
        said = [each for each in found if each.option == option]
        meant = [each for each in said if each.denied or not _left(words, each)]
        if not meant:
            continue
        other = [each for each in meant if each.value != current.get(option)] or meant
        wanted[option] = other[-1].value
    return wanted


def wants_same(words: Sequence[str], wanted: Mapping[str, str], current: Mapping[str, str], *, asked: bool) -> bool:
    """Whether it is to be the variant that they have: said so, or all its options named once more as an answer."""
    if any(current.get(option) != value for option, value in wanted.items()):
        return False
    text = " ".join(words)
    restated = bool(wanted) and set(wanted) == set(current) and (asked or bool(_LIKE_NOW.search(text)))
    return restated or bool(_SAME.search(text))


def choose(
    wanted: Mapping[str, str],
    variants: Sequence[Variant],
    current: Variant,
    *,
    same: bool = False,
    degrees: Sequence[Degree] = (),
) -> Choice:
    """The variant with the options that are wanted and, for all others, those of the current one.

    Where there is none, the only one that has all that is wanted. `degrees` ("the cheapest") decide among those that
    have it.
    """
    others = tuple(v for v in variants if v.id != current.id and v.available)
    meant = meant_by(degrees, wanted, variants, current) if set(wanted) < set(current.options) else None
    if meant is not None:
        only = meant[0] if len(meant) == 1 and meant[0].id != current.id else None
        return Choice(only) if only else Choice(near=tuple(v for v in meant if v.id != current.id) or others)
    if all(current.options.get(option) == value for option, value in wanted.items()):
        return Choice(current) if same else Choice(near=others)
    target = {**current.options, **wanted}
    exact = next((v for v in variants if v.options == target), None)
    if exact is not None and (exact.available or exact.id == current.id):
        return Choice(exact)
    fitting = tuple(v for v in others if all(v.options.get(o) == value for o, value in wanted.items()))
    if exact is None and len(fitting) == 1:
        return Choice(fitting[0])
    nearest = sorted(fitting or others, key=lambda v: -sum(v.options.get(o) == value for o, value in target.items()))
    return Choice(near=tuple(nearest), sold_out=exact)


def _values(words: Sequence[str], variants: Sequence[Mapping[str, str]], current: Mapping[str, str]) -> list[_Found]:
    """Values in the words, the longest first, so that no part of one counts as another."""
    offered = list(dict.fromkeys((option, value) for options in variants for option, value in options.items()))
    said_as = _ways_to_say(offered)
    names = {option: frozenset(record_tokens(option)) for option, _ in offered}
    taken: set[int] = set()
    found: list[_Found] = []
    unclear: list[tuple[range, list[tuple[str, str]]]] = []
    beside = _unclaimed(words, said_as, names)
    for said in sorted(said_as, key=len, reverse=True):
        for start in places(said, words):
            span = range(start, start + len(said))
            if taken & set(span):
                continue
            meant = _option(said_as[said], beside, span, names, current)
            if meant is None:
                unclear.append((span, said_as[said]))
                continue
            taken |= set(span)
            found.append(_Found(start, span.stop, *meant))
    for span, pairs in unclear:  # "a medium with low ventilation" can only be the size
        rest = [pair for pair in pairs if pair[0] not in {each.option for each in found}]
        if len(rest) == 1 and rest[0][1] not in ("yes", "no") and not taken & set(span):
            taken |= set(span)
            found.append(_Found(span.start, span.stop, *rest[0]))
    taken |= {at for option in names for start, end in _named(option, words) for at in range(start, end)}
    found += _by_a_word(words, offered, taken)
    return sorted(found, key=lambda each: each.start)


def _unclaimed(
    words: Sequence[str], said_as: Mapping[Name, Sequence[tuple[str, str]]], names: Mapping[str, frozenset[str]]
) -> tuple[str, ...]:
    """The words without the names of options that follow a value of theirs alone: "low ventilation" is no "medium"."""
    claimed = {
        end
        for said, pairs in said_as.items()
        if len(pairs) == 1
        for end in (start + len(said) for start in places(said, words))
        if names[pairs[0][0]] & set(words[end : end + 1])
    }
    return tuple("" if at in claimed else word for at, word in enumerate(words))


def _ways_to_say(offered: Sequence[tuple[str, str]]) -> dict[Name, list[tuple[str, str]]]:
    """What each value is called: its own words, or other words for it that mean no other value of the option."""
    own: dict[Name, list[tuple[str, str]]] = {}
    for option, value in offered:
        own.setdefault(record_tokens(value), []).append((option, value))
    called = {name: list(pairs) for name, pairs in own.items()}
    for said, pairs in own.items():
        for name in names_of_value(said):
            if name in own and len("".join(name)) == 1:  # "M" is the size of that name, and no other "medium"
                continue
            literal = {option for option, _ in own.get(name, ())}
            called.setdefault(name, []).extend(pair for pair in pairs if pair[0] not in literal)
    return {name: pairs for name, pairs in called.items() if len({option for option, _ in pairs}) == len(pairs)}


def _named(option: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where an option is named, in the shop's word for it or another."""
    own = record_tokens(option)
    for name in (own, *names_of_value(own)):
        stems = [word[:_STEM] for word in name]
        for start in places(stems, [word[:_STEM] for word in words]):
            yield start, start + len(name)


def _option(
    options: Sequence[tuple[str, str]],
    words: Sequence[str],
    span: range,
    names: Mapping[str, frozenset[str]],
    current: Mapping[str, str],
) -> tuple[str, str] | None:
    """Which option a value is of: the only one that has it, the one that is named by it, or one that would change."""
    bare = all(value in ("yes", "no") for _, value in options)
    if len(options) == 1 and not bare:
        return options[0]
    rivals = {option: names[option] for option, _ in options}
    ranked = sorted((rank, pair) for pair in options if (rank := _named_by(pair[0], words, span, rivals)) < _FAR)
    if ranked and (len(ranked) == 1 or ranked[0][0] < ranked[1][0]):
        return ranked[0][1]
    changing = [pair for pair in options if current.get(pair[0]) != pair[1]]
    return changing[0] if len(changing) == 1 and not bare else None


def _named_by(option: str, words: Sequence[str], span: range, names: Mapping[str, frozenset[str]]) -> int:
    """How closely an option is named beside a value, 0 the closest: "lens colour black", "black lens", or near it."""
    name = record_tokens(option)
    if places(name, words[max(0, span.start - len(name) - 1) : span.start]):
        return 0
    telling = names[option] - frozenset().union(*(own for other, own in names.items() if other != option))
    if telling & set(words[span.stop : span.stop + 1]):
        return 1
    near = {*words[max(0, span.start - _NEAR) : span.start], *words[span.stop : span.stop + _NEAR]}
    return 2 if telling & near else _FAR


def _by_a_word(words: Sequence[str], offered: Sequence[tuple[str, str]], taken: set[int]) -> list[_Found]:
    """A value by one word that no other value and no name of an option has ("cellular" for "Wi-Fi + Cellular")."""
    having: dict[str, list[tuple[str, str]]] = {}
    for option, value in offered:
        said = record_tokens(value)
        for word in {word for at, word in enumerate(said) if not said[at - 1 : at] or not said[at - 1].isdigit()}:
            having.setdefault(word, []).append((option, value))
    names = {word for option, _ in offered for word in record_tokens(option)}
    return [
        _Found(at, at + 1, *having[word][0])
        for at, word in enumerate(words)
        if at not in taken
        and len(having.get(word, ())) == 1
        and len(word) > 1
        and word not in _DULL
        and not word.isdigit()
        and word not in names
    ]


def _yes_or_no(words: Sequence[str], variants: Sequence[Mapping[str, str]]) -> list[_Found]:
    """ "waterproof" and "not waterproof" for an option of yes and no; "no backlight" for one that may be none."""
    values: dict[str, set[str]] = {}
    for options in variants:
        for option, value in options.items():
            values.setdefault(option, set()).add(value)
    found: list[_Found] = []
    for option, offered in values.items():
        for start, end in _named(option, words):
            after = words[end : end + 2]
            denied = _is_denied(words, start, end)
            if offered <= {"yes", "no"} and not {"yes", "no"} & set(after[:2]):
                found.append(_Found(start, end, option, "no" if denied else "yes", denied))
            elif "none" in offered and denied:
                found.append(_Found(start, end, option, "none", denied))
    return [each for each in found if each.value in values[each.option]]


def _is_denied(words: Sequence[str], start: int, end: int) -> bool:
    """ "not …", "it doesn't have to be …", "…不需要" in the same breath."""
    before = words[max(0, start - 6) : start]
    parted = max((at + 1 for at, word in enumerate(before) if word in {PAUSE, "but", *CONJUNCTIONS}), default=0)
    after = tuple(words[end : end + 2])
    return bool(_DENIED & set(before[parted:])) or (after[:1] in (("不",), ("没",)) and bool(_NEEDLESS & set(after)))


def _left(words: Sequence[str], found: _Found) -> bool:
    """Whether a value is named as the one that it has and should not have."""
    before = words[max(0, found.start - 2) : found.start]
    return bool(before) and (
        before[-1] in _NOT or (len(before) == 2 and before[0] in _NOT and before[1] in ("the", "a"))
    )
