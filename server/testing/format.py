"""What a `*.chat.yaml` may say. Rasa's words are kept: `test_cases`, `steps`, `user`, `bot`; the rest is about acts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from agent.need import Intent
from retrieval.documents import Language
from server.testing.fixtures import Clock, Ending, Fixtures, Given, Part, Several, Words
from server.testing.simulated import Simulated
from server.wire.events import Control

DIALECT = "https://json-schema.org/draft/2020-12/schema"
STEP_SECONDS = 60.0
"""How long a step waits for its answer where the file names no time."""


Seconds = Annotated[float, Field(gt=0, le=600, strict=True)]
EventType = Literal[
    "message.created",
    "message.deleted",
    "turn.started",
    "turn.ended",
    "photo.described",
    "explain",
    "control.changed",
    "handoff.email",
    "confirmation.settled",
    "feedback.given",
    "conversation.closed",
    "csat.request",
    "csat.submitted",
]
"""The stored events that a visitor may see."""

Question = Literal[
    "identity",
    "handoff",
    "confirm",
    "order",
    "change",
    "items",
    "reason",
    "variant",
    "address",
    "method",
    "new_email",
    "subscription",
    "action",
    "wish",
]
"""What the bot can ask for: `agent.memory.Asked`, and the slots of `agent.planning`."""


class Shown(Part):
    """A product that is shown."""

    id: Words
    rank: Annotated[int, Field(ge=1, strict=True, description="Its place among those shown, from 1.")] | None = None


class Call(Part):
    """A tool call."""

    name: Words
    arguments: Annotated[dict[str, Any], Field(description="Arguments that it has; others may be there too.")] = Field(
        default_factory=dict
    )
    outcome: Annotated[str, Field(description="`ok`, or the code of a refusal.")] = "ok"


def _shown(value: object) -> object:
    """A product by its id alone."""
    return {"id": value} if isinstance(value, str) else value


def _call(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


ShownProduct = Annotated[Shown, BeforeValidator(_shown, json_schema_input_type=str | Shown)]
ToolCall = Annotated[Call, BeforeValidator(_call, json_schema_input_type=str | Call)]


class Expected(Part):
    """What the bot does after the customer's step; everything that is named must hold."""

    contains: Annotated[Several, Field(description="Words that the reply has (capitals do not matter).")] = ()
    not_contains: Annotated[Several, Field(description="Words that it does not have.")] = ()
    matches: Annotated[str, Field(description="A regular expression that is found in it.")] | None = None
    language: Annotated[Language, Field(description="The language of the reply.")] | None = None
    faq: Annotated[Several, Field(description="Ids of the FAQ entries that it cites.")] = ()
    no_faq: Annotated[Literal[True], Field(description="It cites no FAQ entry.")] | None = None
    products: Annotated[
        tuple[ShownProduct, ...], Field(description="Products that are shown: an id, or id and rank.")
    ] = ()
    not_products: Annotated[Several, Field(description="Ids of products that are not shown.")] = ()
    no_products: Annotated[Literal[True], Field(description="No product is shown.")] | None = None
    orders: Annotated[Several, Field(description="Numbers of the orders that are shown.")] = ()
    no_orders: Annotated[Literal[True], Field(description="No order is shown.")] | None = None
    tools: Annotated[
        tuple[ToolCall, ...], Field(description="Tool calls in this order; others may come between them.")
    ] = ()
    no_tools: Annotated[Several, Field(description="Tools that are not called.")] = ()
    card: Annotated[str, Field(description="The operation that a card asks the customer to confirm.")] | None = None
    no_card: Annotated[Literal[True], Field(description="No card is shown.")] | None = None
    intent: Annotated[Intent, Field(description="What the customer was understood to want.")] | None = None
    asked: (
        Annotated[Question, Field(description="What the bot asks for, and takes the next message to answer.")] | None
    ) = None
    grounded: (
        Annotated[Literal[True], Field(description="Every number, name and promise of the reply is known to the shop.")]
        | None
    ) = None
    within: Annotated[
        dict[EventType, Seconds], Field(description="Events that come within so many seconds of the customer's step.")
    ] = Field(default_factory=dict)
    mode: Annotated[Control, Field(description="Who answers from here on.")] | None = None

    @field_validator("matches")
    @classmethod
    def _is_a_pattern(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"a regular expression; this one is none: {error}") from None
        return pattern

    @model_validator(mode="after")
    def _expects_something(self) -> Expected:
        empty = [name for name in self.model_fields_set if getattr(self, name) in ((), {}, None, "")]
        if empty or not self.model_fields_set:
            raise ValueError(f"something in {empty[0] if empty else 'bot'}")
        return self


def _said(value: object) -> object:
    """Words alone are words that the reply has."""
    return {"contains": value} if isinstance(value, str) else value


Bot = Annotated[Expected, BeforeValidator(_said, json_schema_input_type=str | Expected)]


def _true_or_words(value: object) -> object:
    if value is not True and not (isinstance(value, str) and value.strip()):
        raise ValueError("true, or a note in words")
    return value


