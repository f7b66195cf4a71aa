"""What else people call the goods of an order, and the options that they come in."""

from __future__ import annotations

from functools import cache, lru_cache

from agent.understand.thesaurus import same_goods, same_values
from agent.understand.tokens import places, tokens_of

Name = tuple[str, ...]
"""A name as tokens."""


@lru_cache(maxsize=8192)
def names_of_goods(title: Name) -> frozenset[Name]:
    """Other names for what a title names: those of the kinds whose name it ends in, the longest, or else contains."""
    ending = [(len(own), group) for group in _goods() for own in group if title[-len(own) :] == own]
    kinds = ending or [(len(own), group) for group in _goods() for own in group if places(own, title)]
    longest = max((length for length, _ in kinds), default=0)
    return frozenset(name for length, group in kinds if length == longest for name in group) - {title}


@lru_cache(maxsize=8192)
def names_of_value(value: Name) -> frozenset[Name]:
    """Other ways to say an option's value, or its name: with a part of it said otherwise, and a range with "to"."""
    said = set[Name]()
    for group in _values():
        if value in group:
            said |= set(group)
        for at in places(group[0], value):
            said |= {(*value[:at], *name, *value[at + len(group[0]) :]) for name in group}
    if len(value) > 2 and value[0].isdigit():  # "1TB" for "1TB SSD", "5-25" for "5-25 lbs"
        said.add(value[:2])
        if value[1].isdigit():
            said |= {(value[0], "to", *value[1:]), (value[0], "to", value[1])}
    if len(value) == 2 and value[1] == "ml" and value[0].isdigit():
        said.add((f"{int(value[0]) / 1000:g}", "l"))
    return frozenset(said) - {value}


def is_common(word: str) -> bool:
    """Whether a word tells a kind of goods or an option, rather than being one shop's own name for something."""
    return word in _common()


@cache
def _common() -> frozenset[str]:
    return frozenset(word for group in (*_goods(), *_values()) for name in group for word in name)


@cache
def _goods() -> tuple[tuple[Name, ...], ...]:
    return tuple(tuple(tokens_of(name) for name in group) for group in same_goods())


@cache
def _values() -> tuple[tuple[Name, ...], ...]:
    return tuple(tuple(tokens_of(name) for name in group) for group in same_values())
