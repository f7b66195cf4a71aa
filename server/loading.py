"""Models load while pages are already served: what stands in for the parts until they are there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING

from agent.conversation import Conversation, Message
from agent.events import TurnEnded, TurnEvent
from server.metrics import Metrics
from server.pictures import with_addresses
from server.tracing import Tracing

if TYPE_CHECKING:
    from server.parts import Parts

log = logging.getLogger(__name__)


class LoadingParts:
    """Opens the parts in a thread. It is also an `Answers`: turns that come early wait, sockets and pages do not."""

    def __init__(self, open_parts: Callable[[], Parts], metrics: Metrics, tracing: Tracing | None = None) -> None:
        self._open = open_parts
        self._metrics = metrics
        self._tracing = tracing or Tracing()
        self._opened: asyncio.Task[Parts] | None = None

    def start(self) -> None:
        self._opened = asyncio.create_task(asyncio.to_thread(self._open))
        self._opened.add_done_callback(_report)

    async def parts(self) -> Parts:
        """The parts, when they are there; raises what opening them raised."""
        if self._opened is None:
            raise RuntimeError("the parts are asked for before the server has started")
        return await asyncio.shield(self._opened)

    @property
    def now(self) -> Parts | None:
        """The parts, if they are there already."""
        done = self._opened is not None and self._opened.done() and not self._opened.cancelled()
        return self._opened.result() if done and self._opened and self._opened.exception() is None else None

    @property
    def state(self) -> str:
        """`ready`, `loading`, or why it failed."""
        if self.now is not None:
            return "ready"
        if self._opened is not None and self._opened.done():
            return f"failed: {self._opened.exception()}"
        return "loading"

    async def run(self, conversation: Conversation, messages: tuple[Message, ...]) -> AsyncGenerator[TurnEvent, None]:
        outcome, timings = "stopped", dict[str, float]()
        with self._metrics.turns_inflight.track_inprogress():
            spans = self._tracing.turn()
            try:
                parts = await self.parts()
                async with aclosing(parts.turn.run(conversation, messages)) as events:
                    async for event in events:
                        spans.saw(event)
                        if isinstance(event, TurnEnded):
                            outcome, timings = event.outcome, dict(event.timings)
                        yield with_addresses(event)
            finally:  # a turn that was closed early ends here, too
                self._metrics.turn_ended(outcome, timings)
                spans.ended(outcome, timings)

    async def close(self) -> None:
        """Close what was opened; an opening that still runs is waited for, since it holds the index."""
        await asyncio.to_thread(self._tracing.close)
        if self._opened is None:
            return
        await asyncio.wait([self._opened])
        if (parts := self.now) is not None:
            await asyncio.to_thread(parts.close)


def _report(opened: asyncio.Task[Parts]) -> None:
    if not opened.cancelled() and (error := opened.exception()) is not None:
        log.error("the models could not be loaded: %s", error, exc_info=error)
    else:
        log.info("models are loaded")
