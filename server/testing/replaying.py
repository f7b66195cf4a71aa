"""Speaks conversations that were held to the shop as it is and as it would be with a change, and compares the replies.

Both sides run on copies of the shop's records and index, on servers of their own that know no shop but that copy: what
is ordered, cancelled or sent there is thrown away with them.
"""

from __future__ import annotations

import difflib
import random
import shutil
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import httpx
import websockets
from pydantic import SecretStr

from retrieval.catalogue import Catalogue
from retrieval.ingest.faq import read_faq
from retrieval.ingest.parsed import Parsed
from server.chat_client import Frame, open_chat
from server.people import DEMO_PEOPLE
from server.settings import Settings
from server.testing.datasets import POLICIES
from server.testing.fixtures import SignedIn
from server.testing.forking import warnings_in
from server.testing.format import Step
from server.testing.recording import Held, acts_of
from server.testing.report import did
from server.testing.showing import Look, page, rows_of
from server.testing.staging import Models, Shop, free_port
from server.testing.talking import CannotStep, Customer, Happened, open_console
from tools.policy.reading import read_policy

Verdict = Literal["same", "words", "acts", "stopped"]
VERDICTS: tuple[Verdict, ...] = ("same", "acts", "words", "stopped")
FILES = ("faq", "models", "policy", "people")
SETTINGS = (
    "policy", "people", "profile", "brain", "brain_url", "brain_model", "brain_timeout_s", "text_encoder",
    "text_revision", "photo_encoder", "photo_revision", "describer", "describer_url", "describer_model",
    "describer_revision", "answer_threshold",
)  # fmt: skip
STEP_SECONDS = 90.0


class BadChange(ValueError):
    """Something to replay against that is none."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is otherwise on the second side: a FAQ file, a folder of models, and settings by name, as they were told."""

    faq: Path | None = None
    models: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Sequence[str]) -> Change:
        """From `NAME=VALUE` for each. Raises `BadChange`, and what reading a file raises.

        Whether a setting may have its value is the settings' to say.
        """
        values: dict[str, str] = {}
        for one in told:
            name, sign, value = one.partition("=")
            if not sign or not value:
                raise BadChange(f"expected NAME=VALUE, got {one!r}")
            if name not in (names := dict.fromkeys((*FILES, *SETTINGS))):
                close = difflib.get_close_matches(name, names, n=1)
                raise BadChange(f"{name!r} cannot be replayed; " + (f"did you mean {close[0]!r}?" if close else
                                f"there are {', '.join(names)}"))  # fmt: skip
            if name in values:
                raise BadChange(f"{name} is named twice: {values[name]!r} and {value!r}")
            if name in FILES and not Path(value).exists():
                raise BadChange(f"{name}: there is no {value!r}")
            values[name] = value
        if "faq" in values:
            read_faq(Path(values["faq"]))
        if "policy" in values:
            read_policy(Path(values["policy"]))
        faq, models = (Path(values[name]).absolute() if name in values else None for name in ("faq", "models"))
        return cls(faq, models, {name: value for name, value in values.items() if name in SETTINGS})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a step: what the page was sent, what it did as acts, its words. None could not be said any more."""

    frames: tuple[Frame, ...]
    acts: Frame
    words: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A step on both sides."""

    step: Step
    before: Reply | None
    after: Reply | None

    @property
    def verdict(self) -> Verdict:
        if self.before is None or self.after is None:
            return "same" if self.before is self.after else "stopped"
        if self.before.acts != self.after.acts:
            return "acts"
        return "same" if self.before.words == self.after.words else "words"

    @property
    def differing(self) -> tuple[str, ...]:
        """The names of the acts that differ."""
        one, other = (reply.acts if reply else {} for reply in (self.before, self.after))
        return tuple(name for name in dict.fromkeys((*one, *other)) if one.get(name) != other.get(name))


