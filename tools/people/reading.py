"""Reads a file about the shop's people (YAML), and says with line and column what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from tools.errors import ToolError
from tools.people.hours import MINUTES, OpeningHours, Span
from tools.people.people import WAIT_MINUTES, After, People, Topic
from tools.policy.checking import Fault
from tools.policy.composing import composed
from tools.policy.reading import text_of

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TOPICS_AT_MOST = 100
WORDS_AT_MOST = 500

_TOP = ("version", "timezone", "hours", "holidays", "wait_minutes", "after", "topics")
_TIME = r"([01]\d|2[0-4]):([0-5]\d)"
_SPAN = re.compile(rf"\s*{_TIME}\s*-\s*{_TIME}\s*")
_DAY = re.compile(r"(?:(\d{4})-)?(\d\d)-(\d\d)")
_A_LEAP_YEAR = 2024


class BadPeople(ToolError):
    """A file about people that cannot be used; `faults` are all that was found."""

    code = "bad_people"

    def __init__(self, name: str, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(f"{name}:{fault}" for fault in faults))
        self.faults = faults


def read_people(path: Path, intents: Collection[str]) -> People:
    """What a file says of the shop's people, or `BadPeople` with everything that is wrong with it.

    `intents` are those that a topic may name.
    """
    text = text_of(path, "a file about people", lambda message: BadPeople(path.name, (Fault(0, 0, message),)))
    root, fault = composed(text)
    reader = _Reader(frozenset(intents))
    people = reader.people(root) if fault is None else People()
    faults = reader.faults if fault is None else [fault]
    if faults:
        raise BadPeople(path.name, tuple(sorted(faults, key=lambda each: (each.line, each.column))))
    return people


class _Reader:
    """Walks the YAML's nodes, which know their places, and collects faults."""

    def __init__(self, intents: frozenset[str]) -> None:
        self.faults: list[Fault] = []
        self._intents = intents

    def people(self, root: yaml.Node | None) -> People:
        top = dict(self._entries(root, _TOP, "the file"))
        if root is None or not top:
            self._fault(root, f"the file has {', '.join(_TOP)}")
            return People()
        if self._text(top.get("version")) != "1":
            self._fault(top.get("version", root), "expected `version: 1`")
        return People(
            hours=self._opening_hours(top),
            wait_minutes=self._number(top["wait_minutes"], WAIT_MINUTES) if "wait_minutes" in top else WAIT_MINUTES,
            after=self._after(top.get("after")),
            topics=tuple(self._topics(top.get("topics"))),
        )

    def _opening_hours(self, top: dict[str, yaml.Node]) -> OpeningHours | None:
        if "hours" not in top:
            for name in ("timezone", "holidays"):
                if name in top:
                    self._fault(top[name], f"`{name}` says nothing without `hours`")
            return None
        zone = self._zone(top.get("timezone"), top["hours"])
        week: dict[str, tuple[Span, ...]] = {}
        for name, node in self._entries(top["hours"], WEEK, "hours"):
            week[name] = self._spans(node)
        if not any(week.values()):
            self._fault(top["hours"], "hours name at least one day: `monday: 09:00-17:30`")
        holidays: set[date] = set()
        yearly: set[tuple[int, int]] = set()
        for node in self._list(top.get("holidays"), "holidays"):
            self._holiday(node, holidays, yearly)
        days = tuple(week.get(name, ()) for name in WEEK)
        return OpeningHours(zone, days, frozenset(holidays), frozenset(yearly)) if zone else None

    def _zone(self, node: yaml.Node | None, hours: yaml.Node) -> ZoneInfo | None:
        name = self._text(node)
        try:
            return ZoneInfo(name)
        except (ValueError, OSError, LookupError):
            told = f"there is no time zone {name!r}" if name else "hours need a `timezone`"
            self._fault(node or hours, f"{told}; expected a name of IANA's such as Europe/Berlin")
            return None

    def _spans(self, node: yaml.Node) -> tuple[Span, ...]:
        """The spans of "09:00-12:30, 13:30-17:00", each after the one before; none of "closed"."""
        text = self._text(node)
        if text == "closed":
            return ()
        spans: list[Span] = []
        for part in text.split(","):
            match = _SPAN.fullmatch(part)
            opens, closes = (
                (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (0, 0)
            )
            if not opens < closes <= MINUTES or (spans and opens < spans[-1].closes):
                self._fault(
                    node,
                    "expected times of one day in order such as `09:00-12:30, 13:30-17:00`, or `closed`; what goes "
                    f"past midnight ends at 24:00 and goes on the next day at 00:00; got {text!r}",
                )
                return ()
            spans.append(Span(opens, closes))
        return tuple(spans)

    def _holiday(self, node: yaml.Node, holidays: set[date], yearly: set[tuple[int, int]]) -> None:
        match = _DAY.fullmatch(self._text(node))
        try:
            if match is None:
                raise ValueError
            day = date(int(match[1] or _A_LEAP_YEAR), int(match[2]), int(match[3]))
        except ValueError:
            self._fault(
                node, f"a holiday is `2026-12-25`, or `12-25` for that day of every year, not {self._text(node)!r}"
            )
            return
        if match[1]:
            holidays.add(day)
        else:
            yearly.add((day.month, day.day))

    def _after(self, node: yaml.Node | None) -> After:
        known = tuple(field.name for field in fields(After))
        counts = {name: self._count(value) for name, value in self._entries(node, known, "after")}
        return After(**counts)

    def _topics(self, node: yaml.Node | None) -> Iterator[Topic]:
        named: set[str] = set()
        nodes = list(self._list(node, "topics"))
        if len(nodes) > TOPICS_AT_MOST:
            self._fault(node, f"at most {TOPICS_AT_MOST} topics, not {len(nodes)}")
        for inner in nodes[:TOPICS_AT_MOST]:
            cells = dict(self._entries(inner, ("name", "words", "intents"), "a topic"))
            name = self._text(cells.get("name")).strip()
            words = tuple(filter(None, (self._text(w).strip() for w in self._list(cells.get("words"), "words"))))
            intents = {self._text(intent): intent for intent in self._list(cells.get("intents"), "intents")}
            for intent in intents.keys() - self._intents:
                self._fault(
                    intents[intent], f"there is no intent {intent!r}; there are {', '.join(sorted(self._intents))}"
                )
            if not name or name in named:
                self._fault(inner, "a topic has a `name` of its own")
            if not (words or intents):
                self._fault(inner, "a topic has `words`, `intents` or both")
            if len(words) > WORDS_AT_MOST:
                self._fault(inner, f"a topic has at most {WORDS_AT_MOST} words, not {len(words)}")
            named.add(name)
            yield Topic(name[:100], words, frozenset(intents))

    def _count(self, node: yaml.Node) -> int:
        text = self._text(node)
        if not re.fullmatch(r"\d{1,2}", text):
            self._fault(node, f"expected a number from 0 (never) to 99, not {text!r}")
            return 0
        return int(text)

    def _number(self, node: yaml.Node, otherwise: float) -> float:
        text = self._text(node)
        if not re.fullmatch(r"\d{1,4}(\.\d+)?", text):
            self._fault(node, f"expected minutes such as 10, or 0 (never), not {text!r}")
            return otherwise
        return float(text)

    def _entries(self, node: yaml.Node | None, known: Collection[str], what: str) -> Iterator[tuple[str, yaml.Node]]:
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return
        if not isinstance(node, yaml.MappingNode):
            self._fault(node, f"{what} is a mapping of names to values")
            return
        seen: set[str] = set()
        for key, value in node.value:
            name = self._text(key)
            if name not in known:
                self._fault(key, f"{what} has no {name!r}; it has {', '.join(known)}")
            elif name in seen:
                self._fault(key, f"{name!r} stands here twice")
            else:
                seen.add(name)
                yield name, value

    def _list(self, node: yaml.Node | None, what: str) -> Iterator[yaml.Node]:
        if node is None:
            return
        if not isinstance(node, yaml.SequenceNode):
            self._fault(node, f"{what} is a list")
            return
        yield from node.value

    def _text(self, node: yaml.Node | None) -> str:
        """A scalar as it is written, whatever YAML takes it for."""
        return str(node.value) if isinstance(node, yaml.ScalarNode) else ""

    def _fault(self, node: yaml.Node | None, message: str) -> None:
        mark = None if node is None else node.start_mark
        self.faults.append(Fault(*((mark.line + 1, mark.column + 1) if mark else (0, 0)), message))
