"""Speaks a case over the real sockets, and keeps what the customer's page and the console were sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import websockets

from server.chat_client import Answer, Arrived, ChatClient, Frame, connected
from server.testing.format import Staff, Step
from server.wire.events import DURABLE

THUMBS = {"up": 1, "down": -1}
BUTTONS = ("confirm", "choices")
NOT_OURS = ("a server that this command started, to kill it", "one that was named")
CARD_ANSWERS = {"confirm": "yes", "decline": "no"}
FOR_VISITORS = frozenset(event.TYPE for event in DURABLE if event.AUDIENCE == "visitor")
NO_INBOX = 2**53  # a cursor behind every change of the list: only the open conversation is told


class CannotStep(Exception):
    """A step that could not be taken; its text says what was expected and what there was."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}, got {got}")
        self.expected, self.got = expected, got


@dataclass(frozen=True, slots=True)
class Happened:
    """What came of a step: the frames of the customer's page, and those of the console (None without its token)."""

    answer: Answer
    staff: tuple[Frame, ...] | None
    mode: str

    @property
    def blocks(self) -> list[Frame]:
        """Blocks of what the bot or a person said."""
        said = [data for data in self.answer.data("message.created") if data["author"]["kind"] != "visitor"]
        return [block for data in said for block in data["blocks"]]

    @property
    def text(self) -> str:
        """Their words."""
        return "\n".join(block["text"] for block in self.blocks)


@dataclass
class Console:
    """A console on one conversation: it reads along, and does what the shop's people do.

    `frames` keeps everything that arrived, and `stored` the text of stored events.
    """

    base_url: str
    token: str
    conversation_id: str
    socket: websockets.ClientConnection
    new_key: Callable[[], str]
    frames: list[Frame] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)

    async def until(self, event_id: str, seconds: float) -> None:
        """Read until that event has come; TimeoutError where it does not."""
        async with asyncio.timeout(seconds):
            while all(frame["id"] != event_id for frame in self.frames):
                await self._receive()

    async def act(self, type_: str, data: dict[str, Any], seconds: float) -> Frame:
        """Do something, and give the event that came of it. Raises `CannotStep` or TimeoutError."""
        key = self.new_key()
        await self._send(type_, key, {"cid": self.conversation_id, **data})
        async with asyncio.timeout(seconds):
            while True:
                frame = await self._receive()
                if frame["type"] == "error" and frame["data"].get("re") == key:
                    told = frame["data"]
                    raise CannotStep(f"{type_} to be accepted", f"{told['code']}: {told['message']}")
                if frame["type"] == "ack" and frame["data"]["re"] == key:
                    return await self._event(frame["data"]["seq"])

    async def connect(self) -> None:
        """Open the conversation, from where it was left."""
        seen = max((frame["seq"] for frame in self.frames if "seq" in frame), default=0)
        await self._send("hello", "hello", {"token": self.token, "resume": {"inbox_after": NO_INBOX}})
        await self._send("conv.subscribe", "subscribe", {"cid": self.conversation_id, "after": seen})

    async def come_back(self) -> None:
        """A new connection after one that was lost."""
        self.socket = await connected(self.base_url, "/ws/console")
        await self.connect()

    async def _event(self, seq: int) -> Frame:
        while True:
            for frame in self.frames:
                if frame.get("seq") == seq:
                    return frame
            await self._receive()

    async def _receive(self) -> Frame:
        text = await self.socket.recv(decode=True)
        frame: Frame = orjson.loads(text)
        self.frames.append(frame)
        if "seq" in frame:
            self.stored.append(text)
        return frame

    async def _send(self, type_: str, key: str, data: dict[str, Any]) -> None:
        await self.socket.send(orjson.dumps({"type": type_, "id": key, "data": data}).decode())


@asynccontextmanager
async def open_console(
    base_url: str, token: str, conversation_id: str, new_key: Callable[[], str]
) -> AsyncIterator[Console]:
    """A console's socket with this conversation open on it."""
    console = Console(base_url, token, conversation_id, await connected(base_url, "/ws/console"), new_key)
    try:
        await console.connect()
        yield console
    finally:
        await console.socket.close()


@dataclass
class _Awaited:
    """What a step waits for: acknowledgements of `key`, the events that they name, an event of each of some types."""

    key: str
    started: float
    acks: int = 0
    types: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    due: int = 0
    stored: int = 0
    arrived: list[Arrived] = field(default_factory=list)
    sent: tuple[str, dict[str, Any]] | None = None

    def take(self, frame: Frame) -> None:
        """Count a frame in. Raises `CannotStep` where the server refused the step."""
        self.arrived.append(Arrived(time.perf_counter() - self.started, frame))
        type_, data = frame["type"], frame["data"]
        if type_ == "error" and self.key and data.get("re") == self.key:
            raise CannotStep("the step to be accepted", f"{data['code']}: {data['message']}")
        if type_ == "ack" and data["re"] == self.key:
            self.acks, self.due = self.acks - 1, data.get("seq", 0)
        self.stored += "seq" in frame
        self.types.discard(type_)
        self.events.discard(frame["id"])

    def ends(self, last_seq: int) -> bool:
        return self.acks <= 0 and last_seq >= self.due and not self.types and not self.events


