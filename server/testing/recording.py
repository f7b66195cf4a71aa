"""Makes a test of a conversation that was held: the customer's steps, and what came of them: acts, not words."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import yaml

from agent.need import INTENTS
from agent.understand.language import reply_language
from server.log.reader import Reader
from server.log.records import Event, Visitor
from server.photos_port import UploadLookup
from server.testing.first import SCHEMA_NAME
from server.testing.format import Question
from server.testing.private import Replacer
from server.testing.records import records_of

SHOWN_AT_MOST = 3  # products that the test asks for
EVENTS_AT_A_TIME = 500
STAFF_NAME = "Colleague"
_TOLD = ("order_id", "product_id", "item_id", "subscription_id", "reason")  # arguments that say what a call is about

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A test: its text, and the photos beside it by file name."""

    text: str
    photos: Mapping[str, bytes]

    def write(self, path: Path) -> None:
        """Put it into a file, the photos beside it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        for name, content in self.photos.items():
            (path.parent / name).write_bytes(content)
        path.write_text(self.text, "utf-8")

    def zipped(self, name: str) -> bytes:
        """All of it as one file to download."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr(name, self.text)
            for photo, content in self.photos.items():
                archive.writestr(photo, content)
        return made.getvalue()


async def record(
    read: Reader, photos: UploadLookup, conversation_id: str, *, shop: Path | None, name: str
) -> Recorded | None:
    """A conversation as a test, or None where there is none of that id.

    `shop` is the database that has the shop's customers and orders, where there is one on this machine; `name` begins
    the photos' names.
    """
    held = await held_of(read, conversation_id)
    if held is None:
        return None
    records = await asyncio.to_thread(_records, shop)
    files = {
        upload_id: (f"{name}-{number}.jpg", stored.path.read_bytes())
        for number, upload_id in enumerate(held.uploads, 1)
        if (stored := photos.find(upload_id, held.visitor.id)) is not None
    }
    steps = held.steps({upload_id: file for upload_id, (file, _) in files.items()}, expecting=True)
    replace = _replacer(held, records)
    case: Json = {"test_case": f"as recorded: {replace(held.title)}"}
    if held.visitor.customer_id:
        person = replace.person.record
        known = held.visitor.customer_id if held.visitor.customer_id not in replace.replaced else person["id"]
        case["fixtures"] = {
            "signed_in": {"id": known, "name": replace(held.visitor.name), "email": replace(held.visitor.email)}
        }
    case["steps"] = replace.deep(steps)
    body = yaml.safe_dump({"test_cases": [case]}, allow_unicode=True, sort_keys=False, width=110)
    return Recorded(_head(held, replace, bool(files)) + body, dict(files.values()))


def _records(shop: Path | None) -> Mapping[str, Any]:
    return records_of(shop) if shop is not None and shop.exists() else {}


async def held_of(read: Reader, conversation_id: str) -> Held | None:
    """A conversation that was held, from the log."""
    found = await read.conversation(conversation_id)
    visitor = await read.visitor(found.visitor_id) if found else None
    if found is None or visitor is None:
        return None
    events: list[Event] = []
    while batch := await read.events_after(
        conversation_id, events[-1].seq if events else 0, "staff", limit=EVENTS_AT_A_TIME
    ):
        events += batch
    return Held(conversation_id, visitor, tuple(_frame(event) for event in events))


