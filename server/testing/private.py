"""Takes personal data out of what was said: what the shop knows of its customers, and what looks like it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from server.demo.load import DEMO

_BEFORE, _AFTER = r"(?<![^\W\u4e00-\u9fff])", r"(?![^\W\u4e00-\u9fff])"  # in Chinese, words stand without blanks
EMAIL = re.compile(r"[A-Za-z0-9._+%-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
ORDER = re.compile(
    rf"(#[A-Za-z]{{0,4}}-?\d{{3,}}){_AFTER}|"
    rf"(?i:order(?: number| no\.?)?|订单号?)[\s:：]*([A-Z]{{0,3}}-?\d{{4,}}){_AFTER}"
)
LONG_NUMBER = re.compile(
    rf"(?<![#.-]){_BEFORE}(?:[A-Z]{{2}}\d{{2}}[\sA-Z0-9]{{10,30}}\d|\+?\d(?:[\s()/.-]{{0,2}}\d){{6,18}})(?!-){_AFTER}"
)
DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_NAME = r"([A-ZÄÖÜÀ-Þ][\w'’-]+(?:[ \t]+(?:van|von|de|der)\b)*(?:[ \t]+[A-ZÄÖÜÀ-Þ][\w'’-]+){0,2})"
NAMED = re.compile(
    r"(?:(?i:\b(?:my name is|name is|name:|i am|i['’]m|this is|mr\.?|mrs\.?|ms\.?|dear)\s+)"
    rf"|(?i:\b(?:regards|wishes|cheers|sincerely|yours|thanks),?\s*\n\s*)){_NAME}"
)
NAMED_ZH = re.compile(r"(?:我叫|我的名字[叫是]|姓名[:：]?|收件人[:：]?)\s*([\u4e00-\u9fff]{2,4})")
_STREETS = (
    r"(?:straße|strasse|str\.|weg|gasse|allee|platz|damm|gracht|straat|street|st\.|road|rd\.?|avenue|ave\.?|lane|drive)"
)
STREET = re.compile(
    rf"(?:\b\d{{1,4}}[a-z]?\s+)?\b[A-ZÄÖÜ][\w'’-]*(?:\s[A-ZÄÖÜ][\w'’-]*){{0,3}}?\s?(?i:{_STREETS})(?:\s+\d{{1,4}}\s?[a-z]?\b)?"
)
PLACE = re.compile(
    r"\b(?:[A-Z]{1,2}-)?(?:\d{5}|\d{4}\s?[A-Z]{2}|[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2})(?:,?\s+[A-ZÄÖÜ][\w-]+)?"
)
STREET_ZH = re.compile(
    r"[\u4e00-\u9fff]{2,}(?:省|市|区)[\u4e00-\u9fff\d]*?(?:路|街|巷|大道)\d*号?(?:[\u4e00-\u9fff\d]*\d+[室号楼])?"
)

PHONE = "+49 30 5550100"
KINDS = ("e-mail address", "name", "order number", "phone or account number", "address", "customer number", "card")


@dataclass(frozen=True, slots=True)
class Person:
    """A customer of the demo shop, in whose place another one stands; `orders` are ids by status."""

    record: Mapping[str, Any]
    orders: Mapping[str, tuple[str, ...]]

    @property
    def address(self) -> Mapping[str, str]:
        address: Mapping[str, str] = self.record["address"]
        return address


@cache
def demo_people() -> tuple[Person, ...]:
    """The customers of the demo shop, whom nobody is."""
    orders: dict[str, dict[str, tuple[str, ...]]] = {}
    for order in json.loads((DEMO / "orders.json").read_bytes()):
        theirs = orders.setdefault(order["customer"], {})
        theirs[order["status"]] = (*theirs.get(order["status"], ()), order["id"])
    customers = json.loads((DEMO / "customers.json").read_bytes())
    return tuple(Person(one, orders.get(one["id"], {})) for one in customers if one.get("address"))


@dataclass
class Replacer:
    """Puts a customer of the demo shop in the place of those of a conversation. The same value is replaced by the same
    one everywhere; what belongs to the demo shop stays.

    `customers` are the shop's records of whoever speaks, `orders` the ids of orders with their status where known.
    """

    customers: Iterable[Mapping[str, Any]]
    orders: Mapping[str, str]
    names: Iterable[str] = ()
    ids: Iterable[str] = ()
    replaced: dict[str, str] = field(default_factory=dict)
    _kinds: dict[str, str] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        people = demo_people()
        self._theirs = {one.record["email"] for one in people} | {one.record["id"] for one in people}
        self._theirs |= {id_ for one in people for ids in one.orders.values() for id_ in ids}
        self._theirs |= {one.record["name"] for one in people} | set(map(str, (p.address["line1"] for p in people)))
        wanted = [status for id_, status in self.orders.items() if id_ not in self._theirs]
        self.person = max(people, key=lambda one: len(set(wanted) & set(one.orders)))
        self._taken: list[str] = []
        for customer in self.customers:
            if customer.get("email") not in self._theirs:
                self._learn(customer)
        for name in self.names:
            self._name(name)
        for id_ in self.ids:
            self._put(id_, self.person.record["id"], "customer number")
        for id_ in self.orders:
            self._order(id_)
        self._used.clear()

    def __call__(self, text: str) -> str:
        """The text with everything personal replaced."""
        for old in sorted(self.replaced, key=len, reverse=True):
            text = re.sub(rf"{_BEFORE}{re.escape(old)}{_AFTER}", partial(self._instead, old), text, flags=re.I)
        text = EMAIL.sub(lambda m: self._found(m[0], self._somebody, "e-mail address"), text)
        text = ORDER.sub(lambda m: m[0].replace(m[1] or m[2], self._order(m[1] or m[2])), text)
        for pattern in (NAMED, NAMED_ZH):
            text = pattern.sub(
                lambda m: m[0].replace(m[1], self._found(m[1], self.person.record["name"], "name")), text
            )
        for pattern in (STREET, STREET_ZH):
            text = pattern.sub(lambda m: self._found(m[0], self.person.address["line1"], "address"), text)
        text = LONG_NUMBER.sub(
            lambda m: m[0] if DATE.fullmatch(m[0]) else self._found(m[0], PHONE, "phone or account number"), text
        )
        place = f"{self.person.address['postcode']} {self.person.address['city']}"
        return PLACE.sub(lambda m: m[0] if m[0] in place else self._found(m[0], place, "address"), text)

    @property
    def _somebody(self) -> str:
        """An address for somebody else than the customer."""
        return f"somebody-{list(self._kinds.values()).count('e-mail address') + 1}@example.com"

    def _instead(self, old: str, _: re.Match[str]) -> str:
        return self._use(old)

    def _use(self, old: str) -> str:
        self._used.add(old)
        return self.replaced.get(old, old)

    def staff(self, name: str, instead: str) -> None:
        """Somebody of the shop."""
        self._put(name, instead, "name")

    def deep(self, value: Any) -> Any:
        """A value with every text in it replaced."""
        match value:
            case str():
                return self(value)
            case dict():
                return {name: self.deep(one) for name, one in value.items()}
            case list() | tuple():
                return [self.deep(one) for one in value]
        return value

    @property
    def told(self) -> str:
        """What was replaced, in words, without saying what it was."""
        counts = Counter(self._kinds[old] for old in self._used if old in self._kinds)
        found = [f"{counts[kind]} {kind}{_plural(kind, counts[kind])}" for kind in KINDS if counts[kind]]
        return ", ".join(found) or "nothing was found"

    def _learn(self, customer: Mapping[str, Any]) -> None:
        """What the shop knows of a customer."""
        mine = self.person.record
        self._put(str(customer.get("email", "")), mine["email"], "e-mail address")
        self._put(str(customer.get("id", "")), mine["id"], "customer number")
        self._name(str(customer.get("name", "")))
        address = customer.get("address") or {}
        for part in ("line1", "line2", "city", "postcode"):
            self._put(str(address.get(part) or ""), str(self.person.address.get(part) or ""), "address")
        self._name(str(address.get("name", "")))
        for place, method in enumerate(customer.get("payment_methods") or ()):
            others = mine["payment_methods"]
            self._put(str(method.get("label", "")), others[place % len(others)]["label"], "card")

    def _name(self, name: str) -> None:
        """A name, as a whole and each part of it."""
        self._put(name, self.person.record["name"], "name")
        parts, others = name.split(), self.person.record["name"].split()
        for place, part in enumerate(parts if len(parts) > 1 and name not in self._theirs else ()):
            if len(part) > 1:
                self._put(part, others[min(place, len(others) - 1)], "name")

    def _order(self, id_: str) -> str:
        if id_ in self._theirs or f"#{id_}" in self._theirs:
            return id_
        if id_ not in self.replaced:
            known = self.orders.get(id_, self.orders.get(f"#{id_}", ""))
            free = [one for one in self.person.orders.get(known, ()) if one not in self._taken]
            rest = [one for ids in self.person.orders.values() for one in ids if one not in self._taken]
            choice = (free or rest or [f"#W{99000 + len(self._taken)}"])[0]
            self._taken.append(choice)
            self._put(id_, choice, "order number")
            if id_.startswith("#"):
                self._put(id_[1:], choice, "order number")
        return self._use(id_)

    def _put(self, old: str, new: str, kind: str) -> None:
        if len(old) > 1 and old not in self._theirs and old not in self.replaced:
            self.replaced[old], self._kinds[old] = new, kind

    def _found(self, old: str, new: str, kind: str) -> str:
        """A value that only looks like one; what was put in is not replaced again."""
        if old in self._theirs or old in self.replaced.values() or old == new:
            return old
        self._put(old, new, kind)
        return self._use(old)


def _plural(kind: str, count: int) -> str:
    return "" if count == 1 else "es" if kind.endswith("s") else "s"
