"""The describer's questions, answers and sentences: one token for each word, and one for each thing that it can name.

A thing or a quality is one token however many words it has ("navy blue", "jacket or coat"), so that the share of an
answer is the share of one token.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from retrieval.embedders.photo_labels import Label, PhotoLabels

HEADS = ("type", "colour", "pattern", "material")
NUMBERS = ("one", "two", "three", "four")
BACKGROUNDS = ("white", "plain", "dark", "busy")
CONDITIONS = ("intact", "damaged")
SLEEVES = ("long sleeves", "short sleeves", "no sleeves")
NOTHING = "nothing"
ANY = "any"  # family of the answers that do not depend on the kind of goods
SPOKEN: Mapping[tuple[str, str], tuple[str, str]] = {
    ("sleeve", "long sleeves"): ("long sleeves", "长袖"),
    ("sleeve", "short sleeves"): ("short sleeves", "短袖"),
    ("sleeve", "no sleeves"): ("no sleeves", "无袖"),
    ("number", "one"): ("one", "一件"),
    ("number", "two"): ("two", "两件"),
    ("number", "three"): ("three", "三件"),
    ("number", "four"): ("four", "四件"),
    ("condition", "intact"): ("intact", "完好"),
    ("condition", "damaged"): ("damaged", "有损坏"),
    ("background", "white"): ("white", "白色的"),
    ("background", "plain"): ("plain", "单色的"),
    ("background", "dark"): ("dark", "深色的"),
    ("background", "busy"): ("busy", "杂乱的"),
}
PAD, BEGIN, END = "<pad>", "<begin>", "<end>"

# The first wording is what the service asks; the others make the decoder read the question.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "describe": ("describe", "describe the photo", "what is in the photo"),
    "type": ("what is this", "what kind of thing is it", "what do you see"),
    "colour": ("what colour is it", "which colour is this", "what colour does it have"),
    "pattern": ("what pattern is this", "which pattern does it have", "what pattern is on it"),
    "material": ("what is it made of", "which material is this", "what material is it"),
    "sleeve": ("what sleeves does it have", "what is the sleeve length", "how long is the sleeve"),
    "number": ("how many are there", "how many things do you see", "what number of things is there"),
    "condition": ("is it damaged", "is it whole", "what condition is it in"),
    "background": ("what is behind it", "what background is this", "which background do you see"),
}
ASKED = tuple(QUESTIONS)[1:]
_SMALL = (
    "a and of on with that is background damaged photo this several products : pair carton tub bunch head piece "
    "can be made out"
)
_WORD = re.compile(r"[^\s]+")


@dataclass(frozen=True, slots=True)
class Stated:
    """What a generated sentence states of each question, as the label's name."""

    values: Mapping[str, str]
    several: bool = False
    nothing: bool = False


class Lexicon:
    """Tokens by their number, and the answers to each question as places among them."""

    def __init__(self, labels: PhotoLabels) -> None:
        self.labels = labels
        self.answers: dict[str, tuple[str, ...]] = {
            head: tuple(label.name for label in labels.heads[head]) for head in HEADS
        }
        self.answers["type"] = (*self.answers["type"], NOTHING)
        self.answers |= {
            "sleeve": SLEEVES,
            "number": NUMBERS,
            "condition": CONDITIONS,
            "background": BACKGROUNDS,
        }
        self._token_of = {
            (question, answer): self._spoken(question, answer)
            for question in ASKED
            for answer in self.answers[question]
        }
        words = dict.fromkeys((PAD, BEGIN, END, *_SMALL.split()))
        words |= dict.fromkeys(word for asked in QUESTIONS.values() for text in asked for word in text.split())
        words |= dict.fromkeys(self._token_of.values())
        self.tokens: tuple[str, ...] = tuple(words)
        self.number = {token: place for place, token in enumerate(self.tokens)}

    def places(self, question: str) -> list[int]:
        """The tokens of a question's answers, in the order of `answers`."""
        return [self.number[self._token_of[question, answer]] for answer in self.answers[question]]

    def asked(self, question: str, wording: int = 0) -> list[int]:
        """A question as tokens, with the mark that the answer begins."""
        return [self.number[word] for word in QUESTIONS[question][wording].split()] + [self.number[BEGIN]]

    def numbers(self, tokens: Iterable[str]) -> list[int]:
        return [self.number[token] for token in tokens]

    def token(self, question: str, answer: str) -> str:
        """The token that says an answer: `("type", "jeans")` is "jeans", whose measure stands before it."""
        return self._token_of[question, answer]

    def measure(self, name: str) -> list[str]:
        """What stands before the adjectives: "pair of" jeans."""
        measure, of, _ = self._label("type", name).en.rpartition(" of ")
        return _WORD.findall(measure + of)

    def sentence(self, tokens: Sequence[str]) -> str:
        """Tokens as a sentence: "A pair of navy blue jeans."."""
        text = re.sub(r"\ba (?=[aeiou])", "an ", " ".join(tokens).replace(" :", ":"))
        return f"{text[:1].upper()}{text[1:]}." if text else ""

    def stated(self, tokens: Sequence[str]) -> Stated:
        """What a sentence of tokens states."""
        if NOTHING in tokens:
            return Stated({}, nothing=True)
        if "several" in tokens:
            return Stated({}, several=True)
        naming = {}
        for head in HEADS:
            naming[head] = {self._token_of[head, answer]: answer for answer in self.answers[head]}
        end = next((i for i, token in enumerate(tokens) if token in ("on", "with", "that", ".")), len(tokens))
        values: dict[str, str] = {}
        last = max((i for i in range(end) if tokens[i] in naming["type"]), default=-1)
        if last >= 0:
            values["type"] = naming["type"][tokens[last]]
        for token in tokens[: last if last >= 0 else end]:
            if known := [head for head in HEADS[1:] if token in naming[head] and head not in values]:
                values[known[0]] = naming[known[0]][token]
        rest = tokens[end:]
        if sleeve := next((token for token in rest if token in SLEEVES), ""):
            values["sleeve"] = sleeve
        if "background" in rest and (ground := rest[rest.index("background") - 1]) in BACKGROUNDS:
            values["background"] = ground
        if "damaged" in rest:
            values["condition"] = "damaged"
        return Stated(values)

    def _spoken(self, question: str, answer: str) -> str:
        if question not in HEADS or answer == NOTHING:
            return answer
        return self._label(question, answer).en.rpartition(" of ")[2]

    def _label(self, head: str, name: str) -> Label:
        return next(label for label in self.labels.heads[head] if label.name == name)