def _frame(event: Event) -> Json:
    data = json.loads(event.data) | (json.loads(event.staff_data) if event.staff_data else {})
    return {"type": event.type, "id": event.id, "ts": event.ts, "data": data}


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation as it was: who spoke, and all events as staff see them."""

    id: str
    visitor: Visitor
    frames: tuple[Json, ...]

    @property
    def uploads(self) -> tuple[str, ...]:
        """The photos that were sent, in order."""
        return tuple(b["upload_id"] for m in self._said("visitor") for b in m["blocks"] if b["type"] == "photo")

    @property
    def title(self) -> str:
        """The first words of it."""
        first = next((b["text"] for m in self._said("visitor") for b in m["blocks"] if b["type"] == "text"), "a photo")
        return " ".join(first.split())[:60]

    def _said(self, *kinds: str) -> Iterator[Json]:
        for frame in self.frames:
            if frame["type"] == "message.created" and frame["data"]["author"]["kind"] in kinds:
                yield frame["data"]

    @property
    def orders(self) -> dict[str, str]:
        """The numbers of the orders that it is about, with their status where it was shown."""
        found: dict[str, str] = {}
        for frame in self.frames:
            data = frame["data"]
            if frame["type"] == "tool.ran" and isinstance(data["arguments"].get("order_id"), str):
                found.setdefault(data["arguments"]["order_id"], "")
            elif frame["type"] == "identity.proven":
                found |= {id_: found.get(id_, "") for id_ in data["scope"].get("order_ids") or ()}
        for message in self._said("bot"):
            for block in message["blocks"]:
                if block["type"] == "order":
                    found[block["id"]] = found.get(block["id"]) or block["status"]
        return found

    def steps(self, photos: Mapping[str, str], *, expecting: bool) -> list[Json]:
        """What happened as the steps of a script; `photos` are files by upload. With `expecting`, what came of each."""
        telling = _Telling(photos, expecting)
        for frame in self.frames:
            telling.take(frame)
        telling.expect()
        return telling.steps


@dataclass
class _Telling:
    photos: Mapping[str, str]
    expecting: bool
    steps: list[Json] = field(default_factory=list)
    _came: list[Json] = field(default_factory=list)
    _control: str = "bot"
    _last: Json | None = None

    def take(self, frame: Json) -> None:
        """One event: a step, or something that came of the last one."""
        if (step := self._step(frame)) is not None:
            self.expect()
            self.steps.append(step)
        self._came.append(frame)
        data = frame["data"]
        if frame["type"] == "message.created" and data["author"]["kind"] == "bot":
            self._last = data
        elif frame["type"] == "message.deleted":  # answered anew: only the new answer counts
            self._came = [one for one in self._came if one["type"] == "message.created" and _by_visitor(one)]
        elif frame["type"] in ("control.changed", "conversation.closed"):
            self._control = data.get("control", "closed")

    def expect(self) -> None:
        """What came since the last step."""
        wanted = acts_of(self._came) if self.expecting and self.steps else {}
        if wanted:
            self.steps.append({"bot": wanted})
        self._came = []

    def _step(self, frame: Json) -> Json | None:
        data = frame["data"]
        match frame["type"]:
            case "message.created" if data["author"]["kind"] == "visitor":
                return self._message(data)
            case "control.changed" if data["by"] == "visitor" and self._pressed:
                return {"handoff": "request" if data["control"] == "queued" else "cancel"}
            case "feedback.given" if data["value"] and self._last and data["message_id"] == self._last["message_id"]:
                return {"feedback": "up" if data["value"] > 0 else "down"}
        did = _staff(frame["type"], data)
        return {"staff": did} if did else None

    @property
    def _pressed(self) -> bool:
        """Whether a change of hands was a button's: one that words brought about comes within their turn."""
        open_ = [one["type"] for one in self._came if one["type"] in ("turn.started", "turn.ended")]
        return not open_ or open_[-1] == "turn.ended"

    def _message(self, data: Json) -> Json | None:
        words, answer = _words(data), (data.get("context") or {}).get("answer")
        if answer in ("yes", "no") and (data.get("context") or {}).get("card"):
            return {"button": "confirm" if answer == "yes" else "decline"}
        if self._last is not None and data.get("reply_to") == self._last["message_id"]:
            for block in self._last["blocks"]:
                for choice in block["choices"] if block["type"] == "choices" else ():
                    if choice["value"] == words:
                        return {"button": choice["label"]}
        sent = [
            self.photos[b["upload_id"]]
            for b in data["blocks"]
            if b["type"] == "photo" and b["upload_id"] in self.photos
        ]
        step = ({"user": words} if words.strip() else {}) | ({"photo": sent[0]} if sent else {})
        return step or None


def _staff(type_: str, data: Json) -> Json | None:
    """What somebody of the shop did."""
    match type_:
        case "message.created" if data["author"]["kind"] == "agent":
            return {"write": _words(data)}
        case "note.created":
            return {"note": data["text"]}
        case "control.changed" if data["by"] == "agent" and data["control"] == "human":
            return {"take_over": STAFF_NAME}
        case "control.changed" if data["by"] == "agent":
            return {"hand_back": data.get("note") or True}
        case "conversation.closed" if data["by"] == "agent":
            return {"close": True}
    return None


def _by_visitor(frame: Json) -> bool:
    return bool(frame["data"]["author"]["kind"] == "visitor")


def _words(message: Json) -> str:
    return "\n".join(block["text"] for block in message["blocks"] if block["type"] == "text")


