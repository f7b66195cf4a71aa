"""Speaks a case over the real socket, and keeps what the customer's page and the console were sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import websockets

from server.chat_client import Answer, Arrived, ChatClient, Frame
from server.testing.format import Step

THUMBS = {"up": 1, "down": -1}
CARD_ANSWERS = {"confirm": "yes", "decline": "no"}


class CannotStep(Exception):
    """A step that could not be taken; its text says what was expected and what there was."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}, got {got}")
        self.expected, self.got = expected, got


@dataclass(frozen=True, slots=True)
class Happened:
    """What came of a customer's step: the frames of their page, and those of the console (None without its token)."""

    answer: Answer
    staff: tuple[Frame, ...] | None
    mode: str


@dataclass
class Console:
    """A console on one conversation, reading along."""

    socket: websockets.ClientConnection
    frames: list[Frame] = field(default_factory=list)

    async def until(self, event_id: str, seconds: float) -> None:
        """Read until that event has come; TimeoutError where it does not."""
        async with asyncio.timeout(seconds):
            while all(frame["id"] != event_id for frame in self.frames):
                self.frames.append(orjson.loads(await self.socket.recv()))


@asynccontextmanager
async def open_console(base_url: str, token: str, conversation_id: str) -> AsyncIterator[Console]:
    """A console's socket with this conversation open on it."""
    async with websockets.connect(
        base_url.replace("http", "ws", 1) + "/ws/console",
        subprotocols=[websockets.Subprotocol("vitrine.v1")],
        origin=websockets.Origin(base_url),
    ) as socket:
        for type_, data in (("hello", {"token": token}), ("conv.subscribe", {"cid": conversation_id, "after": 0})):
            await socket.send(orjson.dumps({"type": type_, "id": type_, "data": data}).decode())
        yield Console(socket)


class Customer:
    """Takes a case's steps, one after the other."""

    def __init__(self, client: ChatClient, console: Console | None, folder: Path) -> None:
        self._client = client
        self._console = console
        self._folder = folder
        self._mode: str = client.frames[-1]["data"]["conversation"]["control"]

    async def take(self, step: Step) -> Happened:
        """Do what the step says and wait for all that comes of it. Raises `CannotStep` or TimeoutError."""
        if step.button is not None:
            return await self._act(step, "message.action", self._pressed(step.button))
        if step.feedback is not None:
            data = {"message_id": self._last_message()["message_id"], "value": THUMBS[step.feedback]}
            return await self._act(step, "feedback.set", data)
        if step.handoff is not None:
            return await self._act(step, f"handoff.{step.handoff}", {})
        data = {"text": step.user} if step.user is not None else {}
        if step.photo is not None:
            data["photos"] = [await self._client.upload(self._folder / step.photo)]
        return await self._act(step, "message.send", data)

    async def _act(self, step: Step, type_: str, data: dict[str, Any]) -> Happened:
        seen = len(self._console.frames) if self._console else 0
        started = time.perf_counter()
        key = await self._client.send(type_, data)
        if step.send_twice:
            await self._client.send(type_, data, key)
        arrived = await self._receive(step, key, started, answered=type_ in ("message.send", "message.action"))
        stored = [one.frame["id"] for one in arrived if "seq" in one.frame]
        if self._console is not None and stored:
            await self._console.until(stored[-1], step.seconds)
        staff = tuple(self._console.frames[seen:]) if self._console else None
        return Happened(Answer(tuple(arrived)), staff, self._mode)

    async def _receive(self, step: Step, key: str, started: float, *, answered: bool) -> list[Arrived]:
        """Frames until the step is acknowledged as often as it was sent and its own event is there, and, where the bot
        answers, its turn ended."""
        arrived: list[Arrived] = []
        answered = answered and self._mode == "bot"
        acks, stored, ended, due = 0, 0, False, 0
        acks_due, drop_after = (2 if step.send_twice else 1), step.drop_after
        while acks < acks_due or self._last_seq() < due or (answered and not ended):
            frame = await self._client.receive(step.seconds - (time.perf_counter() - started))
            arrived.append(Arrived(time.perf_counter() - started, frame))
            type_, data = frame["type"], frame["data"]
            if type_ == "error" and data.get("re") == key:
                raise CannotStep("the step to be accepted", f"{data['code']}: {data['message']}")
            if type_ == "ack" and data["re"] == key:
                acks, due = acks + 1, data.get("seq", 0)
            ended = ended or type_ == "turn.ended"
            stored += "seq" in frame
            if type_ == "control.changed":
                self._mode = data["control"]
            if drop_after is not None and stored == drop_after:
                drop_after = None
                acks_due = acks  # what was not acknowledged by now may have been lost with the connection
                before = len(self._client.frames)
                await self._client.lose_and_return()
                arrived += [Arrived(time.perf_counter() - started, one) for one in self._client.frames[before:]]
                ended = ended or any(one.frame["type"] == "turn.ended" for one in arrived)
        if drop_after is not None:
            raise CannotStep(f"{drop_after} stored events before the connection is lost", f"{stored} in all")
        return arrived

    def _pressed(self, button: str) -> dict[str, Any]:
        """The press of a button of the bot's last message that has any."""
        message = self._last_message()
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
        raise CannotStep(f"a button {button!r} in the last message", ", ".join(labels) or "a message without buttons")

    def _last_seq(self) -> int:
        return max((frame["seq"] for frame in self._client.frames if "seq" in frame), default=0)

    def _last_message(self) -> Frame:
        for frame in reversed(self._client.frames):
            if frame["type"] == "message.created" and frame["data"]["author"]["kind"] == "bot":
                data: Frame = frame["data"]
                return data
        raise CannotStep("a message of the bot", "none yet")


def _card_answer(block: Frame, button: str) -> str | None:
    labels = {block["confirm"]: "yes", block["decline"]: "no"}
    return CARD_ANSWERS.get(button) or labels.get(button)
