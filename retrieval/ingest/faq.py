"""Reads a shop's FAQ file: CSV, TSV or JSON lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from retrieval.documents import Faq
from retrieval.errors import BadImport
from retrieval.ingest.fields import faq_language, id_of, required, text_of, without_markup
from retrieval.ingest.parsed import Fault, Notes, Parsed, Said
from retrieval.ingest.records import Record, json_lines, layout_of, read_text, table

REQUIRED = ("id", "question", "answer")
MAX_VARIANTS = 100
MAX_QUESTION = 1_000


def read_faq(path: Path, *, source: str = "") -> Parsed[Faq]:
    """The questions and answers in a file with the columns `id, question, answer[, category, language, variants]`.

    `variants` are other ways to ask, separated by `|` (or a JSON list). Where no language is given, the question's
    own script decides. A row that cannot be read is left out and reported. Raises `BadImport` where no row can be read.
    """
    notes = Notes(source or path.name)
    text = read_text(path)
    rows: dict[str, Faq] = {}
    first_line: dict[str, int] = {}
    for record in _records(path, text, notes):
        row_id = ""
        try:
            row_id = id_of(record.values)
            if row_id in first_line:
                raise Fault("id", f"an id that appears once (it was on line {first_line[row_id]})", row_id)
            first_line[row_id] = record.line
            rows[row_id] = _faq(row_id, record.values)
        except Fault as fault:
            notes.refuse(record.line, fault, row_id)
    return notes.parsed(rows)


def _records(path: Path, text: str, notes: Notes) -> Iterable[Record]:
    match layout_of(text):
        case "xml":
            raise BadImport(f"{path.name}:1: expected CSV, TSV or JSON lines, got XML")
        case "jsonl":
            return json_lines(path, text, notes)
        case "table":
            columns, records = table(path, text, notes)
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise BadImport(
            f"{path.name}:1: expected the columns {', '.join(REQUIRED)}; "
            f"missing {', '.join(missing)}, got {', '.join(columns[:20])}"
        )
    return records


def _faq(row_id: str, values: Mapping[str, Any]) -> Faq:
    question = without_markup(required("question", values))
    variants = tuple(dict.fromkeys(without_markup(way) for way in _ways(values.get("variants")) if way.strip()))
    if len(variants) > MAX_VARIANTS:
        raise Fault("variants", f"at most {MAX_VARIANTS}", len(variants))
    longest = max((question, *variants), key=len)
    if len(longest) > MAX_QUESTION:
        raise Fault("question", f"at most {MAX_QUESTION:,} characters", Said(f"{len(longest):,}"))
    return Faq(
        id=row_id,
        question=question,
        answer=required("answer", values),
        category=text_of("category", values.get("category")),
        language=faq_language(values.get("language"), question),
        variants=tuple(way for way in variants if way != question),
    )


def _ways(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text_of("variants", way) for way in value]
    return text_of("variants", value).split("|")
