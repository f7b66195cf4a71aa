"""The shopper's socket."""

from __future__ import annotations

import asyncio
import logging
import time

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.clock import timestamp
from server.connection import Connection
from server.errors import BadRequest, Malformed, RateLimited, ServerError
from server.faults import log_fault
from server.feeds import Joined
from server.frames import SHOPPER_FRAMES, failed, frame_id, parse, render
from server.handshake import Refused, admit, close_code_of, first_frame, receive_text, refuse
from server.hub import Hub
from server.limits import TokenBuckets
from server.log import changes, people
from server.log.records import Appended, ConversationRecord
from server.sessions import Session
from server.window import Window
from server.wire import client
from server.wire.close import Close
from server.wire.events import VISITOR, CsatSubmitted, FeedbackGiven
from server.wire.server import (
    Acknowledged,
    ConversationState,
    History,
    Pong,
    Resumed,
    ResumeReset,
    StreamEnd,
    TypingShown,
    User,
    Welcome,
)
from server.words import language_from_header

logger = logging.getLogger(__name__)

TYPING_SECONDS = 10.0
REFUSED_FRAMES = 60  # a client that goes on like this after its limit has to go
RESET_EVENTS = 50


async def chat_endpoint(websocket: WebSocket, hub: Hub) -> None:
    """`/ws/chat`: one shopper's page, from the handshake to the end."""
    try:
        if not await admit(websocket, hub):
            return
        hello = await first_frame(websocket, hub, SHOPPER_FRAMES, client.Hello)
        try:
            session = hub.sessions.redeem(hello.data.ticket)
            resume = hello.data.resume
            conversation_id = resume.cid if resume else session.conversation_id
            await hub.sessions.owned(conversation_id, session.visitor.id)
        except ServerError as error:
            await refuse(websocket, hub, error, close_code_of(error), re=hello.id)
    except (Refused, WebSocketDisconnect):
        return
    connection = Connection(websocket, audience="visitor", encode=hub.encode)
    hub.enter(connection, session)
    chat = Chat(hub, session, conversation_id, websocket, connection)
    try:
        await connection.run(chat.talk(hello))
    finally:
        chat.leave()
        hub.leave(connection, session)


