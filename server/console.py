"""The staff's socket: the list of conversations, and those that are open on the screen, live."""

from __future__ import annotations

import asyncio
import logging
import secrets

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.clock import timestamp
from server.connection import Connection
from server.errors import BadRequest, Malformed, NotFound, RateLimited, ServerError, Unauthorized
from server.faults import log_fault
from server.frames import STAFF_FRAMES, failed, frame_id, parse, render
from server.handshake import Refused, admit, first_frame, is_staff, receive_text, refuse
from server.hub import Hub
from server.inbox import Inbox
from server.limits import TokenBuckets
from server.log import people
from server.log.records import Appended
from server.window import Window
from server.wire import client
from server.wire.close import Close
from server.wire.server import Acknowledged, History, Pong, Resumed, StaffWelcome
from server.words import language_from_header

logger = logging.getLogger(__name__)

WATCHED = 50  # conversations open at a time
FRAMES_PER_10_SECONDS = 100


async def console_endpoint(websocket: WebSocket, hub: Hub) -> None:
    """`/ws/console`: one member of staff, from the handshake to the end."""
    try:
        if not await admit(websocket, hub):
            return
        hello = await first_frame(websocket, hub, STAFF_FRAMES, client.StaffHello)
        if not is_staff(hello.data.token, hub):
            error = Unauthorized(where="data.token", expected="the console's token")
            await refuse(websocket, hub, error, Close.UNAUTHENTICATED, re=hello.id)
    except (Refused, WebSocketDisconnect):
        return
    connection = Connection(websocket, audience="staff", encode=hub.encode)
    hub.enter(connection)
    console = Console(hub, websocket, connection)
    try:
        await connection.run(console.talk(hello))
    finally:
        console.leave()
        hub.leave(connection)


