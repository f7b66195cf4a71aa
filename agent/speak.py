"""Speech, sentence by sentence: each is checked against the facts before anybody hears it, whichever brain made it.

A brain points at its evidence with marks: `[[product:ID]]`, `[[faq:ID]]`, `[[order:ID]]`, and offers quick replies with
`[[choice:LABEL|WHAT IT SAYS]]`. Marks are never shown; a mark that points at nothing is dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agent.brief import Offer
from agent.facts import Facts

CHARACTERS_AT_MOST = 4000
CHOICES_AT_MOST = 4
LABEL_AT_MOST = 60
MARK_AT_MOST = 320
VALUE_AT_MOST = 200

_MARK = re.compile(r"\[\[(product|faq|order|choice):([^\[\]\n]{1,300})\]\]")
_HTML = re.compile(r"<[^>\n]{1,200}>")
_PICTURE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|approx|ca|incl|nr|vs|mr|mrs|ms|dr|st|[A-Z])\.$", re.IGNORECASE)
_LIST_NUMBER = re.compile(r"\s*\d+\.")
_END = re.compile(r"[.!?…]+[\"”')*_]*(?=\s|\[\[)|[。！？]+[”」』）*_]*|\n+")


def cut(text: str, *, last: bool = False) -> tuple[list[str], str]:
    """Whole sentences with the white space after them, and what is left; with `last` nothing is left."""
    sentences, start = [], 0
    for match in _END.finditer(text):
        end = match.end()
        if end <= start or _in_mark(text[start : match.start()]):
            continue
        if match[0] == "." and _goes_on(text[start:end]):
            continue
        while end < len(text) and text[end].isspace():
            end += 1
        if end == len(text) and not last and match[0].strip():
            break  # more white space or a closing quote may follow
        sentences.append(text[start:end])
        start = end
    rest = text[start:]
    if last and rest:
        return [*sentences, rest], ""
    return sentences, rest


def _in_mark(piece: str) -> bool:
    """Whether the piece ends within a mark, where nothing ends a sentence."""
    opened = piece.rfind("[[")
    return opened > piece.rfind("]]") and len(piece) - opened <= MARK_AT_MOST


def _goes_on(piece: str) -> bool:
    """Whether the full stop belongs to an abbreviation or to a list's number ("e.g.", "1."), not to a sentence."""
    return bool(_ABBREVIATION.search(piece) or _LIST_NUMBER.fullmatch(piece))


@dataclass
class Speech:
    """What one brain says in one turn. Feed it with `hear`, then `finish`; both give what may be shown."""

    facts: Facts
    products: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    choices: list[Offer] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    _said: str = ""
    _waiting: str = ""

    @property
    def text(self) -> str:
        return self._said.strip()

    def hear(self, piece: str) -> list[str]:
        """The sentences that are now whole and hold."""
        self._waiting += piece
        sentences, self._waiting = cut(self._waiting)
        return self._release(sentences)

    def finish(self) -> list[str]:
        sentences, self._waiting = cut(self._waiting, last=True)
        return self._release(sentences)

    def _release(self, sentences: list[str]) -> list[str]:
        released = []
        for sentence in sentences:
            shown = _PICTURE.sub("", _HTML.sub("", _MARK.sub(self._point, sentence)))
            if not shown.strip():
                shown = "\n" * min(shown.count("\n"), 2)
            elif fault := self.facts.fault(shown):
                self.dropped.append(fault)
                shown = "\n" * min(shown.count("\n"), 2)
            if not shown or len(self._said) + len(shown) > CHARACTERS_AT_MOST or (not self._said and not shown.strip()):
                continue
            self._said += shown
            released.append(shown)
        return released

    def _point(self, mark: re.Match[str]) -> str:
        kind, value = mark[1], mark[2].strip()
        if kind == "choice":
            label, _, says = (part.strip() for part in value.partition("|"))
            choice = Offer(label[:LABEL_AT_MOST], (says or label)[:VALUE_AT_MOST])
            if label and len(self.choices) < CHOICES_AT_MOST and not self.facts.fault(choice.label):
                self.choices.append(choice)
            return ""
        pointed = {"product": self.products, "faq": self.answers, "order": self.orders}[kind]
        if value not in pointed:
            pointed.append(value)
        return ""
