"""Speaks conversations that were held to the shop as it is and as it would be with a change, and compares the replies.

Both sides run on copies of the shop's records and index, on servers of their own that know no shop but that copy: what
is ordered, cancelled or sent there is thrown away with them.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
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
from server.settings import Settings
from server.testing.fixtures import SignedIn
from server.testing.format import Step
from server.testing.recording import Held, acts_of
from server.testing.report import did
from server.testing.showing import Look, page, rows_of
from server.testing.staging import Models, Shop, free_port
from server.testing.talking import CannotStep, Customer, Happened, open_console
from tools.policy.reading import read_policy

Verdict = Literal["same", "words", "acts", "stopped"]
VERDICTS: tuple[Verdict, ...] = ("same", "acts", "words", "stopped")
KINDS = ("faq", "policy", "brain", "profile", "models", "text_encoder", "photo_encoder")
STEP_SECONDS = 90.0


class BadChange(ValueError):
    """Something to replay against that is none."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is otherwise on the second side: a FAQ file, a policy file, or settings."""

    faq: Path | None = None
    models: Path | None = None
    settings: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, told: Sequence[str]) -> Change:
        """From `NAME=VALUE` for each. Raises `BadChange`, and what reading a file raises."""
        change = cls()
        for one in told:
            name, sign, value = one.partition("=")
            if name not in KINDS or not sign or not value:
                raise BadChange(f"expected {'=…, '.join(KINDS)}=…, got {one!r}")
            path = Path(value)
            if name in ("faq", "policy", "models") and not path.exists():
                raise BadChange(f"{name}: there is no {value!r}")
            if name == "faq":
                read_faq(path)
                change = replace(change, faq=path)
            elif name == "models":
                change = replace(change, models=path.absolute())
            else:
                if name == "policy":
                    read_policy(path)
                change = replace(change, settings=(*change.settings, (name, path if name == "policy" else value)))
        return change


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


async def replay(
    settings: Settings,
    conversations: Sequence[Held],
    change: Change,
    *,
    photo_of: Callable[[Held, str], Path | None],
    now: datetime,
    done: Callable[[], None] = lambda: None,
) -> tuple[Replayed, ...]:
    """Every conversation on both sides, one after the other, at the moment `now`.

    `photo_of` is the file of an upload. Raises `ServerFailed` where a side does not start.
    """
    with TemporaryDirectory(prefix="vitrine-replay-") as folder:
        sides = []
        for name, changed in (("before", Change()), ("after", change)):
            async with _side(settings, Path(folder) / name, changed, now) as shop:
                sides.append([await _spoken(shop, held, photo_of, done) for held in conversations])
    return tuple(
        Replayed(held, tuple(_paired(one, other)), one.why or other.why)
        for held, one, other in zip(conversations, *sides, strict=True)
    )


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
            **dict(change.settings),
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


def counted(replayed: Sequence[Replayed]) -> dict[Verdict, int]:
    """How many conversations went how."""
    return {verdict: sum(one.verdict == verdict for one in replayed) for verdict in VERDICTS}


def replay_page(
    replayed: Sequence[Replayed],
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
            replayed=replayed,
            counts=counted(replayed),
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
