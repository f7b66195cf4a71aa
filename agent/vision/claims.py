"""What a vision-language model claims about a photo, read from its words as data: typed, bounded, never obeyed.

A model may answer with prose, broken JSON, inventions, or what somebody wrote on the photo for it to repeat. Whatever
it answers, what comes out of here is a few known attributes in plain words and a caption that asserts nothing else.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agent.facts import Facts
from agent.vision.reading import Attribute, PhotoAnswer, PhotoQuestion, PhotoReading

NAMES = ("type", "colour", "pattern", "material", "sleeve", "condition")
UNCHECKED = 0.6  # the most that a statement is believed that nobody has measured: said, but as unsure
READ_AT_MOST = 20_000  # characters of an answer
VALUE_AT_MOST, CAPTION_AT_MOST = 40, 160

_SPELLINGS = {"color": "colour", "category": "type", "product": "type", "kind": "type"}
_CONDITIONS = {"intact": "完好", "damaged": "有损坏"}
_COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ANSWER_ZH = re.compile(r"[\u3400-\u9fff]{1,12}")
_UNKNOWN = frozenset({"", "unknown", "none", "null", "n/a", "na", "unclear", "not sure", "not visible", "other"})
_WORDS = re.compile(r"[^\W\d_]+(?:[ '/-][^\W\d_]+){0,4}")
_ADDRESSING = re.compile(
    r"\b(?:you|your|yours|i|we|us|me|my|our|please|ignore|instructions?|prompt|system|assistant|say|tell|reply)\b"
    r"|您|你|我|请|忽略|指令|系统|助手|回复",
    re.IGNORECASE,
)
_CAPTION = re.compile(r"[^\W\d_][\w ,.;:'’()/&，。、；：（）-]*")
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)


@dataclass(frozen=True, slots=True)
class Claims:
    """What is left of an answer. `unknown` names what the model said it could not tell."""

    caption: str = ""
    caption_zh: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    confidences: Mapping[str, float] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()

    def over(self, known: PhotoReading) -> PhotoReading:
        """These claims in place of what was known, which stays where they say nothing.

        A claim is as sure as the known reading where both agree, since that has been measured; alone it is
        never surer than `UNCHECKED`.
        """
        if not self.values and not self.caption:
            return known
        measured = {attribute.name: attribute for attribute in known.attributes}
        claimed = {name: self._attribute(name, measured.get(name)) for name in self.values}
        recoloured = "colour" in claimed and claimed["colour"].value != known.value("colour")
        gone = self.unknown | ({"colour_family"} if recoloured else frozenset())
        kept = {name: attribute for name, attribute in measured.items() if name not in gone}
        attributes = kept | claimed
        return replace(
            known,
            caption=self.caption or composed(attributes) or known.caption,
            caption_zh=self.caption_zh or known.caption_zh,
            attributes=tuple(attributes.values()),
            named="type" in attributes,
        )

    def _attribute(self, name: str, measured: Attribute | None) -> Attribute:
        claimed = min(self.confidences[name], UNCHECKED)
        if measured is not None and measured.value.casefold() == self.values[name]:
            return replace(measured, confidence=max(measured.confidence, claimed))
        return Attribute(name, self.values[name], round(claimed, 3))


def claims_of(answer: str) -> Claims:
    """The claims in a model's answer; none where there is no JSON object that makes any."""
    objects = [found for found in _objects(answer[:READ_AT_MOST]) if _spoken(found).keys() & {*NAMES, "caption"}]
    if not objects:
        return Claims()
    # A model that thinks aloud or repeats the question's example answers last.
    said = _spoken(objects[-1])
    given = {name: said[name] for name in NAMES if name in said}
    values = {name: value for name, raw in given.items() if (value := _value(name, raw))}
    return Claims(
        caption=_caption(said.get("caption"), chinese=False),
        caption_zh=_caption(said.get("caption_zh"), chinese=True),
        values=values,
        confidences={name: _confidence(name, said) for name in values},
        unknown=frozenset(name for name, raw in given.items() if _says_unknown(raw)),
    )


def answer_of(answer: str, question: PhotoQuestion) -> PhotoAnswer:
    """What a model answers to one question about a photo; no value where it answers nothing that may be said."""
    objects = list(_objects(answer[:READ_AT_MOST]))
    said: Mapping[str, Any] = next((found for found in reversed(objects) if "answer" in found), {})
    value, chinese = _answered(question, said)
    if not value:
        return PhotoAnswer(question)
    share = _share(said.get("confidence"))
    return PhotoAnswer(question, value, min(UNCHECKED if share is None else share, UNCHECKED), value, chinese)


