"""The conversation as the agent sees it, rebuilt from the log before each turn."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from agent.blocks import PhotoBlock, plain_text
from agent.card import Card
from agent.conversation import Conversation, Message, Said, Tried
from agent.summary import in_words
from agent.vision.reading import Photo
from server.clock import Clock, timestamp
from server.log.log import EventLog
from server.log.reader import EVERYTHING, TurnContext
from server.log.records import Event, TurnRecord
from server.photos_port import UploadLookup
from server.wire.events import MessageCreated
from tools.records import ANONYMOUS, Assurance, CustomerScope

HISTORY_EVENTS = 150  # thirty turns or so


async def rebuild(
    log: EventLog, turn: TurnRecord, *, uploads: UploadLookup, clock: Clock
) -> tuple[Conversation, tuple[Message, ...]]:
    """The conversation before this turn, and the messages that it is to answer, both oldest first."""
    known = await log.read.before_turn(turn, history=HISTORY_EVENTS)
    said = [MessageCreated.model_validate_json(event.data) for event in known.asked]
    photos = await _photos(said, uploads, known.visitor.id)
    conversation = Conversation(
        id=turn.conversation_id,
        history=_history(known.latest, without=frozenset(event.id for event in known.asked)),
        memory=_memory(known.latest, upto=turn.memory_seq),
        scope=_scope(known, timestamp(clock.now())),
        viewed=known.viewed,
        noted=_noted(known.latest, upto=turn.memory_seq),
        tried=_tried(known.latest, upto=turn.memory_seq),
        described=_described(known.latest, upto=turn.memory_seq),
        **_hands(known.latest, upto=turn.memory_seq),
        **_cards(known.latest, upto=turn.memory_seq),
    )
    return conversation, tuple(_message(each, photos) for each in said)


async def now_of(log: EventLog, conversation_id: str, *, uploads: UploadLookup, clock: Clock) -> Conversation:
    """The conversation as it is now, between two turns."""
    everything = TurnRecord(
        id="", conversation_id=conversation_id, state="", attempt=0, after_seq=EVERYTHING, message_seq=EVERYTHING,
        memory_seq=EVERYTHING, created_at="",
    )  # fmt: skip
    conversation, _ = await rebuild(log, everything, uploads=uploads, clock=clock)
    return conversation


async def _photos(said: Sequence[MessageCreated], uploads: UploadLookup, visitor_id: str) -> dict[str, Photo]:
    """The photos of these messages that are still there, by id."""
    wanted = [block.upload_id for each in said for block in each.blocks if isinstance(block, PhotoBlock)]
    if not wanted:
        return {}
    found = await asyncio.to_thread(lambda: [uploads.find(upload_id, visitor_id) for upload_id in wanted])
    return {photo.id: Photo(id=photo.id, path=photo.path) for photo in found if photo}


def _message(said: MessageCreated, photos: Mapping[str, Photo]) -> Message:
    shown = [block.upload_id for block in said.blocks if isinstance(block, PhotoBlock)]
    return Message(
        id=said.message_id,
        text=plain_text(tuple(block for block in said.blocks if not isinstance(block, PhotoBlock))),
        photos=tuple(photos[upload_id] for upload_id in shown if upload_id in photos),
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


def _cards(events: Sequence[Event], *, upto: int) -> dict[str, Any]:
    """The card that is open, which are over, and how many changes were made; a change of hands closes what was open."""
    pending: Card | None = None
    settled: dict[str, str] = {}
    for event in events:
        if event.seq > upto:
            break
        match event.type:
            case "confirmation.asked":
                pending = Card.model_validate(_data(event)["card"])
            case "confirmation.settled":
                data = _data(event)
                settled[data["card_id"]] = data["outcome"]
                pending = None if pending and pending.id == data["card_id"] else pending
            case "control.changed":
                pending = None
    return {"pending": pending, "settled": settled, "writes": list(settled.values()).count("done")}


def _noted(events: Sequence[Event], *, upto: int) -> tuple[str, ...]:
    """What people told the bot when they handed back, oldest first."""
    returned = [event for event in events if event.type == "control.changed" and event.seq <= upto and event.staff_data]
    notes = (orjson.loads(event.staff_data or "{}").get("note") for event in returned)
    return tuple(note for note in notes if note)


def _tried(events: Sequence[Event], *, upto: int) -> tuple[Tried, ...]:
    """The tools that ran, oldest first."""
    ran = (_data(event) for event in events if event.type == "tool.ran" and event.seq <= upto)
    return tuple(Tried(data["name"], data["arguments"], data["outcome"]) for data in ran)


def _described(events: Sequence[Event], *, upto: int) -> tuple[str, ...]:
    """What was seen in each photo, with what is printed on it."""
    seen = (_data(event) for event in events if event.type == "photo.described" and event.seq <= upto)
    return tuple(in_words(data["caption"], [text["text"] for text in data.get("text", ())]) for data in seen)


def _hands(events: Sequence[Event], *, upto: int) -> dict[str, Any]:
    """Whether a person has answered since the last turn, and how it stands with an answer by e-mail."""
    by_person = handed_back = offered = False
    due = ""
    for event in events:
        if event.seq > upto:
            break
        match event.type:
            case "control.changed":
                control = _data(event)["control"]
                handed_back = handed_back or (by_person and control == "bot")
                by_person = control == "human"
                offered = offered and control == "queued"
            case "turn.ended":
                handed_back = False
            case "handoff.offered":
                offered = True
            case "handoff.email":
                offered, due = False, _data(event)["email"]
            case "handoff.answered":
                due = ""
    return {"handed_back": handed_back, "offered": offered, "reply_email": due}


def _scope(known: TurnContext, now: str) -> CustomerScope:
    """What the customer has proven: orders in this conversation, and the account while the shop's word holds."""
    scope = ANONYMOUS
    for event in known.proofs:
        proven = CustomerScope.model_validate(_data(event)["scope"])
        scope = CustomerScope(
            assurance=max(scope.assurance, proven.assurance),
            customer_id=proven.customer_id or scope.customer_id,
            order_ids=scope.order_ids | proven.order_ids,
        )
    if known.visitor.signed_in(now):
        return CustomerScope(
            assurance=Assurance.ACCOUNT, customer_id=known.visitor.customer_id, order_ids=scope.order_ids
        )
    return scope


def _data(event: Event) -> dict[str, Any]:
    data: dict[str, Any] = orjson.loads(event.data)
    return data
