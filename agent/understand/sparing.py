"""Which of the goods that a text names are to stay as they are ("not the camera", "the mug and the bowl stay")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.understand.tokens import PAUSE

CONJUNCTIONS = frozenset(["and", "n", "or", "nor", "plus", "和", "跟", "与", "及"])
DETERMINERS = frozenset(["the", "a", "an", "my", "another", "these", "this", "that", "those", "its", "any", "either"])
_BEFORE = frozenset(
    ["not", "except", "without", "nor", "neither", "leave", "leaving", "keep", "keeping", "不", "除", "别"]
)
_AFTER = frozenset(
    ["stay", "staying", "remain", "fine", "good", "great", "perfect", "ok", "okay", "right", "alone", "keep", "keeping",
     "untouched", "touch", "no", "留", "保"]
)  # fmt: skip
_LEFT_ALONE = frozenset("动换退改用碰要管")
"""What 不 and 别 deny of goods that stay."""
_WISHED = frozenset(["would", "be", "will", "should", "not"])
"""Between goods and a word like "great" these say that something is wished or wrong, not that it may stay."""
_DENIED_AFTER = frozenset(["touch"])
_ONLY = frozenset(["only", "just", "solely", "只", "仅", "就"])
_NEAR, _FAR, _LISTED = 3, 6, 5


@dataclass(frozen=True, slots=True)
class Mention:
    """Goods named in a run of words; `lines` are the lines of the order that the name fits."""

    start: int
    end: int
    lines: tuple[int, ...]


AboutOption = Callable[[Sequence[str], Mention], bool]
"""Whether words speak of an option of the goods rather than of the goods."""


def spared(
    words: Sequence[str], mentions: Sequence[Mention], about_option: AboutOption, *, answering: bool = False
) -> list[Mention]:
    """The mentions of what is to stay. In an answer to which goods are meant, "only" and "is not" spare others, too."""
    kept: list[int] = []
    for at, word in enumerate(words):
        after = _first_after(at, words, mentions, about_option) if word in _BEFORE else None
        if after is not None:
            kept += _listed(after, 1, words, mentions)
        elif (before := _last_before(at, words, mentions, about_option, answering=answering)) is not None:
            kept += _listed(before, -1, words, mentions)
    if answering:
        kept += _beside_only(words, mentions)
    return [mention for at, mention in enumerate(mentions) if at in kept]


def _first_after(at: int, words: Sequence[str], mentions: Sequence[Mention], about_option: AboutOption) -> int | None:
    index = next((i for i, mention in enumerate(mentions) if mention.start > at), None)
    if index is None:
        return None
    gap = words[at + 1 : mentions[index].start]
    if {PAUSE, *CONJUNCTIONS} & set(gap) or len(gap) > (_FAR if DETERMINERS & set(gap[:1]) else _NEAR):
        return None
    described = words[at] in ("not", "without", "不") and not DETERMINERS & set(gap[:1])
    return None if described and about_option(gap, mentions[index]) else index


def _last_before(
    at: int, words: Sequence[str], mentions: Sequence[Mention], about_option: AboutOption, *, answering: bool
) -> int | None:
    index = next((i for i in range(len(mentions) - 1, -1, -1) if mentions[i].end <= at), None)
    if index is None or not _says_kept(at, words, answering=answering):
        return None
    gap = words[mentions[index].end : at]
    final_no = words[at] == "no"
    if len(gap) > _FAR or (PAUSE in gap and not final_no) or about_option(gap, mentions[index]):
        return None
    if words[at] in _DENIED_AFTER:
        return index if "not" in gap else None
    if (
        words[at] in _AFTER
        and not final_no
        and (_WISHED & set(gap) or about_option(words[at + 1 : at + 2], mentions[index]))
    ):
        return None
    return index


def _says_kept(at: int, words: Sequence[str], *, answering: bool) -> bool:
    following = words[at + 1] if at + 1 < len(words) else ""
    match words[at]:
        case "不" | "别":
            return following in _LEFT_ALONE
        case "no":
            return not following
        case "not":
            return answering and following != "touch"
        case word:
            return word in _AFTER


def _listed(index: int, step: int, words: Sequence[str], mentions: Sequence[Mention]) -> list[int]:
    """A mention with those that it is listed with: "the mug, the bowl and the plate"."""
    listed, joined = [index], False
    while 0 <= index + step < len(mentions):
        first, second = sorted((index, index + step))
        gap = words[mentions[first].end : mentions[second].start]
        joined = joined or bool(CONJUNCTIONS & set(gap))
        if len(gap) > _LISTED or not (joined or (step > 0 and _joined_later(second, words, mentions))):
            break
        if not {PAUSE, *CONJUNCTIONS} & set(gap):
            break
        index += step
        listed.append(index)
    return listed


def _joined_later(index: int, words: Sequence[str], mentions: Sequence[Mention]) -> bool:
    after = words[mentions[index].end : mentions[index + 1].start] if index + 1 < len(mentions) else ()
    return bool(CONJUNCTIONS & set(after)) and len(after) <= _LISTED


def _beside_only(words: Sequence[str], mentions: Sequence[Mention]) -> list[int]:
    """All but what is listed where an "only" stands: "just the lamp, the rug is my mother's"."""
    at = next((at for at, word in enumerate(words) if word in _ONLY), None)
    if at is None or not mentions:
        return []
    index = next((i for i, m in enumerate(mentions) if m.start > at and PAUSE not in words[at : m.start]), None)
    if index is None:
        index = next((i for i in range(len(mentions) - 1, -1, -1) if mentions[i].end <= at), None)
        meant = [] if index is None else _listed(index, -1, words, mentions)
    else:
        meant = _listed(index, 1, words, mentions)
    return [i for i in range(len(mentions)) if i not in meant] if meant else []
