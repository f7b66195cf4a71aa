"""What the rules brain decides: a call, or what to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.brief import Brief
from prompts import Prompts
from retrieval.documents import Language
from tools.records import Assurance, CustomerScope
from tools.results import Err, Ok, Result


@dataclass(frozen=True, slots=True)
class Call:
    """Ask for a tool."""

    name: str
    arguments: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Say:
    """Say this, with marks on what it points at; it ends the turn."""

    text: str


Act = Call | Say


@dataclass(frozen=True, slots=True)
class Words:
    """The brain's own words in one language."""

    prompts: Prompts
    language: Language

    def __call__(self, name: str, **values: object) -> str:
        return self.prompts[f"say.{name}", self.language].render(**values)

    def for_staff(self, name: str, **values: object) -> str:
        """Words for the shop's people, which no customer reads."""
        return self.prompts[f"staff.{name}", "en"].render(**values)


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a decision rests on: the brief, and the results of this turn's calls so far, oldest first.

    `calls` are the same results with their arguments.
    """

    brief: Brief
    results: Sequence[tuple[str, Result]]
    words: Words
    calls: Sequence[tuple[str, Mapping[str, object], Result]] = ()

    def ok(self, name: str) -> Ok | None:
        """The newest result of a tool, where it worked."""
        return next((r for n, r in reversed(self.results) if n == name and isinstance(r, Ok)), None)

    def err(self, name: str) -> Err | None:
        """The newest result of a tool, where it did not work."""
        newest = next((r for n, r in reversed(self.results) if n == name), None)
        return newest if isinstance(newest, Err) else None

    @property
    def scope(self) -> CustomerScope:
        """What the customer has proven by now."""
        proven = (r.scope for _, r in reversed(self.results) if isinstance(r, Ok) and r.scope is not None)
        return next(proven, self.brief.conversation.scope)

    @property
    def known(self) -> bool:
        return self.scope.assurance > Assurance.ANONYMOUS


def marks(kind: str, ids: Sequence[str]) -> str:
    """Marks that point at evidence; they are never shown."""
    return "".join(f"[[{kind}:{i}]]" for i in ids)
