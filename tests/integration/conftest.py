"""The shop in which customers act, and talks with its rules brain."""

from __future__ import annotations

from pathlib import Path

import pytest
from acting_shop import NOW, SIGNED_IN, open_shop
from turn_parts import Parts, Talk

from tools.adapters.sqlite import SqliteShop


@pytest.fixture
async def shop(tmp_path: Path) -> SqliteShop:
    return await open_shop(tmp_path)


@pytest.fixture
def talk(shop: SqliteShop) -> Talk:
    """Anna, signed in."""
    return Talk(Parts(shop=shop, now=NOW).turn(), scope=SIGNED_IN)


@pytest.fixture
def stranger(shop: SqliteShop) -> Talk:
    """Somebody who has not proven who they are."""
    return Talk(Parts(shop=shop, now=NOW).turn())
