"""The shops that conversations may be held in: the demo, a folder, or tau-bench's; each with the answers that a script
edits and the policy that it overrides."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from retrieval.catalogue import Catalogue
from retrieval.documents import Faq, Product
from retrieval.ingest.faq import read_faq
from retrieval.ingest.parsed import Parsed
from retrieval.ingest.products import read_products
from server.demo.load import DEMO, load_demo, table_in
from server.testing.fixtures import FaqEdit, Fixtures
from tools import policy as packaged_policies
from tools.adapters.sqlite import SqliteShop
from tools.adapters.tau_records import NOMINAL_DAY, TauData, customer_of, order_of, product_of
from tools.errors import BadArguments
from tools.policy.reading import policy_text, read_policy

POLICIES = Path(packaged_policies.__file__).parent
NO_POLICY = "version: 1\nname: none\ntables: {}\n"


@dataclass(frozen=True, slots=True)
class DataSet:
    """A shop's records in a folder; `tau` where they are those of tau-bench."""

    folder: Path
    tau: bool = False

    @classmethod
    def of(cls, fixtures: Fixtures, beside: Path) -> DataSet:
        """What a script names, in a folder beside it."""
        if fixtures.shop.tau:
            return cls(beside / fixtures.shop.tau, tau=True)
        return cls(beside / fixtures.shop.folder) if fixtures.shop.folder else cls(DEMO)

    @property
    def clock(self) -> datetime | None:
        """The day that its orders are of, where they are of one day."""
        return NOMINAL_DAY if self.tau else None

    @property
    def policy(self) -> Path | None:
        """The file of its policy."""
        if self.tau:
            return POLICIES / "tau_retail.yaml"
        own = self.folder / "policy.yaml"
        return POLICIES / "demo.yaml" if self.folder == DEMO else own if own.exists() else None

    @property
    def people(self) -> Path | None:
        """The file about its people."""
        own = self.folder / "people.yaml"
        return own if own.exists() else None

    def products(self) -> frozenset[str]:
        """The ids of its products. Raises what reading them raises."""
        return frozenset(product.id for product in self.listed())

    def listed(self) -> tuple[Product, ...]:
        """Its products. Raises what reading them raises."""
        if self.tau:
            return tuple(map(product_of, _tau(self.folder).products.values()))
        table = table_in(self.folder, "products")
        if table is None:
            raise BadArguments(f"{self.folder}: expected a file of products such as products.csv or products.jsonl")
        return tuple(read_products(table).rows)

    def answers(self) -> Parsed[Faq]:
        """Its FAQ."""
        table = None if self.tau else table_in(self.folder, "faq")
        return read_faq(table) if table else Parsed("faq", ())

    def load(self, database: Path, now: datetime) -> None:
        """Fill an SQLite file with it, dated from `now`; what is there already stays."""
        catalogue, shop = Catalogue(database), SqliteShop(database)
        try:
            if self.tau:
                self._load_tau(catalogue, shop)
            else:
                asyncio.run(load_demo(catalogue, shop, now, self.folder))
        finally:
            catalogue.close()

    def _load_tau(self, catalogue: Catalogue, shop: SqliteShop) -> None:
        data = _tau(self.folder)
        catalogue.import_products(Parsed("products", tuple(map(product_of, data.products.values()))))
        customers = tuple(customer_of(user_id, user) for user_id, user in data.users.items())
        orders = tuple(order_of(order, data.users[order["user_id"]]) for order in data.orders.values())
        asyncio.run(shop.load(customers=customers, orders=orders))


@cache
def _tau(folder: Path) -> TauData:
    """Read once: hundreds of cases may name it."""
    return TauData.load(folder)


def edited(answers: Parsed[Faq], edits: Mapping[str, FaqEdit]) -> Parsed[Faq]:
    """The answers as a script wants them; `BadArguments` for a new entry that lacks its question or answer."""
    rows = {faq.id: faq for faq in answers.rows}
    for faq_id, edit in edits.items():
        if edit.removed:
            if rows.pop(faq_id, None) is None:
                raise BadArguments(f"there is no FAQ entry {faq_id!r} to remove", id=faq_id)
            continue
        before = rows.get(faq_id)
        question = edit.question or (before.question if before else None)
        answer = edit.answer or (before.answer if before else None)
        if question is None or answer is None:
            raise BadArguments(f"there is no FAQ entry {faq_id!r}; a new one has a question and an answer", id=faq_id)
        rows[faq_id] = Faq(
            faq_id,
            question,
            answer,
            before.category if before else "",
            edit.language or (before.language if before else "en"),
            edit.variants or (before.variants if before else ()),
        )
    return replace(answers, rows=tuple(rows.values()))


def edit_answers(database: Path, answers: Parsed[Faq]) -> None:
    """Make the FAQ of a loaded shop say these answers and no others of their source."""
    catalogue = Catalogue(database)
    try:
        catalogue.import_faq(answers)
    finally:
        catalogue.close()


def policy_file(fixtures: Fixtures, data: DataSet, beside: Path, place: Path) -> Path | None:
    """The policy's file: the shop's own, the one that a script names, or, written to `place`, the shop's with what the
    script has otherwise in it. Raises `BadPolicy` where that does not hold together."""
    match fixtures.policy:
        case None:
            return data.policy
        case str(name):
            path = beside / name
        case overrides:
            # As nodes: as values, Norway (NO) would be a no.
            base = yaml.compose(policy_text(data.policy) if data.policy else NO_POLICY, Loader=yaml.SafeLoader)
            over = yaml.compose(yaml.safe_dump(overrides, allow_unicode=True), Loader=yaml.SafeLoader)
            place.write_text(yaml.serialize(_merged(base, over), allow_unicode=True), "utf-8")
            path = place
    read_policy(path)
    return path


def _merged(base: Any, over: Any) -> Any:
    """Mappings are merged name by name; anything else takes the place of what was there."""
    if not (isinstance(base, yaml.MappingNode) and isinstance(over, yaml.MappingNode)):
        return over
    pairs = {key.value: (key, value) for key, value in base.value}
    for key, value in over.value:
        pairs[key.value] = (key, _merged(pairs[key.value][1], value) if key.value in pairs else value)
    return yaml.MappingNode(base.tag, list(pairs.values()), base.start_mark, base.end_mark)
