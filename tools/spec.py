"""A tool is a function with a docstring, an effect and the assurance it needs."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from retrieval.documents import Language, Product
from retrieval.roles import Searcher
from tools.arguments import Arguments
from tools.people.people import ALWAYS, People
from tools.port import Shop
from tools.quotes import Confirmed, Quote
from tools.records import Assurance, CustomerScope
from tools.results import Ok


class Effect(enum.StrEnum):
    """What a call does. A `write` is never run on a brain's word alone: the gate asks the customer first."""

    READ = "read"
    WRITE = "write"
    HANDOFF = "handoff"


class Catalogue(Protocol):
    """The shop's products by their ids."""

    def product(self, product_id: str) -> Product | None: ...


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a tool works with and no brain can choose: the shop, its people, who asks, and what they said yes to."""

    shop: Shop
    searcher: Searcher
    catalogue: Catalogue
    scope: CustomerScope
    conversation_id: str
    language: Language
    clock: Callable[[], datetime]
    confirmed: Confirmed | None = None
    people: People = ALWAYS


A = TypeVar("A", bound=Arguments)
Run = Callable[[ToolContext, A], Awaitable[Ok]]
Preview = Callable[[ToolContext, A], Awaitable[Quote]]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as brains see it (`name`, `summary`, `arguments`) and as the gate judges it (`effect`, `assurance`).

    `run` returns `Ok` or raises a `ToolError`; call it through `Registry.call`, which checks first and never raises.
    A write also has a `preview`, which changes nothing and tells exactly what `run` would do: `Registry.preview`.
    """

    name: str
    summary: str
    arguments: type[Arguments]
    effect: Effect
    assurance: Assurance
    run: Run[Any]
    preview: Preview[Any] | None = None


def tool(
    arguments: type[A], *, effect: Effect = Effect.READ, assurance: Assurance = Assurance.ANONYMOUS
) -> Callable[[Run[A]], ToolSpec]:
    """Make a tool of a function: its name is the tool's name and its docstring tells brains what it does."""

    def make(run: Run[A]) -> ToolSpec:
        summary = inspect.getdoc(run)
        if not summary:
            raise TypeError(f"the tool {run!r} needs a docstring: brains read it")
        return ToolSpec(getattr(run, "__name__", ""), summary, arguments, effect, assurance, run)

    return make
