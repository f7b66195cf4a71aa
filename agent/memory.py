"""What one turn leaves for the next: small, JSON, kept by the log and shown to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.goals import GOALS_AT_MOST, Goal
from retrieval.documents import Language
from retrieval.filters import Condition, Filters, Operator

SHOWN_AT_MOST = 12
QUERY_AT_MOST = 300
VALUE_AT_MOST = 200  # of a condition, which may name several values
DONE_AT_MOST = 16

Asked = Literal["", "identity", "what", "which_product", "handoff", "email", "relax", "photo", "confirm"]


class Wish(BaseModel):
    """A search that a follow-up may refine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    query: str = Field(default="", max_length=QUERY_AT_MOST)
    conditions: tuple[tuple[str, Operator, str], ...] = Field(default=(), max_length=12)

    @property
    def filters(self) -> Filters:
        return Filters(tuple(Condition(*condition) for condition in self.conditions))

    @classmethod
    def of(cls, query: str, filters: Filters) -> Wish:
        conditions = tuple((c.field[:60], c.operator, c.value[:VALUE_AT_MOST]) for c in filters.conditions[:12])
        return cls(query=query[:QUERY_AT_MOST], conditions=conditions)


class Identity(BaseModel):
    """What a customer gave so far to prove who they are, and how often it did not fit.

    `proven` is an address that fitted: with it, another of their orders that they want changed needs only its number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: str = Field(default="", max_length=254)
    order_id: str = Field(default="", max_length=40)
    proven: str = Field(default="", max_length=254)
    attempts: int = 0


class Looked(BaseModel):
    """What the last photo says to a question that no catalogue can answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: Literal["number", "condition", "background"]
    value: str = Field(max_length=40)
    confidence: float


class Memory(BaseModel):
    """The last turn as the next one needs it: at most a few kilobytes, whatever was said.

    `photo` is set while the talk is of a photo that was sent, and `looked` keeps what it says. `done` are the
    changes that were made, each as its goal's family and its order. What went wrong is
    counted for `agent/person.py`: `misses` and `doubts` in a row, `anger` with calm messages taken off, and how often
    `slot` was asked for (`questions`).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    language: Language | None = None
    wish: Wish = Wish()
    shown: tuple[str, ...] = Field(default=(), max_length=SHOWN_AT_MOST)
    earlier: tuple[str, ...] = Field(default=(), max_length=SHOWN_AT_MOST)
    focus: str = Field(default="", max_length=100)
    asked: Asked = ""
    identity: Identity = Identity()
    misses: int = 0
    doubts: int = 0
    anger: int = 0
    questions: int = 0
    topic: str = Field(default="", max_length=40)
    goals: tuple[Goal, ...] = Field(default=(), max_length=GOALS_AT_MOST)
    slot: str = Field(default="", max_length=120)
    done: tuple[tuple[str, str], ...] = Field(default=(), max_length=DONE_AT_MOST)
    photo: bool = False
    looked: tuple[Looked, ...] = Field(default=(), max_length=6)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Memory:
        """The stored memory; one that cannot be read (an older version's) is forgotten rather than trusted."""
        try:
            return cls.model_validate(stored)
        except ValidationError:
            return cls()

    def after_people(self) -> Memory:
        """What is left once a person has answered: what they did is theirs to tell, so nothing is open any more."""
        return self.model_copy(
            update={"asked": "", "misses": 0, "doubts": 0, "anger": 0, "questions": 0, "goals": (), "slot": ""}
        )

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_defaults=True)
