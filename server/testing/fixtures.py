"""What a script may fix before a conversation begins (clock, shop, customer, policy, FAQ) and ask for at its end."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from retrieval.documents import Language
from server.wire.events import Control


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Words = Annotated[str, StringConstraints(min_length=1)]
Several = Annotated[tuple[Words, ...], BeforeValidator(_several, json_schema_input_type=str | list[str])]
Clock = Annotated[
    AwareDatetime,
    Field(description="The time stands at this moment, as in 2026-11-26T10:00:00Z; without it, it is now."),
]


class Part(BaseModel):
    """A part of a script."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SignedIn(Part):
    """A customer who is signed in at the shop."""

    id: Annotated[Words, Field(description="Their id in the shop.")]
    name: str = ""
    email: str = ""


class FaqEdit(Part):
    """Another answer of the shop, a new one, or one that is gone."""

    answer: Words | None = None
    question: Annotated[Words, Field(description="A new entry needs one.")] | None = None
    language: Language | None = None
    variants: Annotated[Several, Field(description="Other ways to ask it.")] = ()
    removed: Annotated[Literal[True], Field(description="The shop has no such entry.")] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> FaqEdit:
        if self.removed and (self.answer or self.question or self.variants):
            raise ValueError("either `removed: true` or what the entry says")
        if not (self.removed or self.answer or self.question or self.variants):
            raise ValueError("an answer, a question, variants, or `removed: true`")
        return self


class DataSet(Part):
    """Where a shop's records are: the demo's (neither), a folder, or a folder of tau-bench."""

    folder: Annotated[Words, Field(description="products.* and faq.* as `vitrine import` takes them.")] | None = None
    tau: Annotated[Words, Field(description="users.json, orders.json and products.json of tau-bench.")] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> DataSet:
        if self.folder and self.tau:
            raise ValueError("a folder or tau, not both")
        return self


def _data_set(value: object) -> object:
    """`demo`, or a folder."""
    return {} if value == "demo" else {"folder": value} if isinstance(value, str) else value


def _policy(value: object) -> object:
    if not isinstance(value, str | dict) or not value:
        raise ValueError("a policy file, or keys with values: what is otherwise than in the shop's policy")
    return value


def _customer(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value


def _answer(value: object) -> object:
    """Words alone are the answer."""
    return {"answer": value} if isinstance(value, str) else value


Edit = Annotated[FaqEdit, BeforeValidator(_answer, json_schema_input_type=str | FaqEdit)]


class Fixtures(Part):
    """What the shop is like; a case that names some has a server of its own, which starts with just this."""

    shop: Annotated[
        DataSet,
        BeforeValidator(_data_set, json_schema_input_type=str | DataSet),
        Field(description="`demo`, a folder with products.* and faq.*, or `{tau: FOLDER}`."),
    ] = DataSet()
    signed_in: (
        Annotated[
            SignedIn,
            BeforeValidator(_customer, json_schema_input_type=str | SignedIn),
            Field(description="The customer who is signed in: their id, or id, name and email."),
        ]
        | None
    ) = None
    policy: (
        Annotated[
            Any,
            BeforeValidator(_policy, json_schema_input_type=str | dict[str, Any]),
            Field(description="A policy file, or what is otherwise than in the shop's policy."),
        ]
        | None
    ) = None
    faq: Annotated[
        dict[Words, Edit], Field(description="FAQ entries by id: another answer, or a whole new entry.")
    ] = {}


class Given(Part):
    """Clock and fixtures of a case: its own, and for what it does not name those of its file."""

    clock: Clock | None = None
    fixtures: Fixtures = Fixtures()

    @classmethod
    def of(cls, *parts: tuple[Any, Fixtures | None]) -> Given:
        """The clocks and fixtures of a file and of a case put together; the later one counts."""
        clock, chosen = None, dict[str, Any]()
        for moment, fixtures in parts:
            clock = moment or clock
            chosen |= {name: getattr(fixtures, name) for name in fixtures.model_fields_set} if fixtures else {}
        return cls(clock=clock, fixtures=Fixtures.model_construct(**chosen))


class Change(Part):
    """A change as it should have been made."""

    name: Annotated[Words, Field(description="The tool.")]
    arguments: dict[str, Any] = {}
    customer: (
        Annotated[Words, Field(description="Whose account, where neither the order nor `signed_in` tells.")] | None
    ) = None


class Database(Part):
    """What customers, orders and subscriptions must be like: as before with these changes made, or as a file says."""

    changes: tuple[Change, ...] | None = None
    snapshot: Words | None = None


def _database(value: object) -> object:
    match value:
        case "unchanged":
            return {"changes": ()}
        case str():
            return {"snapshot": value}
        case list() | tuple():
            return {"changes": value}
    return value


class End(Part):
    """Where things stand when the conversation is over."""

    mode: Annotated[Control, Field(description="Who answers.")] | None = None
    database: (
        Annotated[
            Database,
            BeforeValidator(_database, json_schema_input_type=str | list[Change]),
            Field(
                description="`unchanged`, a list of the changes that were to be made, or a JSON file to compare with."
            ),
        ]
        | None
    ) = None
    ledger: Annotated[int, Field(ge=0, strict=True, description="How many changes the shop's ledger has.")] | None = (
        None
    )

    @property
    def looks_into_the_shop(self) -> bool:
        return self.database is not None or self.ledger is not None

    @model_validator(mode="after")
    def _says_something(self) -> End:
        if self.mode is None and not self.looks_into_the_shop:
            raise ValueError("mode, database or ledger in end")
        return self


def _mode(value: object) -> object:
    """A mode alone."""
    return {"mode": value} if isinstance(value, str) else value


Ending = Annotated[End, BeforeValidator(_mode, json_schema_input_type=Control | End)]
