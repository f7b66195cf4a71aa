"""A simulated customer reacts: says what is asked, confirms the card that is right and corrects the one that is not.

Nothing here knows how the bot works: it hears what the chat shows a customer, and which question of the console's log
is open. The method is that of the user simulator of task-oriented dialogue (agenda-based, Schatzmann et al. 2007): what
is wanted is an agenda, and what the system does decides which part of it is said next.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.testing.customers.persona import Goal, Persona
from server.testing.customers.phrasings import fill

ASKED_AT_MOST = 3
"""How often the same question is answered in its own words before the customer restates everything."""
REFUSED_AT_MOST = 2


@dataclass(frozen=True, slots=True)
class Proposed:
    """A change as a card or a tool call had it."""

    operation: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of the customer's last act.

    `asked` is the question that is open (`identity`, `order`, `items`, `variant:…`, `anything_else`, …), `card` the
    card that waits, `choices` the labels of quick replies, `done` are changes that were made and `refused` those that
    the shop does not make.
    """

    text: str
    asked: str = ""
    card: Proposed | None = None
    choices: tuple[str, ...] = ()
    done: tuple[Proposed, ...] = ()
    refused: tuple[Proposed, ...] = ()
    control: str = "bot"


@dataclass(frozen=True, slots=True)
class Say:
    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """Press a button: `confirm` or `decline` of the card, or a quick reply by its label."""

    button: str


Act = Say | Press


@dataclass
class _Pursued:
    """A goal on the agenda. `slipping` while its wrong first telling has not been corrected."""

    goal: Goal
    told: bool = False
    refused: int = 0
    slipping: bool = False


