"""Servers to hold conversations with: started for the cases that need them, on data that is thrown away afterwards."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import secrets
import shutil
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import jwt
from pydantic import SecretStr

import retrieval
from server.settings import DEMO_SHOP, Settings
from server.testing.datasets import DataSet, edit_answers, edited, policy_file
from server.testing.fixtures import SignedIn
from server.testing.forking import server_log, tell_to_end
from server.testing.format import Located

logger = logging.getLogger(__name__)

START_SECONDS = 240.0
ASK_SECONDS = 0.05  # between two looks whether a server is ready
SIGNED_IN_FOR = timedelta(minutes=50)
BEFORE = "before.sqlite3"
KEPT = "tests"  # in the data folder: indexes for the next run
KEPT_AT_MOST = 4
Reply = dict[str, Any]


class ServerFailed(OSError):
    """The server to test does not run."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A server to test. Without the console's token, what only staff see cannot be looked at.

    Of a server that runs elsewhere, no more than the first three is known. `identity_key` signs who is signed in, `now`
    is the server's time; `database` holds the shop's records as they are, `before` as they were when it started;
    `restart` kills the server and starts it again; `end_at` has it die at a visitor's event of a conversation.
    """

    url: str
    site_key: str = "demo"
    console_token: str = ""
    seed: str = "0"
    identity_key: str = ""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    database: Path | None = None
    before: Path | None = None
    policy: Path | None = None
    restart: Callable[[], Awaitable[None]] | None = None
    end_at: Callable[[str, int], None] | None = None
    write_snapshots: bool = False

    @asynccontextmanager
    async def shop_for(self, _: Located) -> AsyncIterator[Shop]:
        """This one, for every case."""
        yield self

    def identity(self, customer: SignedIn) -> str:
        """The shop's signed word for who a customer is."""
        until = self.now() + SIGNED_IN_FOR
        claims = {"sub": customer.id, "name": customer.name, "email": customer.email, "exp": int(until.timestamp())}
        return jwt.encode(claims, self.identity_key, algorithm="HS256")


def needs_own_server(located: Located) -> bool:
    """Whether a case cannot share a server with others: it kills it, is signed in (a customer has one conversation at a
    time), or compares the shop's records at the end."""
    case = located.case
    kills = any(step.server is not None or step.restart_after is not None for step in case.steps)
    signed_in = located.given.fixtures.signed_in is not None
    return kills or signed_in or (case.end is not None and case.end.looks_into_the_shop)


