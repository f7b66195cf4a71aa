"""The published schemas are those of the code, and real frames fit them."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.wire.schema import as_text, protocol_schemas

DOCS = Path(__file__).parents[2] / "docs" / "protocol"


@pytest.mark.parametrize("name", protocol_schemas())
def test_the_published_schema_is_up_to_date(name: str) -> None:
    assert (DOCS / name).read_bytes() == as_text(protocol_schemas()[name]), "run `vitrine docs`"


def test_a_shoppers_schema_knows_nothing_that_only_staff_see() -> None:
    schema = as_text(protocol_schemas()["server-to-shopper.schema.json"]).decode()

    for hidden in ("tool.ran", "identity.proven", '"memory"', '"summary"', "inbox.updated"):
        assert hidden not in schema


def test_every_type_is_spelt_once() -> None:
    for schema in protocol_schemas().values():
        titles = [each.get("title", each.get("$ref")) for each in schema["oneOf"]]
        assert len(titles) == len(set(titles))