class Staff(Part):
    """What somebody of the shop does in the console; more than one is done in this order."""

    take_over: Annotated[Words, Field(description="Answer oneself; the name that the customer sees.")] | None = None
    write: Annotated[Words, Field(description="Write this to the customer.")] | None = None
    note: Annotated[Words, Field(description="Write a note that only the shop's people see.")] | None = None
    hand_back: (
        Annotated[
            bool | str,
            BeforeValidator(_true_or_words, json_schema_input_type=Literal[True] | str),
            Field(description="Let the bot answer again; words are a note that it alone reads."),
        ]
        | None
    ) = None
    close: Annotated[Literal[True], Field(description="End the conversation.")] | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Staff:
        if all(getattr(self, name) is None for name in type(self).model_fields):
            raise ValueError(f"one of {', '.join(type(self).model_fields)} in staff")
        return self


ACTIONS = ("user", "photo", "button", "feedback", "handoff", "staff", "server", "bot")
ACCIDENTS = ("send_twice", "drop_after", "restart_after", "slow_reader")


class Step(Part):
    """One thing that happens: the customer does something (`user`, `photo` or both, `button`, `feedback`, `handoff`),
    the shop's people do (`staff`), the server restarts (`server`); or what must have come of it (`bot`)."""

    user: Annotated[str, Field(description="What the customer writes.")] | None = None
    photo: Annotated[str, Field(description="A photo they send: a file beside this one.")] | None = None
    button: (
        Annotated[
            str,
            Field(description="The label of a quick reply of the last message, or `confirm` or `decline` of its card."),
        ]
        | None
    ) = None
    earlier: (
        Annotated[
            int, Field(ge=1, strict=True, description="Beside button: of the message with buttons so many before.")
        ]
        | None
    ) = None
    feedback: Annotated[Literal["up", "down"], Field(description="A thumb for the bot's last message.")] | None = None
    handoff: (
        Annotated[Literal["request", "cancel"], Field(description="Ask for a person, or go back to the bot.")] | None
    ) = None
    staff: Annotated[Staff, Field(description="What somebody of the shop does in the console.")] | None = None
    server: (
        Annotated[Literal["restart"], Field(description="Kill the server and start it again on what it has stored.")]
        | None
    ) = None
    bot: Annotated[Bot, Field(description="What must happen; words alone are words that the reply has.")] | None = None
    seconds: Annotated[Seconds, Field(description="How long to wait for the answer; 60 without it.")] = STEP_SECONDS
    send_twice: Annotated[
        Literal[True] | None, Field(description="Send the same message twice, as a phone does on a bad line.")
    ] = None
    drop_after: (
        Annotated[
            int, Field(ge=1, strict=True, description="Lose the connection after so many events, then come back.")
        ]
        | None
    ) = None
    restart_after: (
        Annotated[
            int, Field(ge=1, strict=True, description="Kill the server after so many events, and start it again.")
        ]
        | None
    ) = None
    slow_reader: (
        Annotated[Seconds, Field(description="The customer's page reads nothing for so many seconds.")] | None
    ) = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> Step:
        done = [name for name in ACTIONS if getattr(self, name) is not None]
        if len(done) != 1 and done != ["user", "photo"]:
            raise ValueError(f"one of {', '.join(ACTIONS)} (or user with photo) in a step")
        said = self.user is not None or self.photo is not None or self.button is not None
        accidents = [name for name in ACCIDENTS if getattr(self, name) is not None]
        if not said and accidents:
            raise ValueError(f"{accidents[0]} beside user, photo or button")
        if self.earlier is not None and self.button is None:
            raise ValueError("earlier beside button")
        if self.drop_after and self.restart_after:
            raise ValueError("drop_after or restart_after, not both")
        if self.user is not None and not self.user.strip():
            raise ValueError("words in user")
        return self


class Case(Part):
    """A conversation of a new visitor from its beginning."""

    test_case: Annotated[Words, Field(description="What it shows, in words; no two of a file are the same.")]
    steps: tuple[Step, ...] = ()
    customer: Annotated[Simulated, Field(description="In place of steps: a customer who reacts.")] | None = None
    visitor_never_sees: Annotated[
        Several, Field(description="Words that are in nothing the visitor's page is sent, from beginning to end.")
    ] = ()
    end: Annotated[Ending, Field(description="How things stand at the end; a mode alone says who answers.")] | None = (
        None
    )
    clock: Clock | None = None
    fixtures: Annotated[Fixtures, Field(description="What is otherwise than in the file's fixtures.")] | None = None

    @model_validator(mode="after")
    def _begins_with_the_customer(self) -> Case:
        if bool(self.steps) == (self.customer is not None):
            raise ValueError("either steps or customer")
        if self.steps and self.steps[0].bot is not None:
            raise ValueError("a step of the customer before the first bot")
        return self


class Script(Part):
    """A file of conversations."""

    test_cases: Annotated[tuple[Case, ...], Field(min_length=1)]
    clock: Clock | None = None
    fixtures: Annotated[Fixtures, Field(description="What the shop is like in all cases of this file.")] | None = None


class Located(BaseModel):
    """A case with its file and line, the lines of its steps, and what is given before it begins."""

    model_config = ConfigDict(frozen=True)

    path: Path
    line: int
    lines: tuple[int, ...]
    case: Case
    given: Given = Given()

    @property
    def name(self) -> str:
        """What names the case on the command line: `FILE::TEST CASE`."""
        return f"{self.path}::{self.case.test_case}"


def script_schema() -> dict[str, Any]:
    """The format as JSON Schema, for editors."""
    return {"$schema": DIALECT, **Script.model_json_schema(mode="validation")}
