"""Our own conversations are spoken to a server with the models that `make test` names."""

from __future__ import annotations

import pytest
from shop_process import prepared_models


def pytest_configure(config: pytest.Config) -> None:
    if config.option.chat_data_dir is None:
        config.option.chat_data_dir = prepared_models().parent
