"""One conversation of the scripted server: its log, who listens, and what a script can say in it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect

Frame = dict[str, Any]


@dataclass
class Talk:
    """One conversation: its log, who listens, and what a script can say in it."""

    cid: str
    log: list[Frame] = field(default_factory=list)
    sockets: list[WebSocket] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)
    received: list[Frame] = field(default_factory=list)
    turn_id: str = ""
    name: str = ""
    running: asyncio.Task[None] | None = None

    @property
    def closed(self) -> bool:
        return any(event["type"] == "conversation.closed" for event in self.log)

    async def durable(self, kind: str, data: Frame, re: str | None = None) -> int:
        seq = len(self.log) + 1
        event = {"type": kind, "id": f"evt_{seq}", "cid": self.cid, "seq": seq, "ts": now(), "data": data}
        if re:
            event["re"] = re
        self.log.append(event)
        await self._tell(event)
        return seq

    async def once(self, kind: str, data: Frame) -> None:
        await self._tell({"type": kind, "id": secrets.token_hex(4), "cid": self.cid, "ts": now(), "data": data})

    async def stage(self, stage: str, text: str) -> None:
        await self.once("status", {"turn_id": self.turn_id, "stage": stage, "text": text})

    async def say(self, *blocks: Frame, stream: bool = True, pause: float = 0.0) -> str:
        """A message of the bot; its first text comes sentence by sentence."""
        message_id = f"msg_{secrets.token_hex(6)}"
        text = next((block["text"] for block in blocks if block["type"] == "text"), "")
        if stream and text:
            await self.once("stream.start", {"turn_id": self.turn_id, "message_id": message_id})
            for i, sentence in enumerate(sentences(text)):
                await self.once("stream.delta", {"message_id": message_id, "i": i, "text": sentence})
                await asyncio.sleep(pause)
        await self.message({"kind": "bot", "name": "Assistant"}, list(blocks), message_id)
        return message_id

    async def message(self, author: Frame, blocks: list[Frame], message_id: str = "", re: str | None = None) -> int:
        data = {
            "message_id": message_id or f"msg_{secrets.token_hex(6)}",
            "author": author,
            "turn_id": self.turn_id or None,
            "blocks": blocks,
            "state": "sent",
        }
        return await self.durable("message.created", data, re)

    def listed(self) -> Frame:
        """How the console's list shows it."""
        said = [event for event in self.log if event["type"] == "message.created"]
        hands = [event for event in self.log if event["type"] == "control.changed"]
        control = hands[-1]["data"]["control"] if hands else "bot"
        return {
            "id": self.cid,
            "visitor": {"id": self.cid, "name": self.name, "signed_in": False},
            "status": "open",
            "control": control,
            "control_epoch": len(hands),
            "assignee": None,
            "last_seq": len(self.log),
            "last_text": said[-1]["data"]["blocks"][-1]["text"] if said else "",
            "last_author": said[-1]["data"]["author"]["kind"] if said else "",
            "created_at": now(),
            "updated_at": said[-1]["ts"] if said else now(),
            "due_since": hands[-1]["ts"] if control == "queued" else None,
            "heard": sum(event["data"]["author"]["kind"] == "visitor" for event in said),
        }

    async def _tell(self, frame: Frame) -> None:
        for socket in list(self.sockets):
            try:
                await socket.send_json(frame)
            except (RuntimeError, WebSocketDisconnect):
                if socket in self.sockets:
                    self.sockets.remove(socket)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def sentences(text: str) -> list[str]:
    parts = text.split(". ")
    return [part + (". " if i < len(parts) - 1 else "") for i, part in enumerate(parts)]