def _answered(question: PhotoQuestion, said: Mapping[str, Any]) -> tuple[str, str]:
    """The answer in both languages. Numbers and conditions have words of ours, which no model can add to."""
    raw = said.get("answer")
    if question == "number":
        count = "" if isinstance(raw, bool) else str(raw).strip().casefold()
        place = next((n for n, word in enumerate(_COUNTS, start=1) if count in (word, str(n))), 0)
        return (_COUNTS[place - 1], f"{place}个") if place else ("", "")
    value = _value(question, raw)
    if question == "condition":
        return value, _CONDITIONS.get(value, "")
    chinese = _plain(said.get("answer_zh"))
    return value, chinese if _ANSWER_ZH.fullmatch(chinese) and _harmless(chinese) else ""


def composed(attributes: Mapping[str, Attribute]) -> str:
    """A plain sentence of attributes, where a model's own is not fit to be said: "A blue striped cotton shirt."."""
    if "type" not in attributes:
        return ""
    words = [attributes[name].value for name in ("colour", "pattern", "material", "type") if name in attributes]
    described = " ".join(word for word in words if word != "plain")
    return f"{'An' if described[0] in 'aeiou' else 'A'} {described}."


def _objects(answer: str) -> Iterator[dict[str, Any]]:
    """Every outermost JSON object in a text, in order."""
    at = answer.find("{")
    while at >= 0:
        try:
            found, end = _DECODER.raw_decode(answer, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield found
        at = answer.find("{", end)


def _spoken(found: Mapping[str, Any]) -> dict[str, Any]:
    """An object's fields by our names, with those of a nested `attributes` object or list."""
    nested = found.get("attributes")
    rows: list[tuple[object, Any]] = list(found.items())
    if isinstance(nested, dict):
        rows += nested.items()
    elif isinstance(nested, list):
        rows += [(row["name"], row) for row in nested if isinstance(row, dict) and "name" in row]
    named = {name.strip().casefold(): value for name, value in rows if isinstance(name, str)}
    return {_SPELLINGS.get(name, name): value for name, value in named.items()}


def _confidence(name: str, said: Mapping[str, Any]) -> float:
    """How sure the model says it is of an attribute: beside the value, by its name, or of everything at once."""
    beside, of_all = said[name], said.get("confidence")
    given = beside.get("confidence") if isinstance(beside, dict) else None
    by_name = of_all.get(name) if isinstance(of_all, dict) else of_all
    shares = (_share(given), _share(by_name), UNCHECKED)
    return next(share for share in shares if share is not None)


def _value(name: str, raw: object) -> str:
    """A value in plain lower-case words, or "" where it is anything else."""
    text = _plain(_inner(raw)).casefold().rstrip(".")
    if text in _UNKNOWN or len(text) > VALUE_AT_MOST or not _WORDS.fullmatch(text) or not _harmless(text):
        return ""
    return "" if name == "condition" and text not in _CONDITIONS else text


def _caption(raw: object, *, chinese: bool) -> str:
    """A caption as it may be said, or "": a short line that addresses nobody and states nothing that needs evidence."""
    text = _plain(raw)
    ideographs = sum("\u3400" <= c <= "\u9fff" for c in text)
    if chinese != (ideographs * 3 >= max(1, len(text))):
        return ""
    if len(text) > CAPTION_AT_MOST or not _CAPTION.fullmatch(text) or any(c.isdigit() for c in text):
        return ""
    if not _harmless(text):
        return ""
    return text if text[-1] in ".。" else text + ("。" if chinese else ".")


def _harmless(text: str) -> bool:
    return not _ADDRESSING.search(text) and not Facts().fault(text)


def _inner(raw: object) -> object:
    """The word in `{"value": word}` or `[word, …]`."""
    if isinstance(raw, dict):
        return raw.get("value")
    return raw[0] if isinstance(raw, list) and raw else raw


def _says_unknown(raw: object) -> bool:
    inner = _inner(raw)
    return inner is None or (isinstance(inner, str) and _plain(inner).casefold() in _UNKNOWN)


def _share(raw: object) -> float | None:
    """A confidence between 0 and 1: 0.8, "0.8", "80%" and 80 are the same, and what is no share, such as 7, is 0."""
    if isinstance(raw, bool):
        return None
    percent = isinstance(raw, str) and raw.strip().endswith("%")
    try:
        number = float(str(raw).strip().rstrip("%")) if isinstance(raw, str | int | float) else math.nan
    except ValueError:
        return None
    if math.isnan(number) or math.isinf(number):
        return None
    if percent or 10 < number <= 100:
        number /= 100
    return min(max(number, 0.0), 1.0) if number <= 1 else 0.0


def _plain(raw: object) -> str:
    """A string on one line without invisible characters; "" for anything that is no string."""
    if not isinstance(raw, str):
        return ""
    shown = "".join(c if not unicodedata.category(c).startswith("C") else " " for c in raw)
    return " ".join(unicodedata.normalize("NFKC", shown).split())