def acts_of(came: Sequence[Json]) -> Json:
    """What the bot did among these events, in the words of a script's `bot`."""
    blocks = [
        block
        for frame in came
        if frame["type"] == "message.created" and frame["data"]["author"]["kind"] == "bot"
        for block in frame["data"]["blocks"]
    ]
    shown = [product["id"] for block in blocks if block["type"] == "products" for product in block["products"]]
    said = "\n".join(block["text"] for block in blocks if block["type"] == "text")
    ran = [frame["data"] for frame in came if frame["type"] == "tool.ran"]
    memory = next((f["data"].get("memory") or {} for f in reversed(came) if f["type"] == "turn.ended"), {})
    asked = [str(memory.get(name, "")).partition(":")[0] for name in ("slot", "asked")]
    changes = [frame["data"]["control"] for frame in came if frame["type"] == "control.changed"]
    cards = [frame["data"]["card"]["operation"] for frame in came if frame["type"] == "confirmation.asked"]
    wanted = {
        "intent": memory.get("topic") if memory.get("topic") in INTENTS else None,
        "faq": list(dict.fromkeys(block["id"] for block in blocks if block["type"] == "faq")),
        "products": [{"id": shown[0], "rank": 1}, *dict.fromkeys(shown[1:SHOWN_AT_MOST])] if shown else [],
        "orders": list(dict.fromkeys(block["id"] for block in blocks if block["type"] == "order")),
        "tools": [_call(call) for call in ran],
        "card": cards[-1] if cards else None,
        "asked": next((one for one in asked if one in get_args(Question)), None),
        "language": reply_language(said, None) if said.strip() else None,
        "mode": changes[-1] if changes else None,
    }
    return {name: value for name, value in wanted.items() if value}


def _call(ran: Json) -> Any:
    told = {
        name: value for name, value in ran["arguments"].items() if name in _TOLD and isinstance(value, str) and value
    }
    call: Json = {"name": ran["name"]} | ({"arguments": told} if told else {})
    call |= {"outcome": ran["outcome"]} if ran["outcome"] != "ok" else {}
    return call if len(call) > 1 else ran["name"]


def _replacer(held: Held, records: Mapping[str, Any]) -> Replacer:
    """What replaces whoever speaks, with all that the shop knows of them."""
    customers, orders = records.get("customers", {}), records.get("orders", {})
    status = {id_: known or orders.get(id_, {}).get("status", "") for id_, known in held.orders.items()}
    proven = [f["data"]["scope"].get("customer_id") for f in held.frames if f["type"] == "identity.proven"]
    owners = {held.visitor.customer_id, *proven, *(orders.get(id_, {}).get("customer_id") for id_ in status)} - {None}
    given = " ".join(json.dumps(frame["data"], ensure_ascii=False) for frame in held.frames).lower()
    theirs = [one for id_, one in customers.items() if id_ in owners or str(one.get("email", "?")).lower() in given]
    proofs = [
        frame["data"] for frame in held.frames if frame["type"] == "tool.ran" and frame["data"]["outcome"] == "ok"
    ]
    mails = [{"email": one["arguments"].get("email") or ""} for one in proofs if one["name"] == "verify_identity"]
    staff = {f["data"]["author"].get("name") for f in held.frames if f["type"] == "message.created"
             and f["data"]["author"]["kind"] == "agent"}  # fmt: skip
    replace = Replacer(
        [
            *theirs,
            *mails,
            {"email": held.visitor.email, "name": held.visitor.name, "id": held.visitor.customer_id or ""},
        ],
        status,
        ids=[str(one) for one in owners],
    )
    for name in staff - {None, "", STAFF_NAME}:
        replace.staff(str(name), STAFF_NAME)
    return replace


def _head(held: Held, replace: Replacer, photos: bool) -> str:
    day = str(held.frames[0]["ts"])[:10] if held.frames else "unknown"
    lines = [
        f"# yaml-language-server: $schema={SCHEMA_NAME}",
        f"# Recorded from a conversation of {day}. What the bot did is expected, not how it said it.",
        f"# Replaced by data of the demo shop: {replace.told}.",
        "# Names and addresses in free words are only found where the shop knows them or where words such as",
        '# "my name is" tell: read this file before you give it to anybody.',
    ]
    lines += ["# The photos beside it are as they were sent: look at them, too."] if photos else []
    lines += ["# Ids of products and answers are your shop's: elsewhere than in the demo, name its folder in",
              "# `fixtures: {shop: FOLDER}`, or a server with `vitrine test --url`."]  # fmt: skip
    return "\n".join(lines) + "\n"
