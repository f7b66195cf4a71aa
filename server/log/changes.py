"""What can happen to a conversation. Each function is one change: all of it is stored, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import orjson

from agent.blocks import AnyBlock, plain_text
from server.errors import Conflict, NotFound
from server.log import statements
from server.log.records import (
    Appended,
    ConversationRecord,
    Event,
    TurnRecord,
    conversation_from,
    event_from,
    turn_from,
)
from server.log.writer import Transaction
from server.wire.events import (
    VISITOR,
    Control,
    ConversationClosed,
    CsatRequest,
    CsatSubmitted,
    FeedbackGiven,
    MessageCreated,
    MessageDeleted,
    ReadUpTo,
    TurnEnded,
    TurnStarted,
)
from server.words import CLOSED, CSAT_REQUEST, language_of

PREVIEW_CHARACTERS = 140


def conversation(tx: Transaction, conversation_id: str) -> ConversationRecord:
    """Where a conversation stands, or NotFound."""
    row = tx.one(statements.CONVERSATION, cid=conversation_id)
    if row is None:
        raise NotFound(where="cid", expected="a conversation of this visitor")
    return conversation_from(row)


def message(tx: Transaction, conversation_id: str, message_id: str) -> Event:
    """The event that created a message, or NotFound."""
    row = tx.one(statements.MESSAGE, cid=conversation_id, message_id=message_id)
    if row is None:
        raise NotFound(where="data.message_id", expected="a message of this conversation")
    return event_from(row)


def hand(tx: Transaction, conversation_id: str, control: Control, *, agent: str | None = None) -> None:
    """Say who answers from now on, which begins a new epoch; who is in line waits from now."""
    since = tx.now if control == "queued" else None
    tx.run(statements.SET_CONTROL, cid=conversation_id, new_control=control, agent=agent, since=since)


def say(
    tx: Transaction,
    conversation_id: str,
    said: MessageCreated,
    *,
    client_id: str | None = None,
    epoch: int | None = None,
) -> Appended:
    """Store a message and show it in the console's list, unless it is the server's own: that tells staff nothing."""
    stored = tx.append(conversation_id, said, client_id=client_id, epoch=epoch)
    if not stored.duplicate and said.author.kind != "system":
        preview = plain_text(said.blocks)[:PREVIEW_CHARACTERS]
        tx.run(statements.PREVIEW, cid=conversation_id, preview=preview, author=said.author.kind)
    return stored


def receive(
    tx: Transaction,
    conversation_id: str,
    *,
    client_id: str,
    blocks: tuple[AnyBlock, ...],
    reply_to: str | None = None,
    context: Mapping[str, str] | None = None,
) -> Appended:
    """A customer's message and, where the bot answers, the turn that will; both or neither."""
    if known := tx.duplicate(conversation_id, client_id):
        return known
    before = conversation(tx, conversation_id)
    if before.control == "closed":
        raise Conflict(where="cid", expected="an open conversation", got="closed")
    said = MessageCreated(
        message_id=tx.ids.new("msg"),
        author=VISITOR,
        blocks=blocks,
        reply_to=reply_to,
        context=context or None,
    )
    stored = say(tx, conversation_id, said, client_id=client_id)
    tx.run(statements.HEARD, cid=conversation_id)
    if before.control == "human":
        tx.run(statements.DUE, cid=conversation_id, now=tx.now)
    if before.control == "bot":
        ask_for_answer(tx, before, stored.seq)
    return stored


def ask_for_answer(tx: Transaction, before: ConversationRecord, message_seq: int) -> None:
    """A turn up to this message: the one that waits, or a new one."""
    waiting = tx.one(statements.WAITING_TURN, cid=before.id)
    if waiting is not None:
        tx.run(statements.LENGTHEN_TURN, turn_id=turn_from(waiting).id, seq=message_seq)
        return
    _add_turn(tx, before.id, after_seq=before.answered_seq, message_seq=message_seq, memory_seq=-1)


def _add_turn(tx: Transaction, conversation_id: str, *, after_seq: int, message_seq: int, memory_seq: int) -> None:
    tx.run(
        statements.ADD_TURN,
        id=tx.ids.new("turn"),
        conversation_id=conversation_id,
        state="waiting",
        attempt=0,
        after_seq=after_seq,
        message_seq=message_seq,
        memory_seq=memory_seq,
        created_at=tx.now,
    )


@dataclass(frozen=True, slots=True)
class BegunTurn:
    """A turn that has begun, with what an earlier attempt that a crash cut off had already stored."""

    turn: TurnRecord
    epoch: int
    described: frozenset[str]
    answered: bool  # or the bot is to be silent by now


def begin_turn(tx: Transaction, conversation_id: str) -> BegunTurn | None:
    """Take the conversation's next turn, if it has one and the bot is to answer."""
    row = tx.one(statements.NEXT_TURN, cid=conversation_id)
    if row is None:
        return None
    turn = turn_from(row)
    now = conversation(tx, conversation_id)
    if now.control != "bot" and turn.state == "waiting":
        return None
    # A regenerated turn answers again what is answered already; any other starts after the last answer.
    after = turn.after_seq if turn.message_seq <= now.answered_seq else max(turn.after_seq, now.answered_seq)
    memory = turn.memory_seq if turn.memory_seq >= 0 else now.last_seq
    tx.run(statements.BEGIN_TURN, turn_id=turn.id, after=after, memory=memory)
    if turn.attempt == 0:
        tx.append(conversation_id, TurnStarted(turn_id=turn.id))
    described = tx.run(statements.PHOTOS_OF_TURN, cid=conversation_id, turn_id=turn.id)
    return BegunTurn(
        turn=replace(turn, state="running", attempt=turn.attempt + 1, after_seq=after, memory_seq=memory),
        epoch=now.control_epoch,
        described=frozenset(str(found[0]) for found in described),
        answered=now.control != "bot"
        or tx.one(statements.MESSAGES_OF_TURN, cid=conversation_id, turn_id=turn.id) is not None,
    )


