"""Whether what shoppers read is grounded: every reply of the demo shop beside what the shop's own files say.

The evidence is collected anew, from the files of the demo and its database, by what a reply shows and names: the check
inside the agent has other hands for that. What is stated is read with the same words (`agent/facts.py`).
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import tempfile
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from agent.cards import day, money
from agent.facts import Facts
from agent.speak import cut
from retrieval.ingest.faq import read_faq
from retrieval.ingest.products import read_products
from server.chat_client import Answer, ChatClient, open_chat
from server.evidence import receipts, record, statements, templates, unheld
from server.measuring import DEMO, Rows, running_server
from server.settings import Settings
from server.visits import Visit, shows, visits
from tools.adapters.sqlite import SqliteShop
from tools.changes import CancelOrder, ReturnItems
from tools.errors import ToolError
from tools.policy.reading import packaged
from tools.records import Assurance, CustomerScope, Order

SHOWN_AT_MOST = 6
BROKEN_OFF = ("error", "timeout")  # why a turn ends that nobody could finish: its apology answers nothing


@dataclass(frozen=True, slots=True)
class Checked:
    """A reply, the kind of what it shows, and with its fault each sentence that nothing supports, or all of it where
    the turn broke off."""

    asked: str
    kind: str
    sentences: int
    ungrounded: tuple[tuple[str, str], ...]


class Shelf:
    """All that the demo shop says and keeps, by the names under which replies point at it."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._policy = packaged("demo")
        self._shop = SqliteShop(database, self._policy)
        self._products = {p.id: p for p in read_products(DEMO / "products.jsonl").rows}
        self._answers = {f.id: f for f in read_faq(DEMO / "faq.jsonl").rows}
        self._titles = {title: p for p in self._products.values() for title in (p.title, p.attributes["title_zh"])}
        customers = json.loads((DEMO / "customers.json").read_text("utf-8"))
        self._customers = {customer["email"]: customer["id"] for customer in customers}
        self._codes = [code["code"] for code in json.loads((DEMO / "promo_codes.json").read_text("utf-8"))]

    async def facts(self, visit: Visit, frames: Sequence[dict[str, Any]]) -> Facts:
        """What may be said in a visit after these frames: of all that was shown or named in it so far."""
        facts = Facts()
        facts.own(*templates())
        facts.count(*range(1, SHOWN_AT_MOST + 1))
        blocks = [b for f in frames if f["type"] == "message.created" for b in f["data"].get("blocks", ())]
        text = "\n".join(str(block.get("text", "")) for block in blocks)
        shown = {product["id"] for block in blocks for product in block.get("products", ())}
        named = {product.id for title, product in self._titles.items() if title in text}
        cited = {block["id"] for block in blocks if block["type"] == "faq"}
        cited |= {answer.id for answer in self._answers.values() if answer.question in text}
        facts.add(*statements(self._products[product_id] for product_id in sorted(shown | named)))
        facts.add(*statements(self._answers[answer_id] for answer_id in sorted(cited)))
        for frame in frames:
            if frame["type"] == "photo.described":
                facts.add(frame["data"]["caption"], *(f"{a['name']} {a['value']}" for a in frame["data"]["attributes"]))
        words = [message for message in visit.messages if isinstance(message, str)]
        facts.echo(*words, *(f"€{amount}" for word in words for amount in re.findall(r"\d+(?:[.,]\d+)?", word)))
        codes = [code for each in self._codes if (code := await self._shop.promo_code(each)) is not None]
        record(facts, (code.model_dump(mode="json") for code in codes))
        facts.unknown(*unheld(words, (*self._products, *self._codes)))
        if visit.email:
            await self._of_customer(visit.email, facts)
        return facts

    async def _of_customer(self, email: str, facts: Facts) -> None:
        """Their own records, and what the policy says of each of their orders."""
        scope = CustomerScope(assurance=Assurance.ACCOUNT, customer_id=self._customers[email])
        held = await self._shop.orders(scope)
        subscriptions, shipping = await self._shop.subscriptions(scope), await self._shop.shipping_options()
        records = (await self._shop.customer(scope), *held, *subscriptions, *shipping)
        record(facts, (one.model_dump(mode="json") for one in records))
        for kind, (least, most) in self._policy.refund_days.items():
            facts.record(f"{kind}.days", f"{least} {most}")
        for order in held:
            facts.add(*self._policy_of(order))
            facts.add(*[money(amount, order.currency) async for amount in self._given_back(order, scope)])
        orders = {order.id for order in held}
        facts.add(*(one["reference"] for one in receipts(self._database) if one["quote"]["order_id"] in orders))

    def _policy_of(self, order: Order) -> Iterator[str]:
        delivered = order.shipment.delivered_on if order.shipment else None
        for rows in self._policy.tables.values():
            for say in (row.say for row in rows if row.say is not None):
                told = {language: _day(delivered, language) for language in ("en", "zh")}
                yield say.filled(order=order.id, status=order.status, delivered=told["en"]).en
                yield say.filled(order=order.id, status=order.status, delivered=told["zh"]).zh

    async def _given_back(self, order: Order, scope: CustomerScope) -> AsyncIterator[Decimal]:
        """What the shop would pay back for the order and keep for its return, asked of its tables anew."""
        pieces = tuple(line.item_id for line in order.lines for _ in range(line.quantity))
        changes = (
            CancelOrder(order_id=order.id, reason="other"),
            ReturnItems(order_id=order.id, item_ids=pieces),
        )
        for change in changes:
            with suppress(ToolError):
                quote = await self._shop.quote(change, scope)
                yield quote.return_fee
                for moved in quote.moves:
                    yield moved.amount


