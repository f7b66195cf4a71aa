"""Hand-overs, each one change: to the line for a person, to a person, to an answer by e-mail, and back to the bot."""

from __future__ import annotations

import re
from typing import Literal

from agent.blocks import EmailBlock, TextBlock
from server.errors import BadRequest, Conflict
from server.log import changes, statements
from server.log.records import Appended, ConversationRecord
from server.log.writer import Transaction
from server.wire.events import (
    Author,
    Control,
    ControlChanged,
    HandoffAnswered,
    HandoffEmail,
    HandoffOffered,
    MessageCreated,
    NoteCreated,
)
from server.words import (
    BACK_AT,
    BACK_TO_BOT,
    EMAIL_FIELD,
    EMAIL_TAKEN,
    NOBODY_CAME,
    NOBODY_FREE,
    QUEUED,
    TAKEN,
    language_of,
)
from tools.email_address import normalise
from tools.sentences import Sentence

_ADDRESS = re.compile(r"[^\s,;<>()]+[@＠][^\s,;<>()]+", re.ASCII)


def queue_for_person(
    tx: Transaction,
    conversation_id: str,
    *,
    by: str,
    reason: str = "",
    summary: str = "",
    client_id: str | None = None,
    epoch: int | None = None,
) -> Appended:
    """Put a conversation in line for a person; from here on the bot is silent. Once is enough."""
    if known := tx.duplicate(conversation_id, client_id):
        return known
    now = changes.conversation(tx, conversation_id)
    if now.control != "bot":
        raise Conflict(where="control", expected="bot", got=now.control)
    ahead = tx.one(statements.COUNT_QUEUED)
    changed = ControlChanged(
        control="queued",
        control_epoch=now.control_epoch + 1,
        by="visitor" if by == "visitor" else "bot",
        queue_position=int(str(ahead[0])) + 1 if ahead else 1,
        text=QUEUED.of(language_of(now.last_text)),
        reason=reason or None,
        summary=summary or None,
    )
    stored = tx.append(conversation_id, changed, client_id=client_id, epoch=epoch)
    tx.run(statements.DROP_WAITING, cid=conversation_id)
    changes.hand(tx, conversation_id, "queued")
    return stored


def return_to_bot(tx: Transaction, conversation_id: str, *, client_id: str | None = None) -> Appended:
    """Leave the line; what the customer said while waiting is answered now."""
    if known := tx.duplicate(conversation_id, client_id):
        return known
    now = changes.conversation(tx, conversation_id)
    if now.control != "queued":
        raise Conflict(where="control", expected="queued", got=now.control)
    changed = ControlChanged(
        control="bot",
        control_epoch=now.control_epoch + 1,
        by="visitor",
        text=BACK_TO_BOT.of(language_of(now.last_text)),
    )
    stored = tx.append(conversation_id, changed, client_id=client_id)
    changes.hand(tx, conversation_id, "bot")
    unanswered = tx.one(statements.MESSAGES_AFTER, cid=conversation_id, after=now.answered_seq)
    if unanswered and unanswered[0]:
        changes.ask_for_answer(tx, now, int(str(unanswered[0])))
    return stored


def take_over(
    tx: Transaction, conversation_id: str, *, name: str, client_id: str | None = None, expect_epoch: int | None = None
) -> Appended:
    """A person answers from here on. Raises Conflict where one does already, or it has changed hands meanwhile."""
    if known := tx.duplicate(conversation_id, client_id):
        return known
    now = _in_hands(tx, conversation_id, ("bot", "queued"), expect_epoch)
    changed = ControlChanged(
        control="human",
        control_epoch=now.control_epoch + 1,
        by="agent",
        agent=name or None,
        text=TAKEN.of(language_of(now.last_text)),
    )
    stored = tx.append(conversation_id, changed, client_id=client_id)
    tx.run(statements.DROP_WAITING, cid=conversation_id)
    changes.hand(tx, conversation_id, "human", agent=name or None)
    return stored


