"""`vitrine serve`: starts the server and prints where its pages are."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from server.cli.app import CommandFailed, out, settings_of
from server.logs import configure_logs
from server.proxies import parse_networks
from server.running import find_running
from server.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(serve)


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on; 0 takes a free one.", show_default="8321")
    ] = None,
    demo: Annotated[bool | None, typer.Option("--demo", help="Also serve the demo shop.")] = None,
) -> None:
    """Start the server. Ctrl-C lets running turns finish; a second one ends them."""
    settings = settings_of(context, host=host, port=port, demo=demo)
    configure_logs(settings.log_level, as_json=settings.log_json)
    if (running := find_running(settings.data_dir)) is not None:
        raise CommandFailed(
            f"a server runs on {settings.data_dir} already: {running.url} (process {running.pid}). "
            "Stop it, or choose another folder with --data-dir"
        )
    from server.app import create_app
    from server.bootstrap import open_policy
    from server.serving import Limits, listen, server_for

    open_policy(settings)  # a policy with a fault is told now, and not when the models have been loaded
    try:
        listening = listen(settings.host, settings.port)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise CommandFailed(f"cannot listen on {where}: {error.strerror}. Choose another port with --port") from None
    settings = settings.model_copy(update={"port": listening.getsockname()[1]})
    app = create_app(settings, pid=os.getpid())
    limits = Limits(
        connections=settings.max_connections,
        connections_per_address=settings.max_connections_per_address,
        proxies=parse_networks(settings.trusted_proxies),
    )
    _print_addresses(settings)
    server_for(app, drain=app.state.drain, limits=limits).run(sockets=[listening])


def _print_addresses(settings: Settings) -> None:
    base = settings.base_url
    if settings.demo:
        out.print(f"Shop page  {base}/demo")
    out.print(f"Console    {base}/console" + (f"   (token: {settings.staff_token})" if settings.demo else ""))
    out.print(f"API docs   {base}/docs")
