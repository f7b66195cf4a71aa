"""What may be said as true, gathered anew from the shop's own records for those who check what was said.

Two judge by it: a script's `grounded` (`server.testing.grounds`), by what this conversation showed and proved of any
shop, and `vitrine eval grounding` (`server.grounding`), by the demo's files and what its policy would reckon.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

from agent import stated
from agent.facts import Facts
from agent.statements import faq_statements, product_statements
from prompts import Prompts
from retrieval.documents import Faq, Product
from tools.results import facts_of


@lru_cache(maxsize=1)
def templates() -> tuple[str, ...]:
    """Our own fixed words."""
    prompts = Prompts()
    return tuple(
        prompt.text
        for group in ("say", "card")
        for language in ("en", "zh")
        for prompt in prompts.group(group, language).values()
    )


def statements(documents: Iterable[Product | Faq]) -> Iterator[str]:
    """All that the catalogue says of these."""
    for one in documents:
        yield from product_statements(one) if isinstance(one, Product) else faq_statements(one)


def record(facts: Facts, records: Iterable[dict[str, Any]]) -> None:
    """Add records value by value, so that each number counts what its key says."""
    for one in records:
        for fact in facts_of("record", one, "shop_record"):
            facts.record(fact.key, fact.value)


def unheld(texts: Iterable[str], held: Iterable[str]) -> set[str]:
    """Codes in a customer's texts that are none of those that the shop holds, of products or for the checkout."""
    known = {code.casefold() for code in held}
    return {code for text in texts for code in stated.CODE.findall(text) if code.casefold() not in known}


def receipts(database: Path, conversations: Collection[str] | None = None) -> list[dict[str, Any]]:
    """The receipts of what was changed in these conversations, or in all."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5)) as connection:
        rows = connection.execute("select conversation_id, receipt from writes").fetchall()
    return [json.loads(text) for of, text in rows if conversations is None or of in conversations]
