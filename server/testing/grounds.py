"""What a shop of our own lets a conversation be checked for: that it states only what the shop knows, and tells and
reads only what is the customer's own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from agent.facts import Facts
from agent.speak import cut
from retrieval.catalogue import Catalogue
from server.chat_client import Frame
from server.evidence import receipts, record, statements, templates, unheld
from server.testing.expecting import Difference, texts_in
from server.testing.fixtures import SignedIn
from server.testing.talking import Happened
from tools.order_numbers import found_in, normalise
from tools.records import Assurance, Customer, Order

SHORTEST = 6  # characters of a text that gives somebody away


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose something is, and of which order it tells."""

    customer: str
    order: str = ""


@dataclass
class Proven:
    """Who the customer of a conversation is known to be, by the shop's word or by an order's number and e-mail."""

    accounts: set[str] = field(default_factory=set)
    orders: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, staff: Sequence[Frame], signed_in: SignedIn | None) -> Proven:
        proven = cls({signed_in.id} if signed_in else set())
        for frame in staff:
            if frame["type"] == "identity.proven":
                scope = frame["data"]["scope"]
                if scope["assurance"] >= Assurance.ACCOUNT:
                    proven.accounts.add(scope["customer_id"])
                else:
                    proven.orders.setdefault(scope["customer_id"], set()).update(scope["order_ids"])
        return proven

    def may_see(self, owner: Owner) -> bool:
        if owner.customer in self.accounts:
            return True
        return owner.customer in self.orders and (not owner.order or owner.order in self.orders[owner.customer])

    def has(self, order: Order) -> bool:
        return self.may_see(Owner(order.customer_id, order.id))


@lru_cache(maxsize=64)
def private_texts(database: Path) -> Mapping[str, Owner]:
    """What gives a customer away (address, e-mail, order and parcel numbers), in small letters, with whose it is.

    What the shop itself says to everybody, such as an example of an order number, gives nobody away.
    """
    found: dict[str, Owner] = {}
    shared: set[str] = set()

    def add(text: str, owner: Owner) -> None:
        key = text.casefold().strip()
        if key in found and found[key].customer != owner.customer:
            shared.add(key)
        elif len(key) >= SHORTEST:
            found.setdefault(key, owner)

    for customer in _customers(database):
        for text in (customer.email, customer.address.line1 if customer.address else ""):
            add(text, Owner(customer.id))
    for order in _orders(database):
        owner = Owner(order.customer_id, order.id)
        add(order.id, owner)
        add(order.shipment.tracking_number if order.shipment else "", owner)
    public = "\n".join((*templates(), *_answers(database))).casefold()
    return {text: owner for text, owner in found.items() if text not in shared and text not in public}


def others_data(
    database: Path, visitor: Sequence[Frame], staff: Sequence[Frame], signed_in: SignedIn | None
) -> list[Difference]:
    """What of other customers the page was told though nobody had typed it, and reads of their orders."""
    private, proven = private_texts(database), Proven.of(staff, signed_in)
    written = "\n".join(_written(visitor)).casefold()
    told = "\n".join(_told(visitor)).casefold()
    found = [
        Difference("nothing on the page that is not proven to be theirs", f"{text!r}, which is {owner.customer}'s")
        for text, owner in private.items()
        if text in told and text not in written and not proven.may_see(owner)
    ]
    for frame in staff:
        call = frame["data"] if frame["type"] == "tool.ran" else {}
        order = _order_number(call.get("arguments", {}).get("order_id", ""))
        owner = private.get(order.casefold())
        if call.get("outcome") == "ok" and owner is not None and not proven.may_see(owner):
            found.append(
                Difference("calls about the customer's own orders", f"{call['name']}({order}) of {owner.customer}")
            )
    return found


