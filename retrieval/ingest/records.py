"""A file as records: lines with named values, whatever the format. Nothing is opened but the file itself."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from retrieval.errors import BadImport
from retrieval.ingest.parsed import Fault, Notes, Said, shown

MAX_BYTES = 512 * 1024 * 1024
_BROKEN = re.compile("[\udc80-\udcff]")  # what `surrogateescape` makes of bytes that are not UTF-8

Layout = Literal["jsonl", "table", "xml"]


@dataclass(frozen=True, slots=True)
class Record:
    """One row of a file; names are lower-case with single spaces."""

    line: int
    values: Mapping[str, Any]


def read_text(path: Path) -> str:
    """The file's text; bytes that are not UTF-8 stay in it as lone surrogates, so that only their rows are lost.

    Raises `BadImport` where the file cannot be opened, is too large, or is no text.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BadImport(f"{path.name}: expected at most {MAX_BYTES:,} bytes, got {size:,}; split the file")
        content = path.read_bytes()
    except OSError as error:
        raise BadImport(f"{path.name}: expected a readable file, got: {error.strerror}") from error
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise BadImport(f"{path.name}: expected UTF-16 as its first bytes say, got: {error}") from error
    if b"\0" in content:
        line = content.count(b"\n", 0, content.index(b"\0")) + 1
        raise BadImport(f"{path.name}:{line}: expected text in UTF-8, got a binary file (it holds a zero byte)")
    return content.decode("utf-8-sig", "surrogateescape")


def layout_of(text: str) -> Layout:
    """What the content is, judged by its first sign."""
    start = text.lstrip()[:1]
    return "xml" if start == "<" else "jsonl" if start in ("{", "[") else "table"


def json_lines(path: Path, text: str, notes: Notes) -> Iterator[Record]:
    """One JSON object a line; a bad line is noted and the rest goes on."""
    if text.lstrip().startswith("["):
        raise BadImport(f"{path.name}:1: expected one JSON object a line, got a JSON array")
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            check_encoding("line", line)
            yield Record(number, _json_object(line))
        except Fault as fault:
            notes.refuse(number, fault, _id_within(line))


def _json_object(line: str) -> dict[str, Any]:
    def refuse_constant(name: str) -> None:
        raise Fault("line", "finite numbers", Said(name))

    try:
        value = json.loads(line, parse_float=Decimal, parse_constant=refuse_constant)
    except (json.JSONDecodeError, RecursionError) as error:
        where = f" (column {error.colno}: {error.msg})" if isinstance(error, json.JSONDecodeError) else ""
        raise Fault("line", f"a JSON object{where}", line.strip()) from None
    if not isinstance(value, dict):
        raise Fault("line", "a JSON object", line.strip())
    return {name_of(name): content for name, content in value.items()}


def _id_within(line: str) -> str:
    match = re.search(r'"id"\s*:\s*"([^"\\]+)"', line)
    return match[1] if match and not _BROKEN.search(match[1]) else ""


def table(path: Path, text: str, notes: Notes) -> tuple[tuple[str, ...], Iterator[Record]]:
    """The columns and records of a CSV or TSV file with a header; the separator is found in the header."""
    first = text.split("\n", 1)[0]
    broken = _BROKEN.search(first)
    if broken:
        raise BadImport(f"{path.name}:1: expected UTF-8, got {_bytes_of(broken)} at character {broken.start() + 1}")
    if not first.strip():
        raise BadImport(f"{path.name}:1: expected a line of column names, got an empty line")
    separator = "\t" if path.suffix.lower() == ".tsv" else max(",;\t|", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    columns = tuple(name_of(name) for name in next(reader))
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise BadImport(f"{path.name}:1: expected each column once, got {', '.join(twice)} twice")
    return columns, _table_records(reader, columns, notes)


def _table_records(reader: Any, columns: tuple[str, ...], notes: Notes) -> Iterator[Record]:
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            notes.refuse(line, Fault("line", "a well-formed row", Said(error)), "")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        values = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
        row_id = values.get("id", "")
        try:
            if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
                raise Fault("line", f"{len(columns)} values", Said(len(cells)))
            for name, value in values.items():
                check_encoding(name, value)
        except Fault as fault:
            notes.refuse(line, fault, "" if _BROKEN.search(row_id) else row_id)
            continue
        yield Record(line, values)


def check_encoding(column: str, value: str) -> None:
    """Raise `Fault` where bytes were not UTF-8."""
    broken = _BROKEN.search(value)
    if broken:
        raise Fault(column, "UTF-8", Said(f"{_bytes_of(broken)} at character {broken.start() + 1} of {shown(value)}"))


def _bytes_of(broken: re.Match[str]) -> str:
    return f"byte 0x{ord(broken[0]) - 0xDC00:02x}"


def name_of(column: object) -> str:
    """A column's name in lower case with single spaces."""
    return " ".join(str(column).replace("﻿", "").lower().split())
