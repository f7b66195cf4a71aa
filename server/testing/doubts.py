"""What a script leaves open: cases and expectations that would hold whatever the bot did."""

from __future__ import annotations

import re
from collections.abc import Iterator

from server.testing.format import Case, Expected, Located

ALWAYS_SO = ("mode", "language")  # a conversation begins with the bot, in the language of who writes
ANYTHING = ("", "§")


def doubts(located: Located) -> Iterator[str]:
    """What cannot fail in a case, each with its file and line."""
    case = located.case
    if case.customer is not None:
        return
    at = located.path
    if not _expects(case):
        yield f"{at}:{located.line}: nothing is expected in this case: add `bot` after a step, or `end`"
    elif not any(step.bot and not _holds_from_the_beginning(step.bot) for step in case.steps) and not _looks_back(case):
        yield f"{at}:{located.line}: only the mode or language that every chat begins with is expected in this case"
    elif case.steps[-1].bot is None and not _looks_back(case):
        yield f"{at}:{located.lines[-1]}: nothing is expected of this case's last step"
    for line, step in zip(located.lines, case.steps, strict=True):
        if step.bot is None:
            continue
        pattern = step.bot.matches
        if pattern is not None and "(?!" not in pattern and all(re.search(pattern, text) for text in ANYTHING):
            yield f"{at}:{line}: every reply matches {pattern!r}"
        for words in step.bot.contains:
            if any(no.lower() in words.lower() for no in step.bot.not_contains):
                yield f"{at}:{line}: no reply can have {words!r} and not have a part of it"


def _expects(case: Case) -> bool:
    return any(step.bot is not None for step in case.steps) or _looks_back(case)


def _looks_back(case: Case) -> bool:
    """Whether the end, or all that the page was sent, is looked at."""
    end = case.end
    return bool(case.visitor_never_sees) or (end is not None and (end.looks_into_the_shop or end.mode != "bot"))


def _holds_from_the_beginning(bot: Expected) -> bool:
    return bot.model_fields_set <= set(ALWAYS_SO) and bot.mode in (None, "bot")
