"""The tools that ask for a person: in the chat, or for an answer by e-mail where nobody is free."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from tools.arguments import Arguments
from tools.email_address import EmailAddress
from tools.results import Fact, Json, Ok
from tools.sentences import Sentence
from tools.spec import Effect, ToolContext, tool


@dataclass(frozen=True, slots=True)
class PersonAsked:
    """A person was asked for; `there` says whether one may come, `back` when they come again if that is known."""

    reason: str
    summary: str
    there: bool
    back: Sentence | None = None
    support_email: str = ""


@dataclass(frozen=True, slots=True)
class EmailLeft:
    """The customer wants a person's answer at this address."""

    email: str


class Handoff(Arguments):
    reason: str = Field(min_length=1, max_length=200, description="Why a person is needed, in a few words")
    summary: str = Field(min_length=1, max_length=2000, description="What the person must know to go on at once")


@tool(Handoff, effect=Effect.HANDOFF)
async def handoff(context: ToolContext, arguments: Handoff) -> Ok:
    """Ask for a person to take over the conversation, on request or where the tools cannot help.

    Where nobody is free, say when somebody is back, and ask whether an answer by e-mail would do and to which address.
    """
    now = context.clock()
    there, back = context.people.there(now), context.people.back(now)
    asked = PersonAsked(arguments.reason, arguments.summary, there, back, "" if there else context.people.support_email)
    told: dict[str, Json] = {"somebody_comes": there, **arguments.model_dump()}
    facts = [Fact("handoff.reason", arguments.reason, "customer")]
    if back is not None:
        told["somebody_is_back"] = back.zh if context.language == "zh" else back.en
        facts += [Fact("handoff.back", said, "shop_record") for said in (back.en, back.zh)]
    if asked.support_email:
        told["shop_email"] = asked.support_email
        facts.append(Fact("handoff.support", asked.support_email, "shop_record"))
    return Ok(told, tuple(facts), asked)


class LeaveEmail(Arguments):
    email: EmailAddress = Field(description="The address as the customer gave it in this conversation")


@tool(LeaveEmail, effect=Effect.HANDOFF)
async def leave_email(context: ToolContext, arguments: LeaveEmail) -> Ok:
    """Note that the customer wants a person's answer by e-mail; only after `handoff` has found nobody free."""
    # It is noted now, so it may be said back; that it is the customer's own is for the gate to see to.
    facts = (Fact("handoff.email", arguments.email, "shop_record"),)
    return Ok({"answer_comes_to": arguments.email}, facts, EmailLeft(arguments.email))
