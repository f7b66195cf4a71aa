"""Every statement of the log, built with SQLAlchemy Core and compiled once for sqlite3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ClauseElement,
    Integer,
    Table,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import sqlite

from server.log.schema import conversations, counters, events, turns, views, visitors

_DIALECT = sqlite.dialect(paramstyle="named")


class Statement:
    """SQL text with the values that are part of it; the rest are given by name at each use."""

    __slots__ = ("_constants", "sql")

    def __init__(self, clause: ClauseElement) -> None:
        compiled = clause.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        self._constants = {name: value for name, value in (compiled.params or {}).items() if value is not None}

    def values(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**self._constants, **given}


def _p(name: str) -> Any:
    return bindparam(name, required=False, value=None)


def _rowid(table: Table) -> Any:
    """The order of insertion, which two rows of the same millisecond have, too."""
    return literal_column(f"{table.name}.rowid", Integer)


# Visitors

ADD_VISITOR = Statement(insert(visitors))
VISITOR = Statement(select(visitors).where(visitors.c.id == _p("visitor_id")))
VISITOR_OF_CONVERSATION = Statement(
    select(visitors)
    .join(conversations, conversations.c.visitor_id == visitors.c.id)
    .where(conversations.c.id == _p("cid"))
)
VISITOR_OF_CUSTOMER = Statement(
    select(visitors).where(visitors.c.customer_id == _p("customer")).order_by(_rowid(visitors).desc()).limit(1)
)
IDENTIFY = Statement(
    update(visitors)
    .where(visitors.c.id == _p("visitor_id"))
    .values(
        customer_id=_p("customer"), name=_p("their_name"), email=_p("their_email"), identity_expires_at=_p("expires")
    )
)

# Conversations

ADD_CONVERSATION = Statement(
    insert(conversations).values(
        {name: _p(name) for name in ("id", "visitor_id", "inbox_seq", "created_at", "updated_at")}
    )
)
CONVERSATION = Statement(select(conversations).where(conversations.c.id == _p("cid")))
OPEN_CONVERSATION = Statement(
    select(conversations)
    .where(conversations.c.visitor_id == _p("visitor_id"), conversations.c.control != "closed")
    .order_by(_rowid(conversations).desc())
    .limit(1)
)
ADVANCE = Statement(
    update(conversations)
    .where(conversations.c.id == _p("cid"))
    .values(
        last_seq=conversations.c.last_seq + 1,
        visitor_seq=conversations.c.visitor_seq + _p("shown"),
        inbox_seq=_p("inbox"),
        updated_at=_p("now"),
    )
    .returning(conversations.c.last_seq, conversations.c.visitor_seq, conversations.c.control_epoch)
)
PREVIEW = Statement(
    update(conversations)
    .where(conversations.c.id == _p("cid"))
    .values(last_text=_p("preview"), last_author=_p("author"))
)
SET_CONTROL = Statement(
    update(conversations)
    .where(conversations.c.id == _p("cid"))
    .values(
        control=_p("new_control"),
        control_epoch=conversations.c.control_epoch + 1,
        assignee=_p("agent"),
        waiting_since=_p("since"),
        due_since=case(
            (_p("new_control") == "queued", func.coalesce(conversations.c.due_since, _p("since"))),
            (or_(_p("new_control") == "human", conversations.c.reply_email.is_not(None)), conversations.c.due_since),
            else_=null(),
        ),
    )
)
DUE = Statement(
    update(conversations)
    .where(conversations.c.id == _p("cid"))
    .values(due_since=func.coalesce(conversations.c.due_since, _p("now")))
)
NOT_DUE = Statement(
    update(conversations)
    .where(conversations.c.id == _p("cid"), conversations.c.control != "queued", conversations.c.reply_email.is_(None))
    .values(due_since=null())
)
HEARD = Statement(update(conversations).where(conversations.c.id == _p("cid")).values(heard=conversations.c.heard + 1))
NOT_WAITING = Statement(update(conversations).where(conversations.c.id == _p("cid")).values(waiting_since=null()))
SET_REPLY_EMAIL = Statement(
    update(conversations).where(conversations.c.id == _p("cid")).values(reply_email=_p("email"))
)
WAITING_SINCE = Statement(
    select(conversations.c.id)
    .where(conversations.c.control == "queued", conversations.c.waiting_since <= _p("moment"))
    .order_by(conversations.c.waiting_since)
    .limit(_p("most"))
)
SET_ANSWERED = Statement(
    update(conversations)
    .where(conversations.c.id == _p("cid"))
    .values(answered_seq=func.max(conversations.c.answered_seq, _p("seq")))
)
SET_READ = Statement(
    update(conversations)
    .where(conversations.c.id == _p("cid"), conversations.c.read_seq < _p("seq"))
    .values(read_seq=_p("seq"))
)
IDLE_CONVERSATIONS = Statement(
    select(conversations.c.id)
    .where(conversations.c.control == "bot", conversations.c.last_seq > 0, conversations.c.updated_at < _p("moment"))
    .order_by(conversations.c.updated_at)
    .limit(_p("most"))
)
COUNT_QUEUED = Statement(select(func.count()).where(conversations.c.control == "queued"))
INBOX_AFTER = Statement(
    select(conversations, visitors)
    .join(visitors, visitors.c.id == conversations.c.visitor_id)
    .where(conversations.c.inbox_seq > _p("after"), conversations.c.last_seq > 0)
    .order_by(conversations.c.inbox_seq)
    .limit(_p("most"))
)
INBOX_DUE = Statement(
    select(conversations, visitors)
    .join(visitors, visitors.c.id == conversations.c.visitor_id)
    .where(conversations.c.due_since.is_not(None), conversations.c.inbox_seq <= _p("upto"))
    .order_by(conversations.c.due_since)
    .limit(_p("most"))
)
INBOX_START = Statement(
    select(conversations.c.inbox_seq)
    .where(conversations.c.last_seq > 0)
    .order_by(conversations.c.inbox_seq.desc())
    .limit(1)
    .offset(_p("newer"))
)
NEXT_NUMBER = Statement(
    update(counters).where(counters.c.name == "inbox").values(value=counters.c.value + 1).returning(counters.c.value)
)
LAST_NUMBER = Statement(select(counters.c.value).where(counters.c.name == "inbox"))

# Events

ADD_EVENT = Statement(insert(events))
EVENT_OF_CLIENT = Statement(
    select(events).where(events.c.conversation_id == _p("cid"), events.c.client_id == _p("client"))
)
EVENTS_AFTER = Statement(
    select(events)
    .where(events.c.conversation_id == _p("cid"), events.c.seq > _p("after"), events.c.seq <= _p("upto"))
    .order_by(events.c.seq)
    .limit(_p("most"))
)
VISITOR_EVENTS_AFTER = Statement(
    select(events)
    .where(events.c.conversation_id == _p("cid"), events.c.visitor_seq > _p("after"), events.c.seq <= _p("upto"))
    .order_by(events.c.visitor_seq)
    .limit(_p("most"))
)
EVENTS_BEFORE = Statement(
    select(events)
    .where(events.c.conversation_id == _p("cid"), events.c.seq < _p("before"))
    .order_by(events.c.seq.desc())
    .limit(_p("most"))
)
VISITOR_EVENTS_BEFORE = Statement(
    select(events)
    .where(events.c.conversation_id == _p("cid"), events.c.visitor_seq < _p("before"))
    .order_by(events.c.visitor_seq.desc())
    .limit(_p("most"))
)
VISITOR_SEQ_AT = Statement(
    select(func.max(events.c.visitor_seq)).where(events.c.conversation_id == _p("cid"), events.c.seq <= _p("upto"))
)
MESSAGE = Statement(
    select(events).where(
        events.c.conversation_id == _p("cid"),
        events.c.type == "message.created",
        func.json_extract(events.c.data, "$.message_id") == _p("message_id"),
    )
)
MESSAGES_OF_TURN = Statement(
    select(events)
    .where(
        events.c.conversation_id == _p("cid"),
        events.c.type == "message.created",
        func.json_extract(events.c.data, "$.turn_id") == _p("turn_id"),
    )
    .order_by(events.c.seq)
)
MESSAGES_AFTER = Statement(
    select(func.max(events.c.seq)).where(
        events.c.conversation_id == _p("cid"),
        events.c.type == "message.created",
        events.c.seq > _p("after"),
        func.json_extract(events.c.data, "$.author.kind") == "visitor",
    )
)
VISITORS_MESSAGES = Statement(
    select(events)
    .where(
        events.c.conversation_id == _p("cid"),
        events.c.type == "message.created",
        events.c.seq > _p("after"),
        events.c.seq <= _p("upto"),
        func.json_extract(events.c.data, "$.author.kind") == "visitor",
    )
    .order_by(events.c.seq)
)
SAID_BY_SHOP = Statement(
    select(events.c.seq)
    .where(
        events.c.conversation_id == _p("cid"),
        events.c.type == "message.created",
        or_(*(func.json_extract(events.c.data, "$.author.kind") == kind for kind in ("bot", "agent"))),
    )
    .limit(1)
)
EVENT_OF_TYPE = Statement(
    select(events.c.seq).where(events.c.conversation_id == _p("cid"), events.c.type == _p("kind")).limit(1)
)
PROOFS = Statement(
    select(events)
    .where(events.c.conversation_id == _p("cid"), events.c.type == "identity.proven")
    .order_by(events.c.seq)
)
PHOTOS_OF_TURN = Statement(
    select(func.json_extract(events.c.data, "$.upload_id")).where(
        events.c.conversation_id == _p("cid"),
        events.c.type == "photo.described",
        func.json_extract(events.c.data, "$.turn_id") == _p("turn_id"),
    )
)

# Turns

ADD_TURN = Statement(insert(turns))
WAITING_TURN = Statement(select(turns).where(turns.c.conversation_id == _p("cid"), turns.c.state == "waiting").limit(1))
NEXT_TURN = Statement(
    select(turns)
    .where(turns.c.conversation_id == _p("cid"), turns.c.state != "ended")
    .order_by((turns.c.state == "running").desc(), _rowid(turns))
    .limit(1)
)
LAST_TURN = Statement(select(turns).where(turns.c.conversation_id == _p("cid")).order_by(_rowid(turns).desc()).limit(1))
TURN = Statement(select(turns).where(turns.c.id == _p("turn_id")))
LENGTHEN_TURN = Statement(update(turns).where(turns.c.id == _p("turn_id")).values(message_seq=_p("seq")))
BEGIN_TURN = Statement(
    update(turns)
    .where(turns.c.id == _p("turn_id"))
    .values(state="running", attempt=turns.c.attempt + 1, after_seq=_p("after"), memory_seq=_p("memory"))
)
END_TURN = Statement(update(turns).where(turns.c.id == _p("turn_id")).values(state="ended"))
DROP_WAITING = Statement(delete(turns).where(turns.c.conversation_id == _p("cid"), turns.c.state == "waiting"))
OPEN_TURNS = Statement(
    select(turns.c.conversation_id)
    .join(conversations, conversations.c.id == turns.c.conversation_id)
    .where(or_(turns.c.state == "running", and_(turns.c.state == "waiting", conversations.c.control == "bot")))
    .distinct()
)

# Views; the latest has the highest rowid, since it replaces an earlier one of the same product

ADD_VIEW = Statement(insert(views).prefix_with("OR REPLACE"))
TRIM_VIEWS = Statement(
    delete(views).where(
        views.c.visitor_id == _p("visitor_id"),
        _rowid(views).not_in(
            select(_rowid(views))
            .where(views.c.visitor_id == _p("visitor_id"))
            .order_by(_rowid(views).desc())
            .limit(_p("most"))
        ),
    )
)
VIEWS = Statement(
    select(views.c.product_id).where(views.c.visitor_id == _p("visitor_id")).order_by(_rowid(views).desc())
)
VIEWS_OF_CONVERSATION = Statement(
    select(views.c.product_id)
    .join(conversations, conversations.c.visitor_id == views.c.visitor_id)
    .where(conversations.c.id == _p("cid"))
    .order_by(_rowid(views).desc())
)
LATEST_VIEWS = Statement(
    select(views.c.visitor_id, views.c.product_id).order_by(_rowid(views).desc()).limit(_p("most"))
)
ERASE_VIEWS = Statement(delete(views).where(views.c.visitor_id == _p("visitor_id")))
DROP_VIEWS = Statement(delete(views).where(views.c.viewed_at < _p("moment")))

# Erasing

# A customer by the shop's id or by their e-mail address, whatever its case.
_is_customer = or_(visitors.c.customer_id == _p("customer"), func.lower(visitors.c.email) == func.lower(_p("customer")))
VISITORS_OF_CUSTOMER = Statement(select(visitors.c.id).where(_is_customer))
CONVERSATIONS_OF_CUSTOMER = Statement(
    select(conversations.c.id)
    .join(visitors, visitors.c.id == conversations.c.visitor_id)
    .where(
        or_(
            _is_customer,
            select(events.c.seq)
            .where(
                events.c.conversation_id == conversations.c.id,
                events.c.type == "identity.proven",
                func.json_extract(events.c.data, "$.scope.customer_id") == _p("customer"),
            )
            .exists(),
        )
    )
)
_blocks = func.json_each(events.c.data, "$.blocks").table_valued("value", name="blocks")
PHOTOS = Statement(
    select(func.json_extract(_blocks.c.value, "$.upload_id"))
    .select_from(events)
    .join(_blocks, true())
    .where(
        events.c.conversation_id == _p("cid"),
        events.c.type == "message.created",
        func.json_extract(_blocks.c.value, "$.type") == "photo",
    )
)

ERASE_TURNS = Statement(delete(turns).where(turns.c.conversation_id == _p("cid")))
ERASE_EVENTS = Statement(delete(events).where(events.c.conversation_id == _p("cid")))
ERASE_CONVERSATION = Statement(delete(conversations).where(conversations.c.id == _p("cid")))
ERASE_LONELY_VISITOR = Statement(
    delete(visitors).where(
        visitors.c.id == _p("visitor_id"),
        ~select(conversations.c.id).where(conversations.c.visitor_id == _p("visitor_id")).exists(),
    )
)
