"""Gives turns: one at a time in a conversation, from rows that outlive a crash."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Literal, Protocol

from agent import events as said
from agent.blocks import TextBlock
from agent.conversation import Conversation, Message
from retrieval.documents import Language
from server.clock import Clock, Ids
from server.faults import log_fault
from server.feeds import Feeds
from server.log import changes, people
from server.log.changes import BegunTurn
from server.log.errors import StaleEpoch
from server.log.log import EventLog
from server.log.records import Appended
from server.log.writer import Transaction
from server.photos_port import UploadLookup
from server.transcript import now_of, rebuild
from server.turn_events import stored_form
from server.wire.events import BOT, MessageCreated, Reason, TurnEnded
from server.wire.server import Status, StreamDelta, StreamEnd, StreamStart
from server.words import GAVE_UP, STAGE_QUEUED, TOOK_TOO_LONG, WENT_WRONG, Words, language_of

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 10.0

Interruption = Literal["superseded", "stopped", "handoff"]


class Answers(Protocol):
    """Answers customers: the agent's `Turn`, or a stand-in."""

    def run(
        self, conversation: Conversation, messages: tuple[Message, ...]
    ) -> AsyncGenerator[said.TurnEvent, None]: ...


@dataclass(slots=True)
class Running:
    """A turn that is being given, and how far it has come."""

    begun: BegunTurn
    epoch: int
    task: asyncio.Task[None] | None = None
    interruption: Interruption | None = None
    message_id: str | None = None  # of the message whose text is being streamed
    parts: list[str] = field(default_factory=list)
    spoke: bool = False
    handed_over: bool = False
    ended: said.TurnEnded | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)
    words: str = ""  # of the last message to answer, for the language of an apology