@dataclass
class SimulatedCustomer:
    """One customer in one conversation."""

    persona: Persona
    reached: list[Goal] = field(default_factory=list)
    given_up: list[Goal] = field(default_factory=list)
    unwanted: list[Proposed] = field(default_factory=list)
    """Changes that were made though no goal asks for them."""

    def __post_init__(self) -> None:
        style = self.persona.style
        self._chance = random.Random(self.persona.seed)
        self._agenda = [
            _Pursued(goal, slipping="changing" in style and bool(goal.slips)) for goal in self.persona.goals
        ]
        self._asked: dict[str, int] = {}
        self._digressed = "digressing" not in style
        self._hesitated = "hesitating" not in style

    @property
    def finished(self) -> bool:
        return not self._agenda

    def opens(self) -> Act:
        """The first words: all wishes at once, or only what the first is about."""
        if self.persona.opening:
            for pursued in self._agenda:
                pursued.told = True
            return Say(fill(self.persona.opening, self._values(None, chinese=False)))
        greeting = self._say("greeting", None)
        return Say(f"{greeting} {self._next_wish() if 'terse' in self.persona.style else self._all_wishes()}".strip())

    def reacts(self, heard: Heard) -> Act | None:
        """The next act, or None where nothing is left to say."""
        self._note(heard)
        if self.finished or heard.control != "bot":
            return None
        if heard.card is not None:
            return self._to_card(heard.card)
        if not self._digressed and heard.asked:
            self._digressed = True
            return Say(self._say("digression", None))
        if (label := self._label(heard)) is not None:
            return Press(label)
        return Say(self._to_question(heard))

    def _label(self, heard: Heard) -> str | None:
        """The quick reply that says what is wanted, for a question that words have not settled."""
        if not self._asked.get(heard.asked):
            return None
        labels = self._meant(heard, heard.asked.partition(":")[0]).goal.labels
        fitting = [label for label in heard.choices if label in labels]
        return fitting[0] if len(fitting) == 1 else None

    def _note(self, heard: Heard) -> None:
        for change in heard.done:
            met = next((p for p in self._agenda if not p.goal.differs(change.operation, change.arguments)), None)
            if met is None:
                self.unwanted.append(change)
                continue
            self._agenda.remove(met)
            self.reached.append(met.goal)
            self._asked.clear()
        for change in heard.refused:
            self._refused(change)

    def _refused(self, change: Proposed) -> None:
        order_id = change.arguments.get("order_id", "")
        meant = [p for p in self._agenda if p.goal.operation == change.operation and p.goal.order_id in ("", order_id)]
        for pursued in meant[:1]:
            pursued.refused += 1
            if pursued.refused >= REFUSED_AT_MOST:
                self._agenda.remove(pursued)
                self.given_up.append(pursued.goal)

    def _to_card(self, card: Proposed) -> Act:
        right = next((p for p in self._agenda if not p.goal.differs(card.operation, card.arguments)), None)
        if right is None:
            return Say(f"{self._say('no', None)} {self._correction(card)}")
        if not self._hesitated:
            self._hesitated = True
            right.told = False
            return Say(self._say("hesitate", None))
        in_words = self._chance.random() < 0.5
        return Say(self._say("yes", None)) if in_words else Press("confirm")

    def _correction(self, card: Proposed) -> str:
        """What is wrong with the card, in the words of the goal that comes nearest."""
        same = [p for p in self._agenda if p.goal.operation == card.operation]
        order_id = card.arguments.get("order_id", "")
        near = next((p for p in same if p.goal.order_id == order_id), (same or self._agenda)[0])
        wrong = near.goal.differs(card.operation, card.arguments)
        near.slipping = False
        if wrong == "operation" or self._often(f"card:{wrong}"):
            return self._restated(near)
        if wrong == "variant":
            return self._variants(near)
        return self._say(wrong, near) if self._can(wrong, near) else self._restated(near)

    def _to_question(self, heard: Heard) -> str:
        kind, _, _ = heard.asked.partition(":")
        pursued = self._meant(heard, kind)
        if kind == "anything_else" or not kind:
            return self._to_anything_else(pursued)
        if kind == "identity":
            return self._who(pursued)
        if self._often(heard.asked) or not self._can(kind, pursued):
            return self._restated(pursued)
        if kind == "variant":
            return self._variants(pursued, heard.text)
        return self._say(kind, pursued)

    def _to_anything_else(self, pursued: _Pursued) -> str:
        if any(not other.told for other in self._agenda):
            return self._next_wish()
        if self.persona.phrasings.has("anything_else") and not self._often("anything_else"):
            return self._say("anything_else", pursued)
        return self._restated(pursued)

    def _who(self, pursued: _Pursued) -> str:
        """Who they are, in their words and with the address, the one proof that every shop asks for; asked again, with
        the order too."""
        before, email = self._asked.get("identity", 0), self.persona.knows.get("email", "")
        if self._often("identity"):  # they have looked it up
            return f"{email}, {self._values(pursued, chinese=False)['order']}"
        said = self._say("order" if before else "identity", pursued)
        return said if email in said else f"{said} {email}"

    def _often(self, question: str) -> bool:
        """Whether a question has been asked so often that it gets everything instead of its answer."""
        self._asked[question] = self._asked.get(question, 0) + 1
        at_most = 2 if question == "anything_else" else ASKED_AT_MOST
        return self._asked[question] >= at_most

    def _meant(self, heard: Heard, kind: str) -> _Pursued:
        """The goal that a question is about: by the order or the item that it names, else the first that fits it."""
        fitting = [p for p in self._agenda if kind in p.goal.says or (kind == "variant" and p.goal.variants)]
        candidates = fitting or self._agenda
        named = [p for p in candidates if p.goal.order_id and p.goal.order_id in heard.text]
        if kind == "variant":
            named = [p for p in named or candidates if any(t.lower() in heard.text.lower() for t in p.goal.variants)]
        return (named or candidates)[0]

    def _variants(self, pursued: _Pursued, asked: str = "") -> str:
        """What is wanted in place of the item that is asked for, or of every one."""
        variants = pursued.goal.variants
        wanted = [words for title, words in variants.items() if title.lower() in asked.lower() or len(variants) == 1]
        if len(wanted) == 1:
            return self._say("variant", pursued, variant=wanted[0])
        return pursued.goal.says.get("swaps", "") or self._restated(pursued)

    def _can(self, kind: str, pursued: _Pursued) -> bool:
        """Whether there are words for the answer."""
        own = kind != "variant" and self.persona.phrasings.has(kind)
        return own or kind == "more" or kind in pursued.goal.says

    def _all_wishes(self) -> str:
        parts: list[str] = []
        for pursued in self._agenda:
            pursued.told = True
            parts += [self._say("next", None)] if parts else []
            parts.append(self._say(f"wish_{pursued.goal.operation}", pursued))
        return " ".join(filter(None, parts))

    def _next_wish(self) -> str:
        pursued = next(p for p in self._agenda if not p.told)
        pursued.told = True
        if self._hesitated and "hesitating" in self.persona.style and not self.reached:
            return f"{self._say('after_all', None)} {self._restated(pursued)}"
        kind = "hint" if "terse" in self.persona.style else "wish"
        return self._say(f"{kind}_{pursued.goal.operation}", pursued)

    def _restated(self, pursued: _Pursued) -> str:
        if self.persona.phrasings.has("unclear"):
            return self._say("unclear", pursued)
        return self._say(f"wish_{pursued.goal.operation}", pursued)

    def _say(self, act: str, pursued: _Pursued | None, **more: str) -> str:
        style, phrasings = self.persona.style, self.persona.phrasings
        chinese = "chinese" in style or ("bilingual" in style and self._chance.random() < 0.5)
        values = {**self._values(pursued, chinese=chinese), **more}
        language = "zh" if chinese else "en"
        return phrasings.say(act, values, self._chance, language=language, typos="typos" in style)

    def _values(self, pursued: _Pursued | None, *, chinese: bool) -> dict[str, str]:
        """What placeholders stand for: facts, then the goal's own words, in Chinese where it has them (`reason_zh`)."""
        goal = pursued.goal if pursued is not None else self._agenda[0].goal if self._agenda else None
        known = dict(self.persona.knows)
        if goal is None:
            return known
        said = dict(goal.says) | (dict(goal.slips) if pursued is not None and pursued.slipping else {})
        translated = {name[:-3]: words for name, words in said.items() if name.endswith("_zh")} if chinese else {}
        return {**known, "order": known.get("order1", ""), **said, **translated}
