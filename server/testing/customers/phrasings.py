"""The words that simulated customers have: templates an act, with placeholders in braces."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Self

import yaml

from tools.errors import ToolError

_PLACEHOLDER = re.compile(r"(\{\w+\})")
_LONG_WORD = re.compile(r"\b[a-z]{5,}\b")


class BadPhrasing(ToolError):
    """A template that cannot be filled."""

    code = "bad_phrasing"


@dataclass(frozen=True, slots=True)
class Phrasings:
    """Templates by act. `own` go before ours; an act that `own` lacks is worded by ours, in the language asked for."""

    own: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, own: Mapping[str, str | Sequence[str]]) -> Self:
        """Templates as people write them: one or several an act."""
        return cls({act: (said,) if isinstance(said, str) else tuple(said) for act, said in own.items()})

    def has(self, act: str) -> bool:
        return act in self.own

    def say(self, act: str, values: Mapping[str, str], chance: random.Random, *, language: str, typos: bool) -> str:
        """One of an act's templates, filled. Raises `BadPhrasing`."""
        templates = self.own.get(act) or ours(language)[act]
        usable = [one for one in templates if all(name in values for name in placeholders(one))] or list(templates)
        template = chance.choice(usable)
        return fill(with_typos(template, chance) if typos else template, values)


def placeholders(template: str) -> tuple[str, ...]:
    return tuple(found[1:-1] for found in _PLACEHOLDER.findall(template))


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its values; `BadPhrasing` names the placeholder that has none."""
    for name in placeholders(template):
        if name not in values:
            raise BadPhrasing(f"{template!r} has {{{name}}}; there are {', '.join(sorted(values))}")
    return _PLACEHOLDER.sub(lambda found: values[found[0][1:-1]], template)


def with_typos(template: str, chance: random.Random) -> str:
    """Two letters of one plain word changed round; placeholders stay, so that names and numbers keep right."""
    parts = _PLACEHOLDER.split(template)
    words = [
        (at, word) for at, part in enumerate(parts) if not part.startswith("{") for word in _LONG_WORD.finditer(part)
    ]
    if not words:
        return template
    at, word = chance.choice(words)
    cut = word.start() + chance.randrange(1, len(word[0]) - 2)
    part = parts[at]
    parts[at] = part[:cut] + part[cut + 1] + part[cut] + part[cut + 2 :]
    return "".join(parts)


@cache
def ours(language: str) -> Mapping[str, tuple[str, ...]]:
    """The templates that come with the package."""
    read = yaml.safe_load(Path(__file__).with_name(f"phrasings.{language}.yaml").read_text("utf-8"))
    return {act: tuple(said) for act, said in read.items()}
