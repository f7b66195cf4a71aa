"""Work that commands ask for: done by the server that owns the index if one runs, else by the command itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import httpx
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from retrieval.documents import Kind
from server.running import Running, find_running
from server.settings import Settings

REMOTE_SECONDS = 900.0  # an import of a large catalogue encodes every product


class _Work(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ImportFile(_Work):
    """Make the catalogue say what a file says, and the index follow."""

    do: Literal["import"] = "import"
    kind: Kind
    path: Path
    keep: bool = False


class SearchFor(_Work):
    """One search; `photo` is a file on this machine, `where` holds conditions such as `price<50`.

    `explain` also looks for what of the query carried each hit, and `drawing` is where to write a picture of it.
    """

    do: Literal["search"] = "search"
    text: str = ""
    photo: Path | None = None
    explain: bool = False
    drawing: Path | None = None
    kind: Kind = "product"
    where: tuple[str, ...] = ()
    limit: int = Field(6, ge=1, le=100)


class AskOnce(_Work):
    """One message of a customer, answered without keeping it."""

    do: Literal["ask"] = "ask"
    text: str = ""
    photo: Path | None = None


class EraseRequest(_Work):
    """What to erase: one conversation, or every one of a customer by the shop's id or the e-mail address of theirs."""

    conversation: str = Field("", max_length=200)
    customer: str = Field("", max_length=320)

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if bool(self.conversation) == bool(self.customer):
            raise ValueError("expected either a conversation or a customer")
        return self


Work = Annotated[ImportFile | SearchFor | AskOnce, Field(discriminator="do")]
WORK: TypeAdapter[Work] = TypeAdapter(Work)

Outcome = dict[str, Any]
Worker = Callable[[Work], Awaitable[Outcome]]


class WorkFailed(Exception):
    """The work could not be done; the text says what was expected and what came."""


@contextlib.asynccontextmanager
async def open_worker(settings: Settings) -> AsyncIterator[Worker]:
    """A worker for several pieces of work: the running server, or the parts opened here."""
    running = find_running(settings.data_dir)
    if running is not None:
        async with _ask_server(running) as worker:
            yield worker
        return
    from server.bootstrap import open_parts

    parts = await asyncio.to_thread(open_parts, settings)  # it runs loops of its own
    try:
        yield parts.work
    finally:
        parts.close()


@contextlib.asynccontextmanager
async def _ask_server(running: Running) -> AsyncIterator[Worker]:
    headers = {"Authorization": f"Bearer {running.token}"}
    async with httpx.AsyncClient(base_url=running.url, headers=headers, timeout=REMOTE_SECONDS) as client:

        async def worker(work: Work) -> Outcome:
            answer = await client.post("/v1/admin/work", json=work.model_dump(mode="json"))
            outcome: Outcome = answer.json()
            if answer.status_code != httpx.codes.OK:
                raise WorkFailed(outcome.get("message", f"the server answered {answer.status_code}"))
            return outcome

        yield worker
