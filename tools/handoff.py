"""The tool that asks for a person."""

from __future__ import annotations

from pydantic import Field

from tools.arguments import Arguments
from tools.results import Fact, Ok
from tools.spec import Effect, ToolContext, tool


class Handoff(Arguments):
    reason: str = Field(min_length=1, max_length=200, description="Why a person is needed, in a few words")
    summary: str = Field(min_length=1, max_length=2000, description="What the person must know to go on at once")


@tool(Handoff, effect=Effect.HANDOFF)
async def handoff(context: ToolContext, arguments: Handoff) -> Ok:
    """Ask for a person to take over the conversation, on request or where the tools cannot help."""
    told = arguments.model_dump()
    return Ok({"handed_over": True, **told}, (Fact("handoff.reason", arguments.reason, "customer"),), arguments)