class Console:
    """One console's connection after its hello was accepted."""

    def __init__(self, hub: Hub, websocket: WebSocket, connection: Connection) -> None:
        self._hub = hub
        self._socket = websocket
        self._connection = connection
        self._language = language_from_header(websocket.headers.get("accept-language", ""))
        self._windows: dict[str, Window] = {}
        self._following: asyncio.Task[None] | None = None
        self._bucket = TokenBuckets(rate=FRAMES_PER_10_SECONDS / 10, burst=FRAMES_PER_10_SECONDS, keys=1)

    async def talk(self, hello: client.StaffHello) -> None:
        """Welcome, then the list and the open conversations as they were left, then what is asked."""
        resume = hello.data.resume
        self._connection.start()
        welcome = StaffWelcome(
            session_id=f"ses_{secrets.token_hex(12)}",
            heartbeat_ms=self._hub.limits.heartbeat_ms,
            server_time=timestamp(self._hub.clock.now()),
            inbox_seq=await self._hub.log.read.inbox_seq(),
        )
        self._connection.reply(welcome, re=hello.id)
        self._follow_inbox(resume.inbox_after)
        for cid, after in resume.cursors.items():
            data = client.SubscribeData(cid=cid, after=after)
            await self._handle_one(client.ConvSubscribe(type="conv.subscribe", id=hello.id, data=data))
        while True:
            try:
                text = await receive_text(self._socket)
                if wait := self._bucket.take("frames"):
                    raise RateLimited(where="frame", expected="fewer frames", retry_after_ms=wait)
                frame = parse(text, STAFF_FRAMES)
            except Malformed as error:
                self._fail(error, None, fatal=True)
                self._connection.finish(Close.MALFORMED)
                return await self._connection.ended()
            except ServerError as error:
                self._fail(error, frame_id(text))
            else:
                await self._handle_one(frame)

    def leave(self) -> None:
        if self._following is not None:
            self._following.cancel()
        for cid in tuple(self._windows):
            self._unwatch(cid)

    async def _handle_one(self, frame: client.ClientFrame) -> None:
        try:
            await self._do(frame)
        except ServerError as error:
            self._fail(error, frame.id)
        except Exception as error:
            log_fault(logger, "frame failed", error)
            self._fail(error, frame.id)

    async def _do(self, frame: client.ClientFrame) -> None:
        match frame:
            case client.ConvSubscribe(id=key, data=data):
                await self._watch(key, data.cid, data.after)
            case client.ConvUnsubscribe(id=key, data=data):
                self._unwatch(data.cid)
                self._connection.reply(Acknowledged(re=key), cid=data.cid, re=key)
            case client.ConvStatus(id=key, data=data):
                # The frame's id is not kept: the shopper's frames have names of their own in this conversation.
                stored = await self._hub.end(data.cid, by="agent", expect_epoch=data.expect_epoch)
                self._connection.reply(Acknowledged(re=key, seq=stored.seq), cid=data.cid, re=key)
            case client.ControlTake() | client.ControlReturn() | client.StaffMessage():
                stored = await self._in_hand(frame)
                self._connection.reply(Acknowledged(re=frame.id, seq=stored.seq), cid=frame.data.cid, re=frame.id)
            case client.HandoffAnswered(id=key, data=client.NamedData(cid=cid)):
                stored = await self._hub.log.write(lambda tx: people.answered_by_email(tx, cid))
                self._connection.reply(Acknowledged(re=key, seq=stored.seq), cid=cid, re=key)
            case client.NoteAdd(id=key, data=noted):
                stored = await self._hub.log.write(
                    lambda tx: people.note(tx, noted.cid, noted.text, client_id=_kept(key))
                )
                self._connection.reply(Acknowledged(re=key, seq=stored.seq), cid=noted.cid, re=key)
            case client.HistoryGet(id=key, data=data):
                await self._history(key, data)
            case client.Ping(id=key, data=data):
                self._connection.reply(Pong(t=data.t), re=key)
            case client.Ack():
                pass  # the console is told again what it asks for again
            case client.StaffHello():
                raise BadRequest(where="type", expected="one hello")

    async def _in_hand(self, frame: client.ControlTake | client.ControlReturn | client.StaffMessage) -> Appended:
        """Take a conversation from the bot, speak in it, or hand it back; a conflict where somebody was quicker."""
        cid, epoch = frame.data.cid, frame.data.expect_epoch
        match frame:
            case client.ControlTake(data=taking):
                return await self._hub.turns.hand_over(
                    cid, lambda tx: people.take_over(tx, cid, name=taking.name, expect_epoch=epoch)
                )
            case client.ControlReturn(data=returning):
                note = returning.note or ""
                stored = await self._hub.log.write(lambda tx: people.hand_back(tx, cid, note=note, expect_epoch=epoch))
                self._hub.turns.wake(cid)
                return stored
            case client.StaffMessage(data=said):
                return await self._hub.log.write(
                    lambda tx: people.say_as_person(tx, cid, said.text, client_id=_kept(frame.id), expect_epoch=epoch)
                )

    async def _watch(self, key: str, cid: str, after: int) -> None:
        """Send a conversation from `after`, then live. Nothing else is read from this console meanwhile."""
        if await self._hub.log.read.conversation(cid) is None:
            raise NotFound(where="data.cid", expected="a conversation")
        if len(self._windows) >= WATCHED and cid not in self._windows:
            raise BadRequest(where="data.cid", expected=f"at most {WATCHED} open conversations")
        self._unwatch(cid)
        window = self._windows[cid] = Window(cid, self._connection, log=self._hub.log, feeds=self._hub.feeds)
        joined = await window.join()
        await window.replay(after)
        window.show_speech()
        self._connection.reply(Resumed(last_seq=joined.seq), cid=cid, re=key)
        window.release()

    def _unwatch(self, cid: str) -> None:
        if window := self._windows.pop(cid, None):
            window.leave()

    async def _history(self, key: str, data: client.HistoryData) -> None:
        if data.cid is None or await self._hub.log.read.conversation(data.cid) is None:
            raise NotFound(where="data.cid", expected="a conversation")
        events = await self._hub.log.read.events_before(data.cid, data.before_seq, "staff", limit=data.limit)
        shown = tuple(orjson.loads(render(event, "staff")) for event in events)
        history = History(re=key, events=shown, more=bool(events) and events[0].seq > 1)
        self._connection.reply(history, cid=data.cid, re=key)

    def _follow_inbox(self, after: int) -> None:
        inbox = Inbox(self._hub.log, self._connection, after=after)
        self._following = asyncio.create_task(inbox.follow())
        self._following.add_done_callback(lambda task: None if task.cancelled() else self._connection.lost())

    def _fail(self, error: Exception, key: str | None, *, fatal: bool = False) -> None:
        self._connection.reply(failed(error, language=self._language, re=key, fatal=fatal), re=key)


def _kept(frame_id: str) -> str:
    """The name under which what staff wrote is stored, once: the shopper's frames have names of their own."""
    return f"staff:{frame_id}"
