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
KEPT = frozenset(
    ["stay", "staying", "remain", "fine", "good", "great", "perfect", "ok", "okay", "right", "nice", "keep", "keeping",
     "untouched", "touch", "留", "保"]
)  # fmt: skip
_LEFT_ALONE = frozenset("动换退改碰管")
"""What 不 and 别 deny of goods that stay, with or without 用 or 要 between."""
_WISHED = frozenset(["would", "be", "will", "should", "not"])
"""Between goods and a word like "great" these say that something is wished or wrong, not that it may stay."""
_DENYING = frozenset(["not", "without", "neither", "nor", "不"])
_IS = frozenset(["is", "are", "was", "were"])
ONLY = frozenset(["only", "just", "solely", "alone", "只", "仅", "就"])
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
    kept = _Clause(words, mentions, about_option, answering).kept()
    return [mention for at, mention in enumerate(mentions) if at in kept]


def is_exclusive(words: Sequence[str]) -> bool:
    """Whether words mean nothing beside what they name: "only the lamp"."""
    return bool(ONLY & set(words)) and not {"leave", "leaving"} & set(words)


@dataclass(frozen=True, slots=True)
class _Clause:
    words: Sequence[str]
    mentions: Sequence[Mention]
    about_option: AboutOption
    answering: bool

    def kept(self) -> list[int]:
        """The places of the mentions that are spared."""
        kept: list[int] = []
        for at, word in enumerate(self.words):
            if word in _BEFORE and (after := self._first_after(at)) is not None:
                kept += self._listed(after, 1, frozenset(["or", "nor"]) if word in _DENYING else CONJUNCTIONS)
            elif (before := self._last_before(at)) is not None:
                kept += self._listed(before, -1, CONJUNCTIONS)
        return kept + self._beside_only() if self.answering else kept

    def _first_after(self, at: int) -> int | None:
        index = next((i for i, mention in enumerate(self.mentions) if mention.start > at), None)
        if index is None:
            return None
        gap = self.words[at + 1 : self.mentions[index].start]
        named = bool(DETERMINERS & set(gap[:1]))
        if {PAUSE, *CONJUNCTIONS} & set(gap) or len(gap) > (_FAR if named else _NEAR):
            return None
        of_option = self.words[at] in _DENYING and not named and self.about_option(gap, self.mentions[index])
        return None if of_option else index

    def _last_before(self, at: int) -> int | None:
        index = next((i for i in range(len(self.mentions) - 1, -1, -1) if self.mentions[i].end <= at), None)
        if index is None or not self._says_kept(at):
            return None
        word, mention = self.words[at], self.mentions[index]
        gap = self.words[mention.end : at]
        if len(gap) > _FAR or (PAUSE in gap and word != "no") or self.about_option(gap, mention):
            return None
        if word == "touch":
            return index if "not" in gap else None
        wished = _WISHED & set(gap) or self.about_option(self.words[at + 1 : at + 2], mention)
        return None if word in KEPT and wished else index

    def _says_kept(self, at: int) -> bool:
        following = self.words[at + 1 : at + 3]
        match self.words[at]:
            case "不" | "别":
                return bool(_LEFT_ALONE & set(following[1:] if following[:1] in (("用",), ("要",)) else following[:1]))
            case "no":
                return not following
            case "要":  # "…我要的"
                return following == ("的",) and self.words[at - 1] == "我"
            case "not":
                return self.answering and self.words[at - 1] in _IS
            case word:
                return word in KEPT

    def _listed(self, index: int, step: int, joins: frozenset[str]) -> list[int]:
        """A mention with those that it is listed with: "the mug, the bowl and the plate"."""
        listed, joined = [index], False
        while 0 <= index + step < len(self.mentions):
            first, second = sorted((index, index + step))
            gap = self._between(first, second)
            others = len(set(gap) - {PAUSE, *joins, *DETERMINERS})
            if joins & set(gap):
                if (PAUSE in gap and (others or (joined and step < 0))) or len(gap) > _LISTED:
                    break
                joined = True
            elif (
                PAUSE not in gap
                or ONLY & set(gap)
                or others > 1
                or not (joined or step > 0)
                or not self._goes_on(first, second, step)
            ):
                break
            index += step
            listed.append(index)
        return listed

    def _goes_on(self, first: int, second: int, step: int) -> bool:
        """Whether a comma between two mentions is one of a list, which has its "and" before the last."""
        if step > 0:
            after = self._between(second, second + 1)
            return bool(CONJUNCTIONS & set(after)) and len(after) <= _LISTED
        before = self._between(first - 1, first)
        start = max((at + 1 for at in range(self.mentions[first].start) if self.words[at] == PAUSE), default=0)
        beside = set(self.words[start : self.mentions[first].start]) - DETERMINERS - {"both", "all"}
        bare = not beside or self.about_option(tuple(beside), self.mentions[first])
        return bare and (PAUSE in before or not CONJUNCTIONS & set(before))

    def _between(self, first: int, second: int) -> Sequence[str]:
        if first < 0 or second >= len(self.mentions):
            return ()
        return self.words[self.mentions[first].end : self.mentions[second].start]

    def _beside_only(self) -> list[int]:
        """All but what is listed where an "only" stands: "just the lamp, the rug is my mother's"."""
        at = next((at for at, word in enumerate(self.words) if word in ONLY), None)
        if at is None or not is_exclusive(self.words):
            return []
        starts = [i for i, m in enumerate(self.mentions) if m.start > at and PAUSE not in self.words[at : m.start]]
        ends = [i for i, m in enumerate(self.mentions) if m.end <= at]
        if not starts and not ends:
            return []
        meant = self._listed(starts[0], 1, CONJUNCTIONS) if starts else self._listed(ends[-1], -1, CONJUNCTIONS)
        lines = {line for i in meant for line in self.mentions[i].lines}
        return [i for i, mention in enumerate(self.mentions) if not lines & set(mention.lines)]