def say_as_person(
    tx: Transaction, conversation_id: str, text: str, *, client_id: str | None = None, expect_epoch: int | None = None
) -> Appended:
    """What a person says to the customer; what the customer had said before counts as answered by it."""
    if known := tx.duplicate(conversation_id, client_id):
        return known
    now = _in_hands(tx, conversation_id, ("human",), expect_epoch)
    said = MessageCreated(
        message_id=tx.ids.new("msg"),
        author=Author(kind="agent", name=now.assignee or ""),
        blocks=(TextBlock(text=text),),
    )
    stored = changes.say(tx, conversation_id, said, client_id=client_id)
    tx.run(statements.SET_ANSWERED, cid=conversation_id, seq=stored.seq)
    tx.run(statements.NOT_DUE, cid=conversation_id)
    return stored


def hand_back(
    tx: Transaction, conversation_id: str, *, note: str, client_id: str | None = None, expect_epoch: int | None = None
) -> Appended:
    """The bot answers again, also what the customer said since the person's last words."""
    if known := tx.duplicate(conversation_id, client_id):
        return known
    now = _in_hands(tx, conversation_id, ("human", "queued"), expect_epoch)
    changed = ControlChanged(
        control="bot",
        control_epoch=now.control_epoch + 1,
        by="agent",
        text=BACK_TO_BOT.of(language_of(now.last_text)),
        note=note or None,
    )
    stored = tx.append(conversation_id, changed, client_id=client_id)
    changes.hand(tx, conversation_id, "bot")
    unanswered = tx.one(statements.MESSAGES_AFTER, cid=conversation_id, after=now.answered_seq)
    if unanswered and unanswered[0]:
        changes.ask_for_answer(tx, now, int(str(unanswered[0])))
    return stored


def _in_hands(
    tx: Transaction, conversation_id: str, hands: tuple[Control, ...], expect_epoch: int | None
) -> ConversationRecord:
    """Where the conversation stands, or Conflict unless it is in one of these hands and nobody was quicker."""
    now = changes.conversation(tx, conversation_id)
    if now.control not in hands:
        raise Conflict(where="control", expected=" or ".join(hands), got=now.control)
    if expect_epoch is not None and expect_epoch != now.control_epoch:
        raise Conflict(where="data.expect_epoch", expected=str(now.control_epoch), got=str(expect_epoch))
    return now


def offer_email(
    tx: Transaction,
    conversation_id: str,
    *,
    by: Literal["visitor", "bot"],
    reason: str = "",
    summary: str = "",
    client_id: str | None = None,
    epoch: int | None = None,
) -> Appended:
    """The bot found nobody free and offers an answer by e-mail in its own words; who answers stays the same."""
    if known := tx.duplicate(conversation_id, client_id):
        return known
    now = _in_hands(tx, conversation_id, ("bot",), None)
    offered = HandoffOffered(by=by, reason=reason or None, summary=summary or None)
    return tx.append(now.id, offered, client_id=client_id, epoch=epoch)


def offer_email_at_request(
    tx: Transaction, conversation_id: str, *, reason: str, summary: str, back: Sentence | None, client_id: str
) -> Appended:
    """A customer pressed for a person while nobody is there: an offer with a field for the address."""
    stored = offer_email(tx, conversation_id, by="visitor", reason=reason, summary=summary, client_id=client_id)
    if not stored.duplicate:
        language = language_of(changes.conversation(tx, conversation_id).last_text)
        when = "" if back is None else BACK_AT.of(language).format(back=back.zh if language == "zh" else back.en)
        _say_with_field(tx, conversation_id, NOBODY_FREE.of(language).format(back=when))
    return stored


