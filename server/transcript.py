"""The conversation as the agent sees it, rebuilt from the log before each turn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson

from agent.blocks import PhotoBlock, plain_text
from agent.conversation import Conversation, Message, Said
from agent.vision.reading import Photo
from server.clock import Clock, timestamp
from server.log.log import EventLog
from server.log.records import Event, TurnRecord
from server.photos_port import UploadLookup
from server.wire.events import MessageCreated
from tools.records import ANONYMOUS, Assurance, CustomerScope

HISTORY_EVENTS = 400


async def rebuild(
    log: EventLog, turn: TurnRecord, *, uploads: UploadLookup, clock: Clock
) -> tuple[Conversation, tuple[Message, ...]]:
    """The conversation before this turn, and the messages that it is to answer, both oldest first."""
    asked = await _asked(log, turn)
    found = await log.read.conversation(turn.conversation_id)
    latest = await log.read.events_before(
        turn.conversation_id, found.last_seq + 1 if found else 0, "staff", limit=HISTORY_EVENTS
    )
    visitor_id = found.visitor_id if found else ""
    messages = await asyncio.to_thread(lambda: tuple(_message(event, uploads, visitor_id) for event in asked))
    conversation = Conversation(
        id=turn.conversation_id,
        history=_history(latest, without=frozenset(event.id for event in asked)),
        memory=_memory(latest, upto=turn.memory_seq),
        scope=await _scope(log, turn.conversation_id, visitor_id, clock),
    )
    return conversation, messages


async def _asked(log: EventLog, turn: TurnRecord) -> list[Event]:
    asked: list[Event] = []
    after = turn.after_seq
    while page := await log.read.events_after(turn.conversation_id, after, "staff", upto=turn.message_seq):
        asked += [event for event in page if event.type == "message.created" and _author(event) == "visitor"]
        after = page[-1].seq
    return asked


def _message(event: Event, uploads: UploadLookup, visitor_id: str) -> Message:
    said = MessageCreated.model_validate_json(event.data)
    stored = [uploads.find(block.upload_id, visitor_id) for block in said.blocks if isinstance(block, PhotoBlock)]
    return Message(
        id=said.message_id,
        text=plain_text(tuple(block for block in said.blocks if not isinstance(block, PhotoBlock))),
        photos=tuple(Photo(id=photo.id, path=photo.path) for photo in stored if photo),
        context=dict(said.context or {}),
    )


def _history(events: Sequence[Event], *, without: frozenset[str]) -> tuple[Said, ...]:
    deleted = {_data(event)["message_id"] for event in events if event.type == "message.deleted"}
    history = []
    for event in events:
        if event.type != "message.created" or event.id in without:
            continue
        said = MessageCreated.model_validate_json(event.data)
        if said.message_id not in deleted:
            photos = tuple(block.upload_id for block in said.blocks if isinstance(block, PhotoBlock))
            history.append(Said(said.author.kind, plain_text(said.blocks), said.blocks, photos))
    return tuple(history)


def _memory(events: Sequence[Event], *, upto: int) -> dict[str, Any]:
    """What the last turn that came to its end remembered; a stopped one remembers nothing new."""
    for event in reversed(events):
        if event.type == "turn.ended" and event.seq <= upto and event.staff_data:
            memory: dict[str, Any] = orjson.loads(event.staff_data).get("memory", {})
            return memory
    return {}


async def _scope(log: EventLog, conversation_id: str, visitor_id: str, clock: Clock) -> CustomerScope:
    """What the customer has proven: orders in this conversation, and the account while the shop's word holds."""
    scope = ANONYMOUS
    for event in await log.read.events_of_type(conversation_id, "identity.proven"):
        proven = CustomerScope.model_validate(_data(event)["scope"])
        scope = CustomerScope(
            assurance=max(scope.assurance, proven.assurance),
            customer_id=proven.customer_id or scope.customer_id,
            order_ids=scope.order_ids | proven.order_ids,
        )
    visitor = await log.read.visitor(visitor_id)
    if visitor is not None and visitor.signed_in(timestamp(clock.now())):
        return CustomerScope(assurance=Assurance.ACCOUNT, customer_id=visitor.customer_id, order_ids=scope.order_ids)
    return scope


def _author(event: Event) -> str:
    return str(_data(event)["author"]["kind"])


def _data(event: Event) -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads(event.data)
    return data