class Customer:
    """Takes a case's steps, one after the other; those of the shop's people, too.

    `restart` kills the server and starts it again, and `end_at` has it die as it stores an event of a conversation;
    None where it is not ours to kill.
    """

    def __init__(
        self,
        client: ChatClient,
        console: Console | None,
        folder: Path,
        restart: Callable[[], Awaitable[None]] | None = None,
        end_at: Callable[[str, int], None] | None = None,
    ) -> None:
        self._client = client
        self._console = console
        self._folder = folder
        self._restart = restart
        self._end_at = end_at
        self._mode: str = client.frames[-1]["data"]["conversation"]["control"]
        self._unanswered = False  # what was said while no bot answers, and by nobody since

    async def take(self, step: Step) -> Happened:
        """Do what the step says and wait for all that comes of it. Raises `CannotStep` or TimeoutError."""
        seen = len(self._console.frames) if self._console else 0
        awaited = _Awaited("", time.perf_counter())
        if step.server is not None:
            await self._restarted(awaited)
        elif step.staff is not None:
            await self._at_the_console(step, step.staff, awaited)
        else:
            await self._act(step, awaited)
        stored = [one.frame["id"] for one in awaited.arrived if "seq" in one.frame]
        if self._console is not None and stored:
            await self._console.until(stored[-1], step.seconds)
        staff = tuple(self._console.frames[seen:]) if self._console else None
        return Happened(Answer(tuple(awaited.arrived)), staff, self._mode)

    async def _act(self, step: Step, awaited: _Awaited) -> None:
        """What the customer does."""
        type_, data = await self._frame(step)
        says = type_ in ("message.send", "message.action")
        comes_back = type_ == "handoff.cancel" and self._unanswered
        if step.restart_after is not None:
            if self._end_at is None:
                raise CannotStep(*NOT_OURS)
            self._end_at(self._client.conversation_id, self._last_seq() + step.restart_after)
        awaited.started = time.perf_counter()
        awaited.key, awaited.sent = await self._client.send(type_, data), (type_, data)
        awaited.acks, awaited.types = 1, {"turn.ended"} if (says and self._mode == "bot") or comes_back else set()
        if says or comes_back:
            self._unanswered = says and self._mode != "bot"
        if step.send_twice:
            await self._client.send(type_, data, awaited.key)
            awaited.acks = 2
        if step.slow_reader is not None:
            await self._client.stall(step.slow_reader)
        await self._read(step, awaited)

    async def _frame(self, step: Step) -> tuple[str, dict[str, Any]]:
        if step.button is not None:
            return "message.action", self._pressed(step.button, step.earlier or 0)
        if step.feedback is not None:
            return "feedback.set", {"message_id": self._last_message()["message_id"], "value": THUMBS[step.feedback]}
        if step.handoff is not None:
            return f"handoff.{step.handoff}", {}
        data: dict[str, Any] = {"text": step.user} if step.user is not None else {}
        if step.photo is not None:
            data["photos"] = [await self._client.upload(self._folder / step.photo)]
        return "message.send", data

    async def _at_the_console(self, step: Step, staff: Staff, awaited: _Awaited) -> None:
        """What the shop's people do; each act is there for the customer before the next one."""
        if self._console is None:
            raise CannotStep("to act as the shop's people", "no console's token; give it with --console-token")
        for type_, data in _staff_frames(staff):
            event = await self._console.act(type_, data, step.seconds)
            if event["type"] in FOR_VISITORS:
                awaited.events.add(event["id"])
            if type_ == "control.return" and self._unanswered:
                awaited.types.add("turn.ended")
            if type_ == "conv.status" and self._asks_how_it_was():
                awaited.types.add("csat.request")
            self._unanswered = self._unanswered and type_ not in ("message.send", "control.return")
            await self._read(step, awaited)

    async def _read(self, step: Step, awaited: _Awaited) -> None:
        """Frames until all has come that is awaited; the step's accident happens on the way."""
        lost_after, ends = step.drop_after, step.restart_after
        while not awaited.ends(self._last_seq()):
            try:
                frame = await self._client.receive(step.seconds - (time.perf_counter() - awaited.started))
            except websockets.ConnectionClosed:
                if ends is not None:
                    ends = None
                    await self._restarted(awaited)
                    continue
                if step.slow_reader is None:  # the server may cut off one that does not read
                    raise
                await self._come_back(awaited)
                continue
            if awaited.sent and (wait := _to_wait(frame, awaited.key)):
                await asyncio.sleep(wait)
                await self._client.send(*awaited.sent, awaited.key)
                continue
            self._note(awaited, frame)
            if lost_after is not None and awaited.stored >= lost_after:
                lost_after = None
                await self._come_back(awaited)
        if (left := lost_after or ends) is not None:
            raise CannotStep(f"{left} stored events before the connection is lost", f"{awaited.stored} in all")

    def _note(self, awaited: _Awaited, frame: Frame) -> None:
        awaited.take(frame)
        match frame["type"]:
            case "control.changed":
                self._mode = frame["data"]["control"]
            case "conversation.closed":
                self._mode = "closed"

    async def _restarted(self, awaited: _Awaited) -> None:
        """A server that was killed and runs again, with everybody back."""
        if self._restart is None:
            raise CannotStep(*NOT_OURS)
        await self._restart()
        if self._console is not None:
            await self._console.come_back()
        await self._come_back(awaited)

    async def _come_back(self, awaited: _Awaited) -> None:
        awaited.acks = 0  # what was not acknowledged by now may have been lost with the connection
        before = len(self._client.frames)
        await self._client.lose_and_return()
        for frame in self._client.frames[before:]:
            self._note(awaited, frame)

    def _pressed(self, button: str, earlier: int) -> dict[str, Any]:
        """The press of a button of the bot's last message, or of the one with buttons so many before it."""
        message = self._with_buttons(earlier) if earlier else self._last_message()
        labels = []
        for block in message["blocks"]:
            if block["type"] == "confirm" and (value := _card_answer(block, button)):
                return {"message_id": message["message_id"], "action_id": block["id"], "value": value}
            for choice in block["choices"] if block["type"] == "choices" else ():
                labels.append(choice["label"])
                if choice["label"] == button:
                    action = {"action_id": choice["id"], "value": choice["value"]}
                    return {"message_id": message["message_id"], **action}
            labels += [*CARD_ANSWERS] if block["type"] == "confirm" else []
        which = "that" if earlier else "the last"
        raise CannotStep(f"a button {button!r} in {which} message", ", ".join(labels) or "a message without buttons")

    def _with_buttons(self, earlier: int) -> Frame:
        """The message with buttons so many before the last that has any."""
        found = [said for said in self._said() if any(block["type"] in BUTTONS for block in said["blocks"])]
        if earlier >= len(found):
            raise CannotStep(f"{earlier + 1} messages with buttons", str(len(found)))
        return found[earlier]

    def _asks_how_it_was(self) -> bool:
        """Whether the end of the conversation is followed by a question: once, where the shop has said anything."""
        authors = {f["data"]["author"]["kind"] for f in self._client.frames if f["type"] == "message.created"}
        asked = any(frame["type"] == "csat.request" for frame in self._client.frames)
        return not asked and not authors <= {"visitor"}

    def _last_seq(self) -> int:
        return max((frame["seq"] for frame in self._client.frames if "seq" in frame), default=0)

    def _last_message(self) -> Frame:
        for said in self._said():
            return said
        raise CannotStep("a message of the bot", "none yet")

    def _said(self) -> Iterator[Frame]:
        """The bot's messages, newest first."""
        for frame in reversed(self._client.frames):
            if frame["type"] == "message.created" and frame["data"]["author"]["kind"] == "bot":
                yield frame["data"]


def _to_wait(frame: Frame, key: str) -> float:
    """The seconds after which a page that was too quick may send the same again; 0 for any other frame."""
    data = frame["data"]
    too_quick = frame["type"] == "error" and data.get("re") == key and data["code"] == "rate_limited"
    return float(data.get("retry_after_ms", 0)) / 1000 if too_quick else 0.0


def _card_answer(block: Frame, button: str) -> str | None:
    labels = {block["confirm"]: "yes", block["decline"]: "no"}
    return CARD_ANSWERS.get(button) or labels.get(button)


def _staff_frames(staff: Staff) -> Iterator[tuple[str, dict[str, Any]]]:
    """The console's frames for what a step says, in order."""
    if staff.take_over is not None:
        yield "control.take", {"name": staff.take_over}
    if staff.write is not None:
        yield "message.send", {"text": staff.write}
    if staff.note is not None:
        yield "note.add", {"text": staff.note}
    if staff.hand_back is not None:
        yield "control.return", {"note": staff.hand_back} if isinstance(staff.hand_back, str) else {}
    if staff.close is not None:
        yield "conv.status", {"status": "closed"}