def ungrounded(
    happened: Happened,
    visitor: Sequence[Frame],
    staff: Sequence[Frame] | None,
    *,
    database: Path,
    policy: Path | None,
    signed_in: SignedIn | None,
) -> list[Difference]:
    """Sentences of an answer that state what nothing supports: no product or FAQ entry that was shown or cited, no
    record of the customer's own, none of their words. The check is that of the agent's own speech (`agent.facts`), on
    evidence that is gathered here anew."""
    facts = Facts()
    facts.add(*_documents(database, visitor))
    facts.add(*_beside_words(visitor))
    if staff is not None:
        proven = Proven.of(staff, signed_in)
        records = [order.model_dump_json() for order in _orders(database) if proven.has(order)]
        records += [c.model_dump_json() for c in _customers(database) if proven.may_see(Owner(c.id))]
        if any(frame["type"] == "tool.ran" for frame in staff):
            records += [*_rows(database, "shipping_options"), *_rows(database, "promo_codes")]
            facts.add(policy.read_text("utf-8") if policy else "")
        record(facts, map(json.loads, records))
    record(facts, receipts(database, {frame["cid"] for frame in visitor if frame.get("cid")}))
    facts.own(*templates())
    facts.echo(*_written(visitor))
    facts.unknown(*unheld(_written(visitor), _codes(database)))
    facts.count(*range(1, 1 + max((len(b.get("products", ())) for b in happened.blocks), default=0)))
    sentences = (s for b in happened.blocks if b["type"] == "text" for s in cut(b["text"], last=True)[0])
    return [
        Difference("only what the shop knows", f"{fault} in {sentence.strip()!r}")
        for sentence in sentences
        if (fault := facts.fault(sentence))
    ]


def _documents(database: Path, visitor: Sequence[Frame]) -> Iterable[str]:
    """All that the catalogue says of what was shown or cited so far."""
    named: dict[str, None] = {}
    for data in _messages(visitor):
        named |= dict.fromkeys(data.get("citations", ()))
        named |= dict.fromkeys(p["id"] for block in data["blocks"] for p in block.get("products", ()))
    catalogue = Catalogue(database)
    try:
        found = [catalogue.product(id_) or catalogue.faq(id_) for id_ in named]
    finally:
        catalogue.close()
    return statements(one for one in found if one is not None)


def _beside_words(visitor: Sequence[Frame]) -> Iterator[str]:
    """What code put beside the bot's words (cards, orders, products), and what was seen in photos."""
    for data in _messages(visitor):
        for block in data["blocks"] if data["author"]["kind"] == "bot" else ():
            if block["type"] not in ("text", "choices"):
                yield from texts_in(block)
    for frame in visitor:
        if frame["type"] == "photo.described":
            yield from texts_in(frame["data"])


def _order_number(given: object) -> str:
    try:
        return normalise(str(given))
    except ValueError:
        return ""


def _messages(visitor: Sequence[Frame]) -> Iterator[Frame]:
    return (frame["data"] for frame in visitor if frame["type"] == "message.created")


def _said_by(visitor: Sequence[Frame], kinds: tuple[str, ...]) -> Iterator[str]:
    for data in _messages(visitor):
        if data["author"]["kind"] in kinds:
            yield from texts_in(data["blocks"])


def _written(visitor: Sequence[Frame]) -> Iterator[str]:
    """What the customer and the shop's people wrote, order numbers also as the shop writes them, and what stands on the
    customer's photos."""
    for text in _said_by(visitor, ("visitor", "agent")):
        yield text
        yield from found_in(text)
    for frame in visitor:
        if frame["type"] == "photo.described":
            yield from texts_in(frame["data"])


def _told(visitor: Sequence[Frame]) -> Iterator[str]:
    """All that the page was sent but for what the customer and the shop's people wrote."""
    for frame in visitor:
        if frame["type"] != "message.created" or frame["data"]["author"]["kind"] == "bot":
            yield from texts_in(frame["data"])


def _answers(database: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return [text for row in connection.execute("select question, answer from faq") for text in row]


def _codes(database: Path) -> list[str]:
    """The codes of the shop's products and those for its checkout."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        products = [code for (code,) in connection.execute("select id from products")]
    return [*products, *(json.loads(record)["code"] for record in _rows(database, "promo_codes"))]


def _customers(database: Path) -> Iterable[Customer]:
    return [Customer.model_validate_json(record) for record in _rows(database, "customers")]


def _orders(database: Path) -> Iterable[Order]:
    return [Order.model_validate_json(record) for record in _rows(database, "orders")]


def _rows(database: Path, table: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return [record for (record,) in connection.execute(f"select record from {table}")]