def _day(when: date | None, language: Any) -> str:
    return day(when, language) if when else ""


async def measure_replies(settings: Settings, replies: int) -> list[Checked]:
    """Every reply of a real server over the real socket, checked as the shopper reads it."""
    with own_folder(settings) as own:
        async with running_server(own, own.port) as url:
            shelf = await asyncio.to_thread(Shelf, own.shop_database)
            return [checked for visit in visits(replies) for checked in await _visited(url, visit, shelf)]


async def _visited(url: str, visit: Visit, shelf: Shelf) -> list[Checked]:
    """A visit's replies; after a hand-over the rest is said as a new visitor."""
    found: list[Checked] = []
    left = list(visit.messages)
    while left:
        async with open_chat(url) as client:
            while left:
                message = left.pop(0)
                answer = await _ask(client, message)
                found.append(await _checked(str(message), answer, visit, client, shelf))
                if answer.data("control.changed"):
                    break
    return found


async def _ask(client: ChatClient, message: str | Path) -> Answer:
    return await (client.ask(message) if isinstance(message, str) else client.ask(photo=message))


async def _checked(asked: str, answer: Answer, visit: Visit, client: ChatClient, shelf: Shelf) -> Checked:
    return check(asked, answer, await shelf.facts(visit, client.frames))


def check(asked: str, answer: Answer, facts: Facts) -> Checked:
    """A reply beside what may be said."""
    sentences = [s for block in answer.blocks for s in cut(block["text"], last=True)[0] if s.strip()]
    faults = [(s.strip(), fault) for s in sentences if (fault := facts.fault(s))]
    faults += [(answer.text, "broke off") for ended in answer.data("turn.ended") if ended["reason"] in BROKEN_OFF]
    return Checked(asked, shows(answer), len(sentences), tuple(faults))


def by_kind(checked: Sequence[Checked]) -> Rows:
    """Replies and sentences by what they show; the last row is all of them."""
    kinds: dict[str, list[Checked]] = defaultdict(list)
    for reply in checked:
        kinds[reply.kind].append(reply)
    return [*(_row(kind, of) for kind, of in sorted(kinds.items())), _row("all", checked)]


def _row(kind: str, checked: Sequence[Checked]) -> dict[str, Any]:
    faults = Counter(fault for reply in checked for _, fault in reply.ungrounded)
    return {
        "shows": kind,
        "replies": len(checked),
        "sentences": sum(reply.sentences for reply in checked),
        "ungrounded": sum(faults.values()),
        "faults": ", ".join(f"{fault}: {count}" for fault, count in faults.most_common()) or "–",
    }


def ungrounded(checked: Sequence[Checked]) -> Rows:
    """Each sentence that nothing supports."""
    return [
        {"asked": reply.asked, "said": said, "fault": fault} for reply in checked for said, fault in reply.ungrounded
    ]


@contextmanager
def own_folder(settings: Settings) -> Iterator[Settings]:
    """Settings of a demo shop in a folder that is thrown away, on a free port, with the models of these settings."""
    with tempfile.TemporaryDirectory() as name, socket.socket() as probe:
        (Path(name) / "models").symlink_to(settings.text_model.parent.absolute())
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        yield settings.model_copy(update={"data_dir": Path(name), "demo": True, "port": port})