def end_turn(tx: Transaction, turn: TurnRecord, ended: TurnEnded, *, answered: bool) -> Appended:
    """Close a turn. Unless it was `answered`, the next turn reads its messages again."""
    tx.run(statements.END_TURN, turn_id=turn.id)
    if answered:
        tx.run(statements.SET_ANSWERED, cid=turn.conversation_id, seq=turn.message_seq)
    return tx.append(turn.conversation_id, ended)


def regenerate(tx: Transaction, conversation_id: str, message_id: str, *, client_id: str) -> Appended:
    """Take back what the last turn said and answer again. Raises Conflict when that is no longer the last turn."""
    if known := tx.duplicate(conversation_id, client_id):
        return known
    turn_id = orjson.loads(message(tx, conversation_id, message_id).data).get("turn_id")
    last = tx.one(statements.LAST_TURN, cid=conversation_id)
    now = conversation(tx, conversation_id)
    if last is None or turn_from(last).id != turn_id or turn_from(last).state != "ended" or now.control != "bot":
        raise Conflict(where="data.message_id", expected="a message of the bot's last turn", got="another message")
    turn = turn_from(last)
    stored = None
    for row in tx.run(statements.MESSAGES_OF_TURN, cid=conversation_id, turn_id=turn_id):
        deleted = MessageDeleted(message_id=orjson.loads(event_from(row).data)["message_id"], reason="regenerated")
        first = tx.append(conversation_id, deleted, client_id=None if stored else client_id)
        stored = stored or first
    _add_turn(tx, conversation_id, after_seq=turn.after_seq, message_seq=turn.message_seq, memory_seq=turn.memory_seq)
    assert stored is not None  # the message that was named is one of them
    return stored


def close(
    tx: Transaction,
    conversation_id: str,
    *,
    by: Literal["visitor", "agent", "system"],
    client_id: str | None = None,
    expect_epoch: int | None = None,
    idle_since: str | None = None,
) -> Appended:
    """End a conversation and, where the shop has said anything in it, ask how it was.

    Raises Conflict where it has ended already, has changed hands since `expect_epoch`, or was not idle since a moment.
    """
    if known := tx.duplicate(conversation_id, client_id):
        return known
    now = conversation(tx, conversation_id)
    if now.control == "closed":
        raise Conflict(where="control", expected="an open conversation", got="closed")
    if expect_epoch is not None and expect_epoch != now.control_epoch:
        raise Conflict(where="data.expect_epoch", expected=str(now.control_epoch), got=str(expect_epoch))
    if idle_since is not None and now.updated_at >= idle_since:
        raise Conflict(where="updated_at", expected=f"before {idle_since}", got=now.updated_at)
    language = language_of(now.last_text)
    closed = ConversationClosed(by=by, control_epoch=now.control_epoch + 1, text=CLOSED.of(language))
    stored = tx.append(conversation_id, closed, client_id=client_id)
    tx.run(statements.DROP_WAITING, cid=conversation_id)
    hand(tx, conversation_id, "closed", agent=now.assignee)
    if tx.one(statements.SAID_BY_SHOP, cid=conversation_id) is not None:
        tx.append(conversation_id, CsatRequest(text=CSAT_REQUEST.of(language)))
    return stored


def submit_csat(tx: Transaction, conversation_id: str, given: CsatSubmitted, *, client_id: str) -> Appended:
    """Store how satisfied a customer is. Raises Conflict unless they were asked and have not answered yet."""
    if known := tx.duplicate(conversation_id, client_id):
        return known
    for kind, there in (("csat.request", True), ("csat.submitted", False)):
        if (tx.one(statements.EVENT_OF_TYPE, cid=conversation_id, kind=kind) is not None) != there:
            raise Conflict(where="type", expected="one answer to csat.request", got="no request" if there else "two")
    return tx.append(conversation_id, given, client_id=client_id)


def mark_read(tx: Transaction, conversation_id: str, seq: int) -> Appended | None:
    """The visitor has seen everything up to `seq` in their numbers; None when that was known."""
    now = conversation(tx, conversation_id)
    seq = min(seq, now.visitor_seq)
    if seq <= now.read_seq:
        return None
    tx.run(statements.SET_READ, cid=conversation_id, seq=seq)
    return tx.append(conversation_id, ReadUpTo(by="visitor", read_seq=seq))


def judge(tx: Transaction, conversation_id: str, given: FeedbackGiven, *, client_id: str) -> Appended:
    """Store what a customer thinks of a message of the bot."""
    author = orjson.loads(message(tx, conversation_id, given.message_id).data)["author"]["kind"]
    if author == "visitor":
        raise NotFound(where="data.message_id", expected="a message that the visitor got")
    return tx.append(conversation_id, given, client_id=client_id)


def erase(tx: Transaction, conversation_id: str) -> tuple[str, ...]:
    """Remove a conversation, what its visitor viewed and, if it was their only one, the visitor.

    Returns the ids of the photos in it.
    """
    found = conversation(tx, conversation_id)
    photos = tx.run(statements.PHOTOS, cid=conversation_id)
    tx.run(statements.ERASE_TURNS, cid=conversation_id)
    tx.run(statements.ERASE_EVENTS, cid=conversation_id)
    tx.run(statements.ERASE_CONVERSATION, cid=conversation_id)
    tx.run(statements.ERASE_VIEWS, visitor_id=found.visitor_id)
    tx.run(statements.ERASE_LONELY_VISITOR, visitor_id=found.visitor_id)
    return tuple(str(photo[0]) for photo in photos)
