"""The commands put together, and what becomes of their failures: one line, exit code 1 or 2, no traceback."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from agent.errors import AgentError
from retrieval.errors import RetrievalError
from server.photos import PhotoRejected
from server.settings import Settings
from server.tracing import TracingUnavailable
from tools.errors import ToolError

FAILED, BAD_USE = 1, 2

# Errors whose text is meant for the person at the keyboard.
KNOWN = (RetrievalError, ToolError, AgentError, PhotoRejected, TracingUnavailable, OSError)

app = typer.Typer(
    name="vitrine",
    help="A customer-service agent for web shops that reads words and looks at photos.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class CommandFailed(Exception):
    """A command did not do what it was asked to; its text says why."""


def _show_version(value: bool) -> None:
    if value:
        out.print(f"vitrine {version('vitrine')}")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of all state.", show_default="var")] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Options that every command takes."""
    context.obj = {} if data_dir is None else {"data_dir": data_dir}


def settings_of(context: typer.Context, **chosen: object) -> Settings:
    """The settings in force for a command: its own arguments win."""
    values: dict[str, Any] = {**context.obj, **{name: value for name, value in chosen.items() if value is not None}}
    return Settings(**values)


def run() -> int:
    """Run the command line and return its exit code; bad use ends in `SystemExit(2)` from within."""
    try:
        app()
    except ValidationError as error:
        for fault in error.errors():
            name = ".".join(str(part) for part in fault["loc"]) or "settings"
            err.print(f"error: {name}: {fault['msg'].removeprefix('Value error, ')}", markup=False)
        return BAD_USE
    except (CommandFailed, *KNOWN) as error:
        err.print(f"error: {error}", markup=False)
        return FAILED
    return 0
