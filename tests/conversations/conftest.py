"""Our own conversations are spoken to a server with the models that `make test` names."""

from __future__ import annotations

import pytest
from shop_process import prepared_models


def pytest_configure(config: pytest.Config) -> None:
    if config.option.chat_data_dir is None:
        config.option.chat_data_dir = prepared_models().parent


def pytest_itemcollected(item: pytest.Item) -> None:
    """They start a server with all models, which takes from half a minute to one and a half on 2 busy cores."""
    item.add_marker("slow")
