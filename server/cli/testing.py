"""`vitrine test`: conversations as tests, against a server of their own or a given one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from server.cli.app import BAD_USE, FAILED, CommandFailed, err, out, settings_of

if TYPE_CHECKING:
    from server.settings import Settings
    from server.testing.format import Located
    from server.testing.reading import Known
    from server.testing.running import Outcome, Shop

FIRST = Path("first.chat.yaml")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command("test")(run_scripts)


def run_scripts(
    context: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files, folders, or one case as `FILE::TEST CASE`.", show_default=False)
    ] = None,
    url: Annotated[
        str, typer.Option(help="A server to test; without it one is started with the demo shop.", show_default=False)
    ] = "",
    console_token: Annotated[
        str, typer.Option(help="Its console's token, to look at tools and cards.", show_default="the setting's")
    ] = "",
    jobs: Annotated[int, typer.Option(min=1, max=16, help="Conversations at a time.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    init: Annotated[bool, typer.Option("--init", help="Write a first file, and the format for your editor.")] = False,
) -> None:
    """Speak conversations (`*.chat.yaml`) over the real socket and compare what the customer gets.

    Exit code 0: all as expected; 1: some otherwise; 2: a file cannot be read, or nothing was named.
    """
    if init:
        _init(Path(paths[0]) if paths else FIRST)
        return
    if not paths:
        err.print("error: expected files or folders; `vitrine test --init` writes a first file", markup=False)
        raise typer.Exit(BAD_USE)
    from server.testing.running import Shop, demo_known, elsewhere_known

    cases = _read(paths, elsewhere_known() if url else demo_known())
    settings = settings_of(context)
    shop = Shop(url.rstrip("/"), settings.site_key, console_token or settings.staff_token) if url else None
    outcomes = asyncio.run(_run(settings, shop, cases, jobs))
    _tell(outcomes, f" --url {url}" if url else "", as_json=as_json)
    if any(outcome.failure for outcome in outcomes):
        raise typer.Exit(FAILED)


def _read(names: Sequence[str], known: Known) -> list[Located]:
    """The cases that are named. Ends the command with every fault of every file."""
    from server.testing.reading import BadScript, read_script, scripts_in

    cases: list[Located] = []
    faults: list[str] = []
    for name in names:
        file, _, wanted = name.partition("::")
        try:
            paths = scripts_in([Path(file)])
        except BadScript as error:
            faults.append(str(error))
            continue
        found: list[Located] = []
        for path in paths:
            try:
                found += read_script(path, known)
            except BadScript as error:
                faults.append(str(error))
        chosen = [located for located in found if not wanted or located.case.test_case == wanted]
        if found and not chosen:
            there_are = ", ".join(repr(located.case.test_case) for located in found)
            faults.append(f"{file}: there is no test case {wanted!r}; there are {there_are}")
        cases += chosen
    if faults:
        err.print("\n".join(faults), markup=False)
        raise typer.Exit(BAD_USE)
    return cases


async def _run(settings: Settings, shop: Shop | None, cases: Sequence[Located], jobs: int) -> tuple[Outcome, ...]:
    from server.testing.running import demo_shop, run_cases

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        bar = progress.add_task("starting the demo shop …" if shop is None else "conversations", total=len(cases))

        async def against(shop: Shop) -> tuple[Outcome, ...]:
            progress.update(bar, description="conversations")
            return await run_cases(shop, cases, jobs, lambda _: progress.advance(bar))

        if shop is not None:
            return await against(shop)
        async with demo_shop(settings) as started:
            return await against(started)


def _tell(outcomes: Sequence[Outcome], options: str, *, as_json: bool) -> None:
    failed = [outcome for outcome in outcomes if outcome.failure is not None]
    if as_json:
        told = [
            {
                "file": str(outcome.located.path),
                "test_case": outcome.located.case.test_case,
                "line": outcome.located.line,
                "passed": outcome.failure is None,
                "seconds": round(outcome.seconds, 3),
                "failure": None if outcome.failure is None else asdict(outcome.failure),
                "transcript": outcome.transcript,
            }
            for outcome in outcomes
        ]
        out.print_json(json.dumps(told, ensure_ascii=False))
        return
    for outcome in failed:
        out.print(outcome.told(options) + "\n", markup=False)
    out.print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed", markup=False)


def _init(path: Path) -> None:
    """A first script, with the format's schema beside it."""
    from server.testing.first import FIRST_SCRIPT, SCHEMA_NAME, schema_text

    if not path.name.endswith(".chat.yaml"):
        raise CommandFailed(f"a script's name ends in .chat.yaml, not as {path.name!r} does")
    if path.exists():
        raise CommandFailed(f"{path} is there already; name another file")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(FIRST_SCRIPT, "utf-8")
    path.with_name(SCHEMA_NAME).write_text(schema_text(), "utf-8")
    out.print(f"written: {path}, {path.with_name(SCHEMA_NAME)}\nrun it: vitrine test {path}", markup=False)
