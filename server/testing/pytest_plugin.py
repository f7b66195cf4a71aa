"""Collects `*.chat.yaml` as tests: `pytest -p server.testing.pytest_plugin FOLDER`.

A server with the demo shop is started once for a whole run (with xdist, once for each worker), or `--chat-url` names
one that runs. Imports of the service wait until a script is collected, so that other tests do not pay for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from server.testing.format import Located
    from server.testing.running import Outcome, Shop

SUFFIX = ".chat.yaml"


class Unlike(Exception):
    """A conversation went otherwise than its script says."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("vitrine", "conversation tests")
    group.addoption("--chat-url", default="", help="A server to test; without it one is started with the demo shop.")
    group.addoption("--chat-console-token", default="", help="Its console's token, to look at tools and cards.")
    group.addoption("--chat-data-dir", default=None, type=Path, help="The folder whose models a started server takes.")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_SERVER] = _Server(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[_SERVER].close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    return ScriptFile.from_parent(parent, path=file_path) if file_path.name.endswith(SUFFIX) else None


class ScriptFile(pytest.File):
    """A script; its cases are its tests."""

    def collect(self) -> Iterator[pytest.Item]:
        from server.testing.reading import BadScript, read_script
        from server.testing.running import demo_known, elsewhere_known

        known = elsewhere_known() if self.config.option.chat_url else demo_known()
        try:
            cases = read_script(self.path, known)
        except BadScript as error:
            raise self.CollectError(str(error)) from None
        for located in cases:
            yield ScriptItem.from_parent(self, name=located.case.test_case, located=located)


class ScriptItem(pytest.Item):
    """A case."""

    def __init__(self, *, located: Located, **given: Any) -> None:
        super().__init__(**given)
        self._located = located

    def runtest(self) -> None:
        outcome = self.config.stash[_SERVER].run(self._located)
        if outcome.failure is not None:
            raise Unlike(outcome.told())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return str(excinfo.value) if excinfo.errisinstance(Unlike) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self._located.line - 1, self.name


class _Server:
    """The server of a run, started for the first case."""

    def __init__(self, config: pytest.Config) -> None:
        self._options = config.option
        self._stack = AsyncExitStack()
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)  # other tests' loops are left alone
        self._shop: Shop | None = None

    def run(self, located: Located) -> Outcome:
        from server.testing.running import run_case

        if self._shop is None:
            self._shop = self._runner.run(self._open())
        return self._runner.run(run_case(self._shop, located))

    def close(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()

    async def _open(self) -> Shop:
        from server.settings import Settings
        from server.testing.running import Shop, demo_shop

        chosen: dict[str, Any] = {"data_dir": self._options.chat_data_dir} if self._options.chat_data_dir else {}
        settings = Settings(**chosen)
        if self._options.chat_url:
            token = self._options.chat_console_token or settings.staff_token
            return Shop(self._options.chat_url.rstrip("/"), settings.site_key, token)
        return await self._stack.enter_async_context(demo_shop(settings))


_SERVER = pytest.StashKey[_Server]()
