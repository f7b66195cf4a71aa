"""`vitrine erase`: what was said, shown and viewed, gone for good."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

import httpx
import typer

from server.cli.app import CommandFailed, out, settings_of
from server.running import Running, find_running
from server.settings import Settings
from server.work import EraseRequest

ERASING_SECONDS = 120.0  # it waits for the answer that is being given


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(erase)


def erase(
    context: typer.Context,
    conversation: Annotated[str, typer.Argument(help="The id of a conversation (conv_…).")] = "",
    customer: Annotated[str, typer.Option(help="All of a customer instead: the shop's id, or an e-mail address.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Erase a conversation or a customer: messages, views, photos. Nothing brings them back. Works beside a server."""
    if bool(conversation) == bool(customer):
        raise typer.BadParameter("expected either CONVERSATION or --customer")
    if not yes:
        typer.confirm(f"Erase {conversation or f'everything of {customer}'} for good?", abort=True, err=True)
    asked = EraseRequest(conversation=conversation, customer=customer)
    settings = settings_of(context)
    running = find_running(settings.data_dir)
    erased = _over_server(running, asked) if running else asyncio.run(_from_files(settings, asked))
    if as_json:
        out.print_json(json.dumps(erased))
    else:
        out.print(f"{erased['conversations']} conversations and {erased['photos']} photos erased", markup=False)


def _over_server(running: Running, asked: EraseRequest) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {running.token}"}
    answer = httpx.post(
        f"{running.url}/v1/admin/erase", json=asked.model_dump(), headers=headers, timeout=ERASING_SECONDS
    )
    erased: dict[str, Any] = answer.json()
    if answer.status_code != httpx.codes.OK:
        raise CommandFailed(erased.get("message", f"the server answered {answer.status_code}"))
    return erased


async def _from_files(settings: Settings, asked: EraseRequest) -> dict[str, Any]:
    from server.clock import SystemClock, UlidIds
    from server.erasing import Eraser, nothing_runs, told
    from server.errors import ServerError
    from server.log.log import EventLog
    from server.uploads import PhotoStore

    if not settings.log_database.exists():
        raise CommandFailed(f"there are no conversations in {settings.data_dir}")
    clock = SystemClock()
    try:
        log = await EventLog.open(settings.log_database, clock=clock, ids=UlidIds(clock))
        try:
            photos = PhotoStore(settings.data_dir / "photos")
            return await Eraser(log, photos, nothing_runs, settings.ledgers)(asked)
        finally:
            await log.close()
    except ServerError as error:
        raise CommandFailed(told(error)) from None
