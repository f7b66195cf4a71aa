"""Collects `*.chat.yaml` as tests: `pytest -p server.testing.pytest_plugin FOLDER`.

Servers are started as the scripts want them, with models that are loaded once (with xdist, once for each worker), or
`--chat-url` names one that runs. Imports of the service wait until a script is collected, so that other tests do not
pay for them.
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
    from server.testing.running import Servers
    from server.testing.telling import Outcome

SUFFIX = ".chat.yaml"


class Unlike(Exception):
    """A conversation went otherwise than its script says."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("vitrine", "conversation tests")
    group.addoption("--chat-url", default="", help="A server to test; without it one is started with the demo shop.")
    group.addoption("--chat-console-token", default="", help="Its console's token, to look at tools and cards.")
    group.addoption("--chat-seed", default="0", help="What names, and all else that is random, are drawn from.")
    group.addoption("--chat-data-dir", default=None, type=Path, help="The folder whose models a started server takes.")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_SERVER] = _Server(config)


def pytest_collection_finish(session: pytest.Session) -> None:
    items = [item for item in session.items if isinstance(item, ScriptItem)]
    session.config.stash[_SERVER].cases = [item.located for item in items]


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
        self.located = located

    def runtest(self) -> None:
        outcome = self.config.stash[_SERVER].run(self.located)
        if outcome.failure is not None:
            raise Unlike(outcome.told())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        return str(excinfo.value) if excinfo.errisinstance(Unlike) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.located.line - 1, self.name


class _Server:
    """The servers of a run, ready for the first case."""

    def __init__(self, config: pytest.Config) -> None:
        self._options = config.option
        self._stack = AsyncExitStack()
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)  # other tests' loops are left alone
        self._servers: Servers | None = None
        self.cases: list[Located] = []

    def run(self, located: Located) -> Outcome:
        from server.testing.running import run_cases

        if self._servers is None:
            self._servers = self._runner.run(self._open())
        (outcome,) = self._runner.run(run_cases(self._servers, [located], 1, lambda _: None))
        return outcome

    def close(self) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()

    async def _open(self) -> Servers:
        from server.settings import Settings
        from server.testing.staging import Shop, Stages

        chosen: dict[str, Any] = {"data_dir": self._options.chat_data_dir} if self._options.chat_data_dir else {}
        settings = Settings(**chosen)
        if self._options.chat_url:
            token = self._options.chat_console_token or settings.staff_token
            key = settings.identity_key.get_secret_value()
            return Shop(self._options.chat_url.rstrip("/"), settings.site_key, token, identity_key=key)
        stages = Stages.opened(settings, self.cases, seed=self._options.chat_seed)
        return await self._stack.enter_async_context(stages)


_SERVER = pytest.StashKey[_Server]()