@dataclass(frozen=True, slots=True)
class Replayed:
    """A conversation on both sides."""

    held: Held
    steps: tuple[Compared, ...]
    why: str = ""

    @property
    def verdict(self) -> Verdict:
        """The gravest one of its steps."""
        found = {step.verdict for step in self.steps}
        return next((one for one in ("stopped", "acts", "words") if one in found), "same")


@dataclass(frozen=True, slots=True)
class Comparison:
    """All conversations, and what the server of each side warned of, how many times: a brain that failed, and for which
    the rules answered, say."""

    conversations: tuple[Replayed, ...]
    before: Mapping[str, int] = field(default_factory=dict)
    after: Mapping[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> dict[Verdict, int]:
        """How many conversations went how."""
        return {verdict: sum(one.verdict == verdict for one in self.conversations) for verdict in VERDICTS}

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings in words."""
        sides = (("as it is", self.before), ("with the change", self.after))
        return tuple(f"{side}, {count} times: {what}" for side, said in sides for what, count in said.items())


async def replay(
    settings: Settings,
    changed: Settings,
    change: Change,
    conversations: Sequence[Held],
    *,
    photo_of: Callable[[Held, str], Path | None],
    now: datetime,
    done: Callable[[], None] = lambda: None,
) -> Comparison:
    """Every conversation on both sides, one after the other, at the moment `now`.

    `changed` are the settings with the change in them, `photo_of` is the file of an upload. Raises `ServerFailed` where
    a side does not start.
    """
    with TemporaryDirectory(prefix="vitrine-replay-") as folder:
        sides, warnings = [], []
        for name, in_force, otherwise in (("before", settings, Change()), ("after", changed, change)):
            async with _side(in_force, Path(folder) / name, otherwise, now) as shop:
                sides.append([await _spoken(shop, held, photo_of, done) for held in conversations])
            warnings.append(warnings_in(Path(folder) / name))
    replayed = (
        Replayed(held, tuple(_paired(one, other)), one.why or other.why)
        for held, one, other in zip(conversations, *sides, strict=True)
    )
    return Comparison(tuple(replayed), *warnings)


@dataclass(frozen=True, slots=True)
class _Spoken:
    steps: tuple[Step, ...]
    replies: tuple[Reply | None, ...]
    why: str


def _paired(one: _Spoken, other: _Spoken) -> Sequence[Compared]:
    return [Compared(step, a, b) for step, a, b in zip(one.steps, one.replies, other.replies, strict=True)]


@asynccontextmanager
async def _side(settings: Settings, folder: Path, change: Change, now: datetime) -> AsyncIterator[Shop]:
    """A server on copies of what the shop has."""
    copy_shop(settings, folder, change)
    token = uuid.uuid4().hex
    scratch = settings.model_copy(
        update={
            "data_dir": folder,
            "host": "127.0.0.1",
            "port": free_port(),
            "public_url": "",
            "demo": False,  # which would fill up what the change takes out,
            "shop_name": settings.shown_name,  # but for its name, policy and people
            "policy": settings.policy or (POLICIES / "demo.yaml" if settings.demo else None),
            "people": settings.people or (DEMO_PEOPLE if settings.demo else None),
            "shop": "sqlite",
            "shop_url": "",
            "shop_key": SecretStr(""),
            "shop_secret": SecretStr(""),
            "console_token": SecretStr(token),
            "identity_key": SecretStr(token),
            "identity_algorithm": "HS256",
            "identity_required": False,
            "messages_per_minute": 6000,
            "uploads_per_minute": 6000,
            "fixed_clock": now,  # so that both sides say the same days,
            "id_seed": "0",  # and give the same names
            "log_level": "WARNING",
            "log_json": True,  # for `warnings_in`
        }
    )
    models = Models(scratch, folder / "models.log")
    await models.start()
    try:
        await models.prepare(scratch)
        await models.serve(scratch)
        yield Shop(
            scratch.local_url,
            scratch.site_key,
            token,
            identity_key=token,
            now=lambda: now,
            database=scratch.shop_database,
        )
    finally:
        await models.close()


def copy_shop(settings: Settings, folder: Path, change: Change) -> None:
    """The shop's tables and index in a folder of their own, with another FAQ where there is one."""
    folder.mkdir(parents=True)
    database = folder / settings.shop_database.name
    with (
        closing(sqlite3.connect(f"file:{settings.shop_database}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(database)) as target,
    ):
        source.backup(target)  # a consistent copy, also while a server writes
    if settings.index_dir.exists() and change.models is None:
        shutil.copytree(settings.index_dir, folder / settings.index_dir.name)
    (folder / "models").symlink_to(change.models or settings.text_model.parent.absolute())
    if change.faq is not None:
        _answer_otherwise(database, change.faq)


def _answer_otherwise(database: Path, faq: Path) -> None:
    """Make the FAQ what a file says, and nothing else."""
    with closing(sqlite3.connect(database)) as connection:
        sources = [row[0] for row in connection.execute("SELECT DISTINCT source FROM faq")]
    catalogue = Catalogue(database)
    try:
        for source in sources:
            catalogue.import_faq(Parsed(source, ()))
        catalogue.import_faq(read_faq(faq))
    finally:
        catalogue.close()


async def _spoken(
    shop: Shop, held: Held, photo_of: Callable[[Held, str], Path | None], done: Callable[[], None]
) -> _Spoken:
    """A conversation's steps, as far as they can be taken: a button may not be there any more."""
    files = {upload_id: str(path) for upload_id in held.uploads if (path := photo_of(held, upload_id)) is not None}
    steps = tuple(Step.model_validate({**step, "seconds": STEP_SECONDS}) for step in held.steps(files, expecting=False))
    replies: list[Reply | None] = []
    why = ""
    chance = random.Random(held.id)
    visitor = held.visitor
    identity = ""
    if visitor.customer_id:
        identity = shop.identity(SignedIn(id=visitor.customer_id, name=visitor.name, email=visitor.email))

    def new_key() -> str:
        return str(uuid.UUID(int=chance.getrandbits(128), version=4))

    try:
        async with (
            open_chat(shop.url, site_key=shop.site_key, identity=identity, new_key=new_key) as client,
            open_console(shop.url, shop.console_token, client.conversation_id, new_key) as console,
        ):
            customer = Customer(client, console, Path())
            for step in steps:
                replies.append(_reply(await customer.take(step)))
    except CannotStep as error:
        why = str(error)
    except TimeoutError:
        why = "no answer in time"
    except (httpx.HTTPError, websockets.WebSocketException, OSError) as error:
        why = str(error) or type(error).__name__
    done()
    return _Spoken(steps, (*replies, *[None] * (len(steps) - len(replies))), why)


def _reply(happened: Happened) -> Reply:
    frames = tuple(arrived.frame for arrived in happened.answer.frames if "seq" in arrived.frame)
    return Reply(frames, acts_of(happened.staff or ()), happened.text)


def replay_page(
    comparison: Comparison,
    against: str,
    *,
    database: Path,
    now: datetime,
) -> str:
    """Both sides of every conversation that differs, as one page of HTML."""
    catalogue = Catalogue(database)

    def picture(product_id: str) -> bytes | None:
        product = catalogue.product(product_id)
        path = Path(product.image) if product and product.image else None
        return path.read_bytes() if path is not None and path.is_file() else None

    look = Look(picture)
    try:
        return page(
            "replay.html",
            look,
            replayed=comparison.conversations,
            counts=comparison.counts,
            warnings=comparison.warnings,
            against=against,
            rows=rows_of,
            did=did,
            told=told,
            when=now.strftime("%-d %B %Y, %H:%M UTC"),
            version=version("vitrine"),
        )
    finally:
        catalogue.close()


def told(value: Any) -> str:
    """Acts in words."""
    match value:
        case dict():
            return " ".join(told(one) for one in value.values())
        case list() | tuple():
            return ", ".join(map(told, value))
    return str(value)