class TurnRunner:
    """Picks up what is unanswered, asks the agent, and puts what it says into the log and on the wire."""

    def __init__(
        self,
        answers: Answers,
        *,
        log: EventLog,
        feeds: Feeds,
        uploads: UploadLookup,
        clock: Clock,
        ids: Ids,
        seconds: float = 60.0,
        at_once: int = 16,
        attempts: int = 2,
        summarise: Callable[[Conversation], str] = lambda _conversation: "",
    ) -> None:
        self._answers = answers
        self._log = log
        self._feeds = feeds
        self._uploads = uploads
        self._clock = clock
        self._ids = ids
        self._seconds = seconds
        self._places = asyncio.Semaphore(at_once)
        self._attempts = attempts
        self._summarise = summarise
        self._drives: dict[str, asyncio.Task[None]] = {}
        self._running: dict[str, Running] = {}
        self._woken: set[str] = set()
        self._sweeping: asyncio.Task[None] | None = None
        self._draining = False
        self.recovered = 0

    async def start(self) -> None:
        """Take up what waits, also what a crash cut off, and look again every ten seconds."""
        self.recovered = await self._sweep()
        self._sweeping = asyncio.create_task(self._sweep_on())

    def wake(self, conversation_id: str) -> None:
        """There is something new to answer: the turn that runs stops, and the next one reads everything."""
        if self._draining:
            return
        running = self._running.get(conversation_id)
        if running is not None and not running.handed_over:
            self._interrupt(running, "superseded")
        self._drive(conversation_id)

    def stop(self, conversation_id: str, turn_id: str) -> bool:
        """Stop a turn because the customer wants no more of it; False when it is not running."""
        running = self._running.get(conversation_id)
        if running is None or running.begun.turn.id != turn_id:
            return False
        self._interrupt(running, "stopped")
        return True

    async def hand_over(self, conversation_id: str, change: Callable[[Transaction], Appended]) -> Appended:
        """Stop the bot for a person: what it was saying is kept, then `change` says who answers from now on."""
        await self.silence(conversation_id)
        stored = await self._log.write(change)
        await self.silence(conversation_id)  # a turn that began in between speaks for an epoch that is over
        return stored

    async def summary(self, conversation_id: str) -> str:
        """What somebody who takes over now must know."""
        now = await now_of(self._log, conversation_id, uploads=self._uploads, clock=self._clock)
        return self._summarise(now)

    async def silence(self, conversation_id: str) -> None:
        """Stop the turn that runs, if any, for whoever takes over; returns when it has said its last."""
        running = self._running.get(conversation_id)
        if running is not None:
            self._interrupt(running, "handoff")
            await running.over.wait()

    @property
    def at_work(self) -> int:
        """How many turns are being given."""
        return len(self._running)

    async def drain(self, seconds: float) -> None:
        """Begin no turn any more, and let those that run finish; the others go on after the restart."""
        self._draining = True
        if self._drives:
            await asyncio.wait(self._drives.values(), timeout=seconds)

    async def close(self) -> None:
        """End at once. Turns that run are given again after the restart."""
        self._draining = True
        tasks = [task for task in (self._sweeping, *self._drives.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _sweep_on(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._sweep()
            except Exception as error:
                log_fault(logger, "sweep failed", error)

    async def _sweep(self) -> int:
        found = [each for each in await self._log.read.conversations_to_answer() if each not in self._drives]
        if self._draining:
            return 0
        for conversation_id in found:
            self._drive(conversation_id)
        return len(found)

    def _interrupt(self, running: Running, interruption: Interruption) -> None:
        if running.interruption is None and running.task is not None:
            running.interruption = interruption
            running.task.cancel()

    def _drive(self, conversation_id: str) -> None:
        self._woken.add(conversation_id)
        if conversation_id not in self._drives:
            task = asyncio.create_task(self._give_all(conversation_id))
            self._drives[conversation_id] = task

    async def _give_all(self, conversation_id: str) -> None:
        try:
            while conversation_id in self._woken and not self._draining:
                self._woken.discard(conversation_id)
                while not self._draining:
                    begun = await self._log.write(lambda tx: changes.begin_turn(tx, conversation_id))
                    if begun is None:
                        break
                    await self._give(begun)
        except Exception as error:  # the row stays as it is; the sweep comes back to it
            log_fault(logger, "turn lost", error, conversation=conversation_id)
        finally:  # with no await since the last look, so that no waking is missed
            del self._drives[conversation_id]

    async def _give(self, begun: BegunTurn) -> None:
        running = Running(begun, epoch=begun.epoch)
        if begun.answered:
            await self._end(running, "done")
        elif begun.turn.attempt > self._attempts:
            await self._end(running, "error", apology=GAVE_UP, give_up=True)
        else:
            await self._perform_and_end(running)

    async def _perform_and_end(self, running: Running) -> None:
        conversation_id = running.begun.turn.conversation_id
        running.task = asyncio.create_task(self._perform(running))
        self._running[conversation_id] = running
        try:
            await asyncio.wait({running.task})
            del self._running[conversation_id]
            await self._end_as_it_went(running)
        finally:
            self._running.pop(conversation_id, None)
            running.over.set()
            if not running.task.done():  # the server closes: no end, so that the turn is given again
                running.task.cancel()
                await asyncio.wait({running.task})

    async def _end_as_it_went(self, running: Running) -> None:
        assert running.task is not None
        failure = None if running.task.cancelled() else running.task.exception()
        if running.ended is not None:
            await self._end(running, running.ended.outcome)
        elif running.interruption is not None:
            await self._end(running, "handoff" if running.interruption == "handoff" else "stopped")
        elif isinstance(failure, StaleEpoch):
            await self._end(running, "handoff")
        elif isinstance(failure, TimeoutError):
            await self._end(running, "timeout", apology=TOOK_TOO_LONG)
        else:
            log_fault(logger, "turn failed", failure, turn=running.begun.turn.id)
            await self._end(running, "error", apology=None if running.spoke else WENT_WRONG)

    async def _perform(self, running: Running) -> None:
        turn = running.begun.turn
        conversation, messages = await rebuild(self._log, turn, uploads=self._uploads, clock=self._clock)
        running.words = messages[-1].text if messages else ""
        if self._places.locked():
            text = STAGE_QUEUED.of(language_of(running.words))
            self._feeds.tell(turn.conversation_id, Status(turn_id=turn.id, stage="queued", text=text))
        async with (
            self._places,
            asyncio.timeout(self._seconds),
            aclosing(self._answers.run(conversation, messages)) as events,
        ):
            async for event in events:
                await self._put(running, event)

    async def _put(self, running: Running, event: said.TurnEvent) -> None:
        """Store what is durable and tell what is not; every kind of event has its case."""
        turn = running.begun.turn
        match event:
            case said.StageStarted(stage, text):
                self._feeds.tell(turn.conversation_id, Status(turn_id=turn.id, stage=stage, text=text))
            case said.TextDelta(message_id, text):
                self._stream(running, message_id, text)
            case said.MessageSaid():
                await self._say(running, event)
            case said.HandoffAsked():
                await self._hand_over(running, event)
            case said.EmailLeft(email):
                await self._log.write(
                    lambda tx: people.leave_email(tx, turn.conversation_id, email, by="bot", epoch=running.epoch)
                )
            case said.TurnEnded():
                running.ended = event
            case said.PhotoDescribed() if event.upload_id in running.begun.described:
                pass  # by the attempt that a crash cut off
            case (
                said.PhotoDescribed()
                | said.ToolRan()
                | said.IdentityProven()
                | said.Explained()
                | said.ConfirmationAsked()
                | said.ConfirmationGiven()
                | said.ConfirmationSettled()
            ):
                payload = stored_form(event, turn.id)
                await self._log.write(lambda tx: tx.append(turn.conversation_id, payload, epoch=running.epoch))

    def _stream(self, running: Running, message_id: str, text: str) -> None:
        turn = running.begun.turn
        if running.message_id != message_id:
            running.message_id, running.parts = message_id, []
            self._feeds.tell(turn.conversation_id, StreamStart(turn_id=turn.id, message_id=message_id))
        delta = StreamDelta(message_id=message_id, i=len(running.parts), text=text)
        running.parts.append(text)
        self._feeds.tell(turn.conversation_id, delta)

    async def _say(self, running: Running, event: said.MessageSaid) -> None:
        turn = running.begun.turn
        message = MessageCreated(
            message_id=event.message_id,
            author=BOT,
            turn_id=turn.id,
            blocks=event.blocks,
            citations=event.citations,
        )
        # First, for when we are stopped while this is written: it will be stored, and must not be kept twice.
        running.spoke = True
        streamed = running.message_id == event.message_id
        if streamed:
            running.parts = []
        await self._log.write(lambda tx: changes.say(tx, turn.conversation_id, message, epoch=running.epoch))
        if streamed:
            running.message_id = None
            end = StreamEnd(turn_id=turn.id, message_id=event.message_id, reason="done")
            self._feeds.tell(turn.conversation_id, end)

    async def _hand_over(self, running: Running, asked: said.HandoffAsked) -> None:
        """Into the line for a person; where nobody is free the bot goes on, and staff hear what was wanted."""
        change = people.queue_for_person if asked.there else people.offer_email
        cid, epoch = running.begun.turn.conversation_id, running.epoch
        if asked.there:
            running.handed_over = True
            running.epoch += 1  # this turn made the change, so it may still say its last words
        await self._log.write(
            lambda tx: change(tx, cid, by="bot", reason=asked.reason, summary=asked.summary, epoch=epoch)
        )

    async def _end(
        self, running: Running, reason: Reason, *, apology: Words | None = None, give_up: bool = False
    ) -> None:
        """Keep what was said, apologise if there is need, and close the turn: all in one change."""
        turn = running.begun.turn
        if running.message_id is not None or reason == "stopped":
            end = StreamEnd(turn_id=turn.id, message_id=running.message_id, reason=reason)
            self._feeds.tell(turn.conversation_id, end)
        superseded = running.ended is None and running.interruption == "superseded"
        summary = await self.summary(turn.conversation_id) if give_up else ""

        def change(tx: Transaction) -> None:
            now = changes.conversation(tx, turn.conversation_id)
            if now.control_epoch == running.epoch:
                for message in self._last_words(running, apology, language_of(running.words or now.last_text)):
                    changes.say(tx, turn.conversation_id, message)
                if give_up and now.control == "bot":
                    people.queue_for_person(tx, turn.conversation_id, by="bot", reason="error", summary=summary)
            ended = TurnEnded(
                turn_id=turn.id,
                reason=reason,
                timings=running.ended.timings if running.ended else {},
                memory=running.ended.memory if running.ended else None,
            )
            changes.end_turn(tx, turn, ended, answered=running.spoke or not superseded)

        await self._log.write(change)
        timings = dict(running.ended.timings) if running.ended else {}
        logger.info(
            "turn", extra={"turn": turn.id, "outcome": reason, "attempt": turn.attempt, "milliseconds": timings}
        )

    def _last_words(self, running: Running, apology: Words | None, language: Language) -> list[MessageCreated]:
        turn_id = running.begun.turn.id
        messages = []
        if text := "".join(running.parts):
            messages.append(
                MessageCreated(
                    message_id=running.message_id or self._ids.new("msg"),
                    author=BOT,
                    turn_id=turn_id,
                    blocks=(TextBlock(text=text),),
                    interrupted=True,
                )
            )
        if apology is not None:
            words = apology.of(language)
            messages.append(
                MessageCreated(
                    message_id=self._ids.new("msg"), author=BOT, turn_id=turn_id, blocks=(TextBlock(text=words),)
                )
            )
        return messages
