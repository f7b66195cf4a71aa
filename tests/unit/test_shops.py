"""The settings choose the shop, and without a policy nothing is changed in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.bootstrap import open_policy, open_shop
from server.settings import Settings
from tools.adapters.http import HttpShop
from tools.adapters.shopify import ShopifyShop
from tools.adapters.sqlite import SqliteShop
from tools.adapters.woo import WooShop
from tools.policy.reading import BadPolicy


@pytest.mark.parametrize(
    ("shop", "kind"),
    [("sqlite", SqliteShop), ("http", HttpShop), ("shopify", ShopifyShop), ("woocommerce", WooShop)],
)
def test_the_settings_choose_the_shop(shop: str, kind: type, tmp_path: Path) -> None:
    keys = {"shop_url": "https://shop.example", "shop_key": "k", "shop_secret": "s"}

    opened = open_shop(Settings(data_dir=tmp_path, shop=shop, **keys))  # type: ignore[arg-type]

    assert type(opened) is kind


def test_without_a_policy_nothing_is_offered_but_in_the_demo() -> None:
    assert open_policy(Settings()).tables == {}
    assert "cancel_order" in open_policy(Settings(demo=True)).tables


def test_a_policy_with_a_fault_opens_no_shop(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("version: 1\nname: x\ntables: {cancel_order: []}\n")

    with pytest.raises(BadPolicy, match=r"policy.yaml:3:24: cancel_order is a list of rows"):
        open_shop(Settings(data_dir=tmp_path, policy=tmp_path / "policy.yaml"))