def offer_email_to_waiting(tx: Transaction, conversation_id: str, *, since: str) -> Appended:
    """Nobody has come to who is in line since that moment: they may go on waiting, or leave an address.

    Raises Conflict where somebody came or the offer was made in between.
    """
    now = _in_hands(tx, conversation_id, ("queued",), None)
    if now.waiting_since is None or now.waiting_since > since:
        raise Conflict(where="waiting_since", expected=f"before {since}", got=str(now.waiting_since))
    stored = tx.append(conversation_id, HandoffOffered(by="system"))
    _say_with_field(tx, conversation_id, NOBODY_CAME.of(language_of(now.last_text)))
    tx.run(statements.NOT_WAITING, cid=conversation_id)
    return stored


def _say_with_field(tx: Transaction, conversation_id: str, text: str) -> None:
    field = EmailBlock(text=EMAIL_FIELD.of(language_of(text)))
    said = MessageCreated(
        message_id=tx.ids.new("msg"), author=Author(kind="system"), blocks=(TextBlock(text=text), field)
    )
    changes.say(tx, conversation_id, said)


def leave_email(
    tx: Transaction,
    conversation_id: str,
    email: str,
    *,
    by: str = "visitor",
    client_id: str | None = None,
    epoch: int | None = None,
) -> Appended:
    """A person is to answer at this address; who is in line leaves it, and what they said there is the person's.

    The bot says so in its own words, so `text` is only for whoever used the field. Raises BadRequest where it is no
    address, and Conflict where a person answers already or the conversation has ended.
    """
    if known := tx.duplicate(conversation_id, client_id):
        return known
    try:
        address = normalise(email)
    except ValueError as error:
        raise BadRequest(where="data.email", expected=str(error), got=email[:80]) from None
    now = _in_hands(tx, conversation_id, ("bot", "queued"), None)
    text = "" if by == "bot" else EMAIL_TAKEN.of(language_of(now.last_text)).format(email=address)
    left = HandoffEmail(email=address, by="bot" if by == "bot" else "visitor", text=text)
    stored = tx.append(conversation_id, left, client_id=client_id, epoch=epoch)
    tx.run(statements.SET_REPLY_EMAIL, cid=conversation_id, email=address)
    tx.run(statements.DUE, cid=conversation_id, now=tx.now)
    if now.control == "queued":
        tx.append(
            conversation_id, ControlChanged(control="bot", control_epoch=now.control_epoch + 1, by="visitor", text="")
        )
        changes.hand(tx, conversation_id, "bot")
        tx.run(statements.SET_ANSWERED, cid=conversation_id, seq=stored.seq)
    return stored


def take_typed_address(tx: Transaction, conversation_id: str, text: str) -> None:
    """Who is in line and was offered an answer by e-mail may also just write the address."""
    now = changes.conversation(tx, conversation_id)
    found = _ADDRESS.findall(text)
    if now.control != "queued" or now.waiting_since is not None or len(found) != 1:
        return
    try:
        normalise(found[0].rstrip(".!?。！？"))
    except ValueError:
        return
    leave_email(tx, conversation_id, found[0].rstrip(".!?。！？"))


def answered_by_email(tx: Transaction, conversation_id: str) -> Appended:
    """A person has written to the customer. Raises Conflict where no such answer is due."""
    now = changes.conversation(tx, conversation_id)
    if now.reply_email is None:
        raise Conflict(where="reply_email", expected="an answer that is due", got="none")
    stored = tx.append(conversation_id, HandoffAnswered(email=now.reply_email))
    tx.run(statements.SET_REPLY_EMAIL, cid=conversation_id, email=None)
    tx.run(statements.NOT_DUE, cid=conversation_id)
    return stored


def note(tx: Transaction, conversation_id: str, text: str, *, client_id: str | None = None) -> Appended:
    """What the shop's people write down for one another. Raises NotFound where there is no such conversation."""
    now = changes.conversation(tx, conversation_id)
    return tx.append(conversation_id, NoteCreated(text=text, agent=now.assignee), client_id=client_id)
