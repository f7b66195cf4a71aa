"""Google Merchant feeds, as XML (RSS 2.0 or Atom with the `g:` namespace) or TSV, in our own columns."""

from __future__ import annotations

import xml.sax
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import defusedxml.sax
from defusedxml.common import DefusedXmlException

from retrieval.errors import BadImport
from retrieval.ingest.fields import without_markup
from retrieval.ingest.parsed import NOTHING, Fault, Notes
from retrieval.ingest.records import Record

_ITEMS = frozenset({"item", "entry"})
_OURS = {
    "link": "url",
    "image link": "image",
    "item group id": "group",
    "summary": "description",
}
_LEFT_OUT = frozenset(
    {"sale price", "additional image link", "mobile link", "ads redirect", "product type", "google product category"}
)


def recognises(columns: Iterable[str]) -> bool:
    """Whether a table's header is that of a Merchant feed."""
    names = {_plain(column) for column in columns}
    return {"id", "title", "price"} <= names and ("image link" in names or "link" in names)


def from_table(records: Iterable[Record]) -> Iterator[Record]:
    """The records of a feed in TSV or CSV."""
    for record in records:
        yield Record(record.line, _in_our_columns(record.values))


def from_xml(path: Path, notes: Notes) -> Iterator[Record]:
    """The items of a feed in XML; entities and outside references are refused, as they can be made into bombs."""
    reader = _Items()
    try:
        defusedxml.sax.parse(str(path), reader, forbid_dtd=False)
    except xml.sax.SAXParseException as error:
        where = f"{path.name}:{error.getLineNumber()}"
        raise BadImport(f"{where}: expected well-formed XML, got: {error.getMessage()}") from error
    except DefusedXmlException as error:
        raise BadImport(f"{path.name}: expected XML without entities or outside references, got: {error}") from error
    if not reader.records:
        raise BadImport(
            f"{path.name}: expected <item> or <entry> elements of a Merchant feed, got <{reader.root}> without them"
        )
    for record in reader.records:
        if "id" not in record.values:
            notes.refuse(record.line, Fault("id", "a value", NOTHING), "")
        else:
            yield Record(record.line, _in_our_columns(record.values))


def _in_our_columns(values: Mapping[str, Any]) -> dict[str, Any]:
    named = {_plain(name): value for name, value in values.items()}
    ours = {_OURS.get(name, name): value for name, value in named.items() if value and name not in _LEFT_OUT}
    ours["price"] = named.get("sale price") or named.get("price", "")
    kind = named.get("product type") or named.get("google product category") or ""
    ours["category"] = str(kind).split(">")[-1].strip()
    ours["title"] = without_markup(str(named.get("title", "")))
    return ours


def _plain(name: str) -> str:
    return name.removeprefix("g:").replace("_", " ").strip()


class _Items(ContentHandler):
    """Gathers each item's elements with the line on which the item starts."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[Record] = []
        self.root = ""
        self._line = 0
        self._values: dict[str, str] | None = None
        self._name = ""
        self._depth = 0
        self._text: list[str] = []

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        self.root = self.root or name
        if self._values is None:
            if name in _ITEMS:
                self._values, self._depth = {}, 0
                self._line = self._locator.getLineNumber() or 0  # type: ignore[attr-defined]  # set by the parser
            return
        self._depth += 1
        if self._depth == 1:
            self._name, self._text = _plain(name), []
            if name == "link" and attrs.get("href"):
                self._text.append(attrs["href"])

    def characters(self, content: str) -> None:
        if self._values is not None and self._depth:
            self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        if self._values is None:
            return
        if self._depth == 0:
            self.records.append(Record(self._line, self._values))
            self._values = None
            return
        if self._depth == 1:
            self._values.setdefault(self._name, "".join(self._text).strip())
        self._depth -= 1
