"""`vitrine record`: a conversation that was held, as a test."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.app import CommandFailed, out, settings_of

if TYPE_CHECKING:
    from server.settings import Settings
    from server.testing.recording import Recorded

SUFFIX = ".chat.yaml"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("record")(record)


def record(
    context: typer.Context,
    conversation: Annotated[str, typer.Argument(help="The id of a conversation (conv_…).", show_default=False)],
    file: Annotated[
        Path | None, typer.Option("--out", help="Where to write it; photos go beside it.", show_default="ID.chat.yaml")
    ] = None,
) -> None:
    """Save a conversation as a test for `vitrine test`, personal data replaced. Works beside a server."""
    path = file or Path(f"{conversation}{SUFFIX}")
    if not path.name.endswith(SUFFIX):
        raise CommandFailed(f"a script's name ends in {SUFFIX}, not as {path.name!r} does")
    if path.exists():
        raise CommandFailed(f"{path} is there already; name another file")
    settings = settings_of(context)
    if not settings.log_database.exists():
        raise CommandFailed(f"there are no conversations in {settings.data_dir}")
    recorded = asyncio.run(_recorded(settings, conversation, path.name.removesuffix(SUFFIX)))
    if recorded is None:
        raise CommandFailed(f"there is no conversation {conversation!r} in {settings.data_dir}")
    recorded.write(path)
    beside = f" with {len(recorded.photos)} photos beside it" if recorded.photos else ""
    out.print(f"written: {path}{beside}\nread it, then run it: vitrine test {path}", markup=False)


async def _recorded(settings: Settings, conversation: str, name: str) -> Recorded | None:
    from server.log.log import reading
    from server.testing import recording
    from server.uploads import PhotoStore

    async with reading(settings.log_database) as log:
        photos = PhotoStore(settings.data_dir / "photos")
        shop = settings.shop_database if settings.shop == "sqlite" else None
        return await recording.record(log, photos, conversation, shop=shop, name=name)