class Models:
    """The process that has the models and starts servers; see `forking`."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self._settings = settings
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def start(self) -> None:
        """Raises `ServerFailed` where the models cannot be loaded."""
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *(["-B"] if sys.dont_write_bytecode else []), "-m", "server.testing.forking",
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        told = await self._ask(_fields(self._settings))
        if not told["ready"]:
            raise ServerFailed(f"the models could not be loaded: {told['why']}")

    async def prepare(self, settings: Settings) -> None:
        """Bring a folder's index up to date."""
        if (await self._ask({"do": "prepare", "settings": _fields(settings)}))["code"] != 0:
            raise ServerFailed(f"the shop could not be prepared; it said:\n{server_log(settings.data_dir)}")

    async def serve(self, settings: Settings) -> int:
        """Start a server and wait until it is ready; its process id."""
        pid: int = (await self._ask({"do": "serve", "settings": _fields(settings)}))["pid"]
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        async with httpx.AsyncClient(base_url=settings.local_url, timeout=5) as http:
            while asyncio.get_running_loop().time() < deadline:
                try:
                    if (await http.get("/ready")).status_code == httpx.codes.OK:
                        return pid
                except httpx.HTTPError:
                    pass
                if not (await self._ask({"do": "running", "pid": pid}))["running"]:
                    break
                await asyncio.sleep(ASK_SECONDS)
        await self.kill(pid)
        raise ServerFailed(f"the server did not start; it said:\n{server_log(settings.data_dir)}")

    async def kill(self, pid: int) -> None:
        """End a server without a word, as a crash does."""
        await self._ask({"do": "kill", "pid": pid})

    async def close(self) -> None:
        """End the process, and every server with it."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            await self._process.wait()

    async def _ask(self, asked: Reply) -> Reply:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        async with self._turn:
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            line = await process.stdout.readline()
        if not line:
            raise ServerFailed(f"the models could not be loaded:\n{self._log.read_text('utf-8', 'replace')[-2000:]}")
        reply: Reply = json.loads(line)
        return reply


def _fields(settings: Settings) -> Reply:
    """Every setting, secrets in clear, for a process of ours."""
    shown: Reply = settings.model_dump(mode="json")
    hidden = {name: getattr(settings, name) for name in shown}
    return shown | {name: value.get_secret_value() for name, value in hidden.items() if isinstance(value, SecretStr)}


class Stages:
    """The servers of a run. Cases of the same clock and fixtures share one, unless they need their own.

    The models are loaded once, each shop's index is made once; every server works on a copy. `clock` is that of cases
    that name none. Open it with `opened`.
    """

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        cases: Sequence[Located],
        *,
        seed: str,
        clock: datetime | None,
        write_snapshots: bool,
    ) -> None:
        self._folder = folder
        self._seed = seed
        self._clock = clock
        self._write_snapshots = write_snapshots
        self._token = secrets.token_hex(16)
        self._settings = settings
        self._models = Models(settings, folder / "models.log")
        self._left = Counter(self._key(case) for case in cases if not needs_own_server(case))
        self._shared: dict[str, asyncio.Task[Stage]] = {}
        self._prepared: dict[DataSet, asyncio.Task[Path]] = {}
        self._opened = 0

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        settings: Settings,
        cases: Sequence[Located],
        *,
        seed: str = "0",
        clock: datetime | None = None,
        write_snapshots: bool = False,
    ) -> AsyncIterator[Stages]:
        """Raises FileNotFoundError where there are no models, `ServerFailed` where they cannot be loaded."""
        if not settings.text_model.exists():
            raise FileNotFoundError(f"expected the text encoder at {settings.text_model}; `vitrine setup` prepares it")
        with tempfile.TemporaryDirectory(prefix="vitrine-test-") as name:
            stages = cls(settings, Path(name), cases, seed=seed, clock=clock, write_snapshots=write_snapshots)
            await stages._models.start()
            try:
                yield stages
            finally:
                await stages._models.close()

    @asynccontextmanager
    async def shop_for(self, located: Located) -> AsyncIterator[Shop]:
        """The server of a case."""
        if needs_own_server(located):
            stage = await self._stage(located)
            try:
                yield stage.shop
            finally:
                await stage.close()
            return
        key = self._key(located)
        if key not in self._shared:
            self._shared[key] = asyncio.create_task(self._stage(located))
        try:
            yield (await asyncio.shield(self._shared[key])).shop
        finally:
            self._left[key] -= 1
            if self._left[key] <= 0:
                await (await self._shared.pop(key)).close()

    def _key(self, located: Located) -> str:
        given = located.given
        data = DataSet.of(given.fixtures, located.path.parent.absolute())
        beside = located.path.parent if isinstance(given.fixtures.policy, str) else ""
        return f"{data} {beside} {given.model_dump_json()}"

    async def _stage(self, located: Located) -> Stage:
        """A server with the shop of a case, on a folder of its own."""
        fixtures, beside = located.given.fixtures, located.path.parent
        data = DataSet.of(fixtures, beside.absolute())
        if data not in self._prepared:
            self._prepared[data] = asyncio.create_task(self._prepare(data, len(self._prepared)))
        base = await asyncio.shield(self._prepared[data])
        self._opened += 1
        folder = self._folder / f"server-{self._opened}"
        moment = located.given.clock or data.clock or self._clock

        def furnish() -> Path | None:
            shutil.copytree(base, folder, symlinks=True)
            data.load(folder / "shop.sqlite3", moment or datetime.now(UTC))
            if fixtures.faq:
                edit_answers(folder / "shop.sqlite3", edited(data.answers(), fixtures.faq))
            shutil.copy(folder / "shop.sqlite3", folder / BEFORE)
            return policy_file(fixtures, data, beside, folder / "policy.yaml")

        policy = await asyncio.to_thread(furnish)
        stage = Stage(self._models, self._for_tests(folder, moment, policy, data.people), moment, self._seed)
        await stage.start()
        stage.shop = replace(stage.shop, write_snapshots=self._write_snapshots)
        return stage

    async def _prepare(self, data: DataSet, number: int) -> Path:
        """A folder with the shop and its index, to be copied; the index of an earlier run is brought up to date."""
        folder = self._folder / f"shop-{number}"
        kept = self._settings.data_dir / KEPT / await asyncio.to_thread(_index_key, data)
        if (kept / "index").exists():
            await asyncio.to_thread(shutil.copytree, kept / "index", folder / "index")
        folder.mkdir(exist_ok=True)
        (folder / "models").symlink_to(self._settings.text_model.parent.absolute())
        await asyncio.to_thread(data.load, folder / "shop.sqlite3", data.clock or self._clock or datetime.now(UTC))
        await self._models.prepare(self._for_tests(folder, None, None))
        await asyncio.to_thread(_keep, folder / "index", kept)
        return folder

    def _for_tests(
        self, folder: Path, moment: datetime | None, policy: Path | None, people: Path | None = None
    ) -> Settings:
        """The settings in force, with a shop of our own on this machine."""
        return self._settings.model_copy(
            update={
                "data_dir": folder,
                "host": "127.0.0.1",
                "port": free_port(),
                "public_url": "",
                "demo": False,
                "shop": "sqlite",
                "shop_name": self._settings.shop_name or DEMO_SHOP,
                "policy": policy,
                "people": people,
                "console_token": SecretStr(self._token),
                "identity_key": SecretStr(self._token),
                "identity_algorithm": "HS256",
                "identity_required": False,
                "messages_per_minute": 6000,
                "uploads_per_minute": 6000,
                "fixed_clock": moment,
                "id_seed": self._seed,
            }
        )


class Stage:
    """One server."""

    def __init__(self, models: Models, settings: Settings, moment: datetime | None, seed: str) -> None:
        self._models = models
        self._settings = settings
        self._pid = 0
        self._starts = 0
        folder = settings.data_dir
        self.shop = Shop(
            settings.local_url,
            settings.site_key,
            settings.staff_token,
            seed=seed,
            identity_key=settings.identity_key.get_secret_value(),
            now=settings.surroundings.clock.now,
            database=settings.shop_database,
            before=folder / BEFORE,
            policy=settings.policy,
            restart=self.restart,
            end_at=partial(tell_to_end, folder),
        )

    async def start(self) -> None:
        # A name must not be given twice, so what is started again draws from a seed of its own.
        seed = f"{self._settings.id_seed}.{self._starts}" if self._starts else self._settings.id_seed
        self._starts += 1
        self._pid = await self._models.serve(self._settings.model_copy(update={"id_seed": seed}))

    async def restart(self) -> None:
        """Kill the server, and start it on what it has stored."""
        await self._models.kill(self._pid)
        await self.start()

    async def close(self) -> None:
        """End the server, and remove what it stored."""
        await self._models.kill(self._pid)
        await asyncio.to_thread(shutil.rmtree, self._settings.data_dir, ignore_errors=True)


def _index_key(data: DataSet) -> str:
    """Names the index of a shop as it is made now: by the shop's place and by the code. Which encoder made an index, it
    knows itself."""
    digest = hashlib.sha256(repr(data).encode())
    for path in sorted(Path(retrieval.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _keep(index: Path, kept: Path) -> None:
    """Leave an index for the next run. Runs side by side each leave a whole one, and the last one stays."""
    try:
        kept.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=kept))
        shutil.copytree(index, new / "index")
        if (kept / "index").exists():
            (kept / "index").rename(new / "old")
        (new / "index").rename(kept / "index")
        shutil.rmtree(new)
        for old in sorted(kept.parent.iterdir(), key=lambda folder: folder.stat().st_mtime)[:-KEPT_AT_MOST]:
            shutil.rmtree(old)
    except OSError as error:  # a folder that is read-only, or another run's that was quicker
        logger.info("index not kept for the next run", extra={"reason": str(error)})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
