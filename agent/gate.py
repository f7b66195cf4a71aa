"""The gate: every tool call passes here, whichever brain asks, and every call gets an answer.

Identity and ownership come from the conversation, never from arguments. A refusal is a typed result that the brain must
put into words; it never ends the turn. A write is never made here: it becomes a card that ends the turn, and what the
customer says to it begins the next one (`agent/confirming.py`).
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import AgentState, ToolCallRequest
from langchain_core.messages import ToolMessage
from langgraph.types import Command

from agent.acting import Acting
from agent.adapt import told
from agent.confirming import Confirmations
from agent.corroborate import Own
from agent.events import EmailLeft, HandoffAsked, IdentityProven, ToolRan
from agent.names import Ticks
from agent.own_words import photos_of, shown_by, words_of
from tools import handoff
from tools.handoff import PersonAsked
from tools.registry import Registry
from tools.results import Err, Ok, Result
from tools.spec import Effect

CALLS_AT_MOST = 12  # a turn
ATTEMPTS_AT_MOST = 5  # a conversation
REMEMBERED_AT_MOST = 10_000  # conversations whose attempts are counted here
ARGUMENT_AT_MOST = 200  # characters of an argument that audit keeps

VERIFY = "verify_identity"
LEAVE_EMAIL = "leave_email"
AWAITING = "awaiting_confirmation"

log = logging.getLogger(__name__)

Handler = Callable[[ToolCallRequest], Awaitable[ToolMessage | Command[Any]]]


class Gate(AgentMiddleware[AgentState[Any], Acting]):
    """Refuses what the customer may not see or do, and keeps the books of what ran."""

    def __init__(self, registry: Registry, confirmations: Confirmations, ticks: Ticks = time.perf_counter) -> None:
        super().__init__()
        self._registry = registry
        self._confirmations = confirmations
        self._ticks = ticks
        self._attempts: OrderedDict[str, int] = OrderedDict()

    async def awrap_tool_call(self, request: ToolCallRequest, handler: Handler) -> ToolMessage | Command[Any]:
        acting = cast(Acting, request.runtime.context)
        call, started = request.tool_call, self._ticks()
        name, arguments = str(call["name"]), dict(call["args"] or {})
        result = self._refusal(name, arguments, acting) or await self._tried(name, arguments, acting, request, handler)
        if name == VERIFY:
            self._count(acting, result)
        acting.add(name, arguments, result)
        write = request.runtime.stream_writer
        milliseconds = (self._ticks() - started) * 1000
        outcome = "ok" if isinstance(result, Ok) else result.code
        write(ToolRan(str(call["id"]), name[:64], _shortened(arguments), outcome, milliseconds))
        if isinstance(result, Ok) and result.scope is not None:
            write(IdentityProven(result.scope))
        match result:
            case Ok(value=PersonAsked() as asked):
                write(HandoffAsked(asked.reason, asked.summary, asked.there))
            case Ok(value=handoff.EmailLeft(email)):
                write(EmailLeft(email))
        status = "success" if isinstance(result, Ok) else "error"
        return ToolMessage(content=told(result), artifact=result, name=name, tool_call_id=call["id"], status=status)

    def _refusal(self, name: str, arguments: dict[str, object], acting: Acting) -> Err | None:  # noqa: PLR0911 - one line a reason
        """Why a call may not even be tried."""
        if name not in self._registry:
            known = ", ".join(spec.name for spec in self._registry)
            return Err("unknown_tool", f"there is no such tool; there are {known}")
        spec = self._registry[name]
        if len(acting.ran) >= CALLS_AT_MOST:
            return Err("too_many_calls", f"at most {CALLS_AT_MOST} calls a turn; answer with what is known")
        if acting.tools.scope.assurance < spec.assurance:
            return Err("identity_required", "the customer must first prove who they are by e-mail and order number")
        if spec.effect is Effect.WRITE and acting.card is not None:
            return Err("one_at_a_time", "a card waits for the customer's yes; propose the next change after it")
        if spec.effect is Effect.HANDOFF and any(r.name == name and isinstance(r.result, Ok) for r in acting.ran):
            return Err("already_done", "a person has been asked for already")
        if name == LEAVE_EMAIL and not _is_theirs(arguments.get("email"), acting):
            return Err("not_asked_for", "the customer has not given this address; ask them for one")
        if name == VERIFY and self._attempts_of(acting) >= ATTEMPTS_AT_MOST:
            return Err("too_many_attempts", "too many attempts in this conversation; offer a person")
        return None

    async def _tried(
        self, name: str, arguments: dict[str, object], acting: Acting, request: ToolCallRequest, handler: Handler
    ) -> Result:
        if self._registry[name].effect is Effect.WRITE:
            return await self._propose(name, arguments, acting)
        return await self._run(request, handler)

    async def _propose(self, name: str, arguments: dict[str, object], acting: Acting) -> Result:
        """A card for the customer in place of the write. Its answer ends the turn, so it is never a success."""
        own = Own(words_of(acting.brief), photos_of(acting.brief), shown_by(acting.brief))
        try:
            proposed = await self._confirmations.propose(name, arguments, acting.brief.conversation, own, acting.tools)
        except Exception:
            log.exception("proposing failed", extra={"tool": name})
            return Err("tool_failed", "the tool failed for a reason of its own; do not try it again in this turn")
        if isinstance(proposed, Err):
            return proposed
        acting.card = proposed
        return Err(AWAITING, "the customer sees a card with exactly this and must say yes before anything is changed")

    async def _run(self, request: ToolCallRequest, handler: Handler) -> Result:
        """The tool's own result. Whatever goes wrong on the way is told to nobody."""
        try:
            message = await handler(request)
        except Exception:
            return Err("tool_failed", "the tool failed for a reason of its own; do not try it again in this turn")
        artifact = getattr(message, "artifact", None)
        if isinstance(artifact, Ok | Err):
            return artifact
        return Err("bad_arguments", "the call does not fit the tool")

    def _attempts_of(self, acting: Acting) -> int:
        """Attempts by the conversation's memory or by our own count: a turn that is stopped leaves no memory."""
        return max(acting.attempts, self._attempts.get(acting.tools.conversation_id, 0))

    def _count(self, acting: Acting, result: Result) -> None:
        if isinstance(result, Err) and result.code in ("identity_not_proven", "another_customer"):
            acting.attempts = self._attempts_of(acting) + 1
            self._attempts[acting.tools.conversation_id] = acting.attempts
            self._attempts.move_to_end(acting.tools.conversation_id)
            if len(self._attempts) > REMEMBERED_AT_MOST:
                self._attempts.popitem(last=False)


def _is_theirs(email: object, acting: Acting) -> bool:
    """Whether an address stands in the customer's own words: what the shop writes goes to nobody else's."""
    address = "".join(str(email).split()).casefold()
    said = "".join("\n".join(words_of(acting.brief)).replace("＠", "@").split()).casefold()
    return "@" in address and address in said


def _shortened(arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        str(k)[:64]: v if isinstance(v, int | float | bool) else str(v)[:ARGUMENT_AT_MOST] for k, v in arguments.items()
    }