class Chat:
    """One shopper's connection after its hello was accepted."""

    def __init__(
        self, hub: Hub, session: Session, conversation_id: str, websocket: WebSocket, connection: Connection
    ) -> None:
        self._hub = hub
        self._session = session
        self._cid = conversation_id
        self._socket = websocket
        self._connection = connection
        self._window = Window(conversation_id, connection, log=hub.log, feeds=hub.feeds)
        self._language = language_from_header(websocket.headers.get("accept-language", ""))
        self._typing: asyncio.TimerHandle | None = None
        self._came = 0.0  # when the frame that is being answered came
        frames = hub.limits.frames_per_10_seconds
        self._bucket = TokenBuckets(rate=frames / 10, burst=frames, keys=1)

    async def talk(self, hello: client.Hello) -> None:
        """Welcome the client, bring it up to date, then do what it asks, a frame at a time."""
        self._connection.start()
        joined = await self._window.join()
        state = await self._state()
        self._connection.reply(self._welcome(state), cid=self._cid, re=hello.id)
        if hello.data.resume is not None:
            await self._replay(hello.data.resume.after, joined, state)
        else:
            self._window.show_speech()
        self._window.release()
        refused = 0
        while True:
            try:
                text = await receive_text(self._socket)
                if wait := self._bucket.take("frames"):
                    refused += 1
                    raise RateLimited(where="frame", expected="fewer frames", retry_after_ms=wait)
                await self._handle(text)
            except RateLimited as error:
                self._fail(error, frame_id(text), fatal=refused > REFUSED_FRAMES)
                if refused > REFUSED_FRAMES:
                    return await self._end(Close.TOO_MANY)
            except Malformed as error:
                self._fail(error, None, fatal=True)
                return await self._end(Close.MALFORMED)

    def leave(self) -> None:
        if self._typing is not None:
            self._typing.cancel()
            self._show_typing(on=False)
        self._window.leave()

    async def _handle(self, text: str) -> None:
        """Do what one frame asks; what is wrong with it is answered, and the socket stays."""
        self._came = time.perf_counter()
        try:
            frame = parse(text, SHOPPER_FRAMES)
            if isinstance(frame, client.Hello):
                self._fail(BadRequest(where="type", expected="one hello"), frame.id, fatal=True)
                return await self._end(Close.TOO_MANY)
            await self._do(frame)
        except (Malformed, RateLimited):
            raise
        except ServerError as error:
            self._fail(error, frame_id(text))
        except Exception as error:
            log_fault(logger, "frame failed", error)
            self._fail(error, frame_id(text))

    async def _do(self, frame: client.ClientFrame) -> None:  # noqa: PLR0912 - a case for each frame
        visitor_id = self._session.visitor.id
        match frame:
            case client.MessageSend(id=key, data=data):
                self._stop_typing()
                stored = await self._hub.intake.message(self._cid, data, visitor_id=visitor_id, client_id=key)
                self._acknowledge(key, stored)
            case client.MessageAction(id=key, data=data):
                stored = await self._hub.intake.action(self._cid, data, visitor_id=visitor_id, client_id=key)
                self._acknowledge(key, stored)
            case client.ExplainCorrect(id=key, data=data):
                stored = await self._hub.intake.correction(self._cid, data, visitor_id=visitor_id, client_id=key)
                self._acknowledge(key, stored)
            case client.TurnStop(id=key, data=data):
                await self._stop(key, data.turn_id)
            case client.TurnRegenerate(id=key, data=data):
                await self._regenerate(key, data.message_id)
            case client.Typing(data=data):
                self._type(data)
            case client.Read(data=data):
                await self._read(data.seq)
            case client.Ack(data=data):
                self._connection.acknowledge(data.seq)
            case client.FeedbackSet(id=key, data=data):
                given = FeedbackGiven(**data.model_dump())
                self._acknowledge(key, await self._judge(given, key))
            case client.CsatSubmit(id=key, data=data):
                self._acknowledge(key, await self._rate(CsatSubmitted(**data.model_dump()), key))
            case client.ConversationClose(id=key):
                self._acknowledge(key, await self._hub.end(self._cid, by="visitor", client_id=key))
            case client.HandoffRequest(id=key, data=data):
                await self._ask_for_person(key, data.reason or "")
            case client.HandoffCancel(id=key):
                await self._return_to_bot(key)
            case client.HandoffEmail(id=key, data=data):
                await self._leave_email(key, data.email)
            case client.HistoryGet(id=key, data=data):
                self._connection.reply(await self._history(key, data), cid=self._cid, re=key)
            case client.Ping(id=key, data=data):
                self._connection.reply(Pong(t=data.t), re=key)

    async def _replay(self, after: int, joined: Joined, state: ConversationRecord) -> None:
        """Send what the client has missed, then the answer that is being given, then that this was all."""
        last = await self._hub.log.read.visitor_seq_at(self._cid, joined.seq)
        if after > last or last - after > self._hub.limits.replay_events:
            url = f"/v1/conversations/{self._cid}/history"
            shown = self._shown(state, last)
            self._connection.reply(ResumeReset(last_seq=last, history_url=url, conversation=shown), cid=self._cid)
            after = max(0, last - RESET_EVENTS)
        await self._window.replay(after)
        self._window.show_speech()
        self._connection.reply(Resumed(last_seq=last), cid=self._cid)

    async def _stop(self, key: str, turn_id: str) -> None:
        running = self._hub.turns.stop(self._cid, turn_id)
        self._connection.reply(Acknowledged(re=key), cid=self._cid, re=key)
        if not running:  # over already: saying so again harms nobody
            self._connection.reply(StreamEnd(turn_id=turn_id, reason="stopped"), cid=self._cid, re=key)

    async def _regenerate(self, key: str, message_id: str) -> None:
        stored = await self._hub.log.write(lambda tx: changes.regenerate(tx, self._cid, message_id, client_id=key))
        self._acknowledge(key, stored)
        self._hub.turns.wake(self._cid)

    async def _ask_for_person(self, key: str, reason: str) -> None:
        self._acknowledge(key, await self._hub.ask_for_person(self._cid, reason=reason, client_id=key))

    async def _leave_email(self, key: str, email: str) -> None:
        stored = await self._hub.log.write(lambda tx: people.leave_email(tx, self._cid, email, client_id=key))
        self._acknowledge(key, stored)

    async def _return_to_bot(self, key: str) -> None:
        stored = await self._hub.log.write(lambda tx: people.return_to_bot(tx, self._cid, client_id=key))
        self._acknowledge(key, stored)
        self._hub.turns.wake(self._cid)

    async def _read(self, seq: int) -> None:
        await self._hub.log.write(lambda tx: changes.mark_read(tx, self._cid, seq))

    async def _judge(self, given: FeedbackGiven, key: str) -> Appended:
        return await self._hub.log.write(lambda tx: changes.judge(tx, self._cid, given, client_id=key))

    async def _rate(self, given: CsatSubmitted, key: str) -> Appended:
        return await self._hub.log.write(lambda tx: changes.submit_csat(tx, self._cid, given, client_id=key))

    async def _history(self, key: str, data: client.HistoryData) -> History:
        events = await self._hub.log.read.events_before(self._cid, data.before_seq, "visitor", limit=data.limit)
        return History(
            re=key,
            events=tuple(orjson.loads(render(event, "visitor")) for event in events),
            more=bool(events) and (events[0].visitor_seq or 0) > 1,
        )

    def _type(self, data: client.TypingData) -> None:
        self._stop_typing()
        if data.on:
            self._show_typing(on=True, preview=data.preview)
            self._typing = asyncio.get_running_loop().call_later(TYPING_SECONDS, self._stop_typing)

    def _stop_typing(self) -> None:
        if self._typing is not None:
            self._typing.cancel()
            self._typing = None
            self._show_typing(on=False)

    def _show_typing(self, *, on: bool, preview: str | None = None) -> None:
        self._hub.feeds.tell(self._cid, TypingShown(author=VISITOR, on=on, preview=preview), to="staff")

    def _acknowledge(self, key: str, stored: Appended) -> None:
        ack = Acknowledged(re=key, seq=stored.visitor_seq, duplicate=stored.duplicate or None)
        self._connection.reply(ack, cid=self._cid, re=key)
        self._hub.acknowledged(time.perf_counter() - self._came)

    def _fail(self, error: Exception, key: str | None, *, fatal: bool = False) -> None:
        self._connection.reply(failed(error, language=self._language, re=key, fatal=fatal), cid=self._cid, re=key)

    async def _end(self, code: Close) -> None:
        self._connection.finish(code)
        await self._connection.ended()

    async def _state(self) -> ConversationRecord:
        state = await self._hub.log.read.conversation(self._cid)
        if state is None:
            raise WebSocketDisconnect(Close.FORBIDDEN)
        return state

    def _welcome(self, state: ConversationRecord) -> Welcome:
        visitor = self._session.visitor
        now = timestamp(self._hub.clock.now())
        return Welcome(
            session_id=self._session.id,
            user=User(id=visitor.id, name=visitor.name, signed_in=visitor.signed_in(now)),
            heartbeat_ms=self._hub.limits.heartbeat_ms,
            limits=self._hub.limits.shown(),
            server_time=now,
            conversation=self._shown(state, state.visitor_seq),
        )

    def _shown(self, state: ConversationRecord, last_seq: int) -> ConversationState:
        return ConversationState(
            id=state.id,
            status="closed" if state.control == "closed" else "open",
            control=state.control,
            control_epoch=state.control_epoch,
            assignee=state.assignee,
            last_seq=last_seq,
        )
